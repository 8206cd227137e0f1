package io.payonce.routing;

import io.payonce.rpc.TransportReply.Cause;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.UnknownHostException;
import java.security.cert.CertificateExpiredException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import okhttp3.CertificatePinner;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okio.ByteString;

/**
 * What holds for every connection to an endpoint besides its URL: the proxy that it goes through,
 * and the keys that it has to show. Pure.
 *
 * <p>A client that is made here shares the threads and the pool of the one that it is made from. An
 * idle connection is used again only where proxy and pins are the same, so that none that was made
 * under other pins carries a request.
 */
final class Connections {
  static final int MOST_PINS = 8;
  private static final String ALGORITHM = "sha256/";
  private static final int SHA256_BYTES = 32;
  private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/]{43}=");

  /** A name or an IPv4 address, or an IPv6 address: no scheme, no port and no credentials. */
  private static final Pattern HOST =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,252}|\\[?[0-9A-Fa-f]*:[0-9A-Fa-f:.]{1,43}]?");

  /** The library has one exception for pins, names and paths to an authority. */
  private static final String OF_PINS = "Certificate pinning failure!";

  private static final int MOST_LOOKED_AT = 50;

  private Connections() {}

  /** The same client where the endpoint asks for nothing. */
  static OkHttpClient client(OkHttpClient shared, Endpoint endpoint, HttpUrl url) {
    if (endpoint.pins().isEmpty() && endpoint.proxy().isEmpty()) {
      return shared;
    }
    OkHttpClient.Builder client = shared.newBuilder();
    if (!endpoint.pins().isEmpty()) {
      CertificatePinner.Builder pinner = new CertificatePinner.Builder();
      endpoint.pins().forEach(pin -> pinner.add(url.host(), ALGORITHM + pin));
      client.certificatePinner(pinner.build());
    }
    endpoint
        .proxy()
        .map(proxy -> InetSocketAddress.createUnresolved(proxy.host(), proxy.port()))
        .ifPresent(address -> client.proxy(new Proxy(Proxy.Type.HTTP, address)));
    return client.build();
  }

  /** Without the name of the hash, which may precede it. */
  static String bare(String pin) {
    return pin.startsWith(ALGORITHM) ? pin.substring(ALGORITHM.length()) : pin;
  }

  /** Whether it is the one way to write 32 bytes in base64. */
  static boolean isPin(String bare) {
    if (!BASE64.matcher(bare).matches()) {
      return false;
    }
    ByteString hash = ByteString.decodeBase64(bare);
    // The last digit has two bits to spare: set, they would be a pin that equals no hash.
    return hash != null && hash.size() == SHA256_BYTES && hash.base64().equals(bare);
  }

  static boolean isHost(String host) {
    return HOST.matcher(host).matches();
  }

  /** Why there is no connection, in words that quote nothing. */
  static String reason(Throwable failure, Cause cause) {
    return switch (cause) {
      case PIN_MISMATCH -> "TLS failed: pin mismatch";
      case CERTIFICATE_EXPIRED -> "TLS failed: its certificate has expired";
      case TLS -> "TLS failed: " + failure.getClass().getSimpleName();
      case NETWORK -> ofNetwork(failure);
    };
  }

  private static String ofNetwork(Throwable failure) {
    if (failure instanceof InterruptedIOException) {
      return "no complete answer in time";
    }
    if (failure instanceof UnknownHostException) {
      return "host not found";
    }
    return failure instanceof ConnectException
        ? "connection refused or unreachable"
        : "connection failed: " + failure.getClass().getSimpleName();
  }

  /**
   * What a failure says about TLS. The failure of another address of the host may be the one that
   * is thrown, and that of a wrong key be kept within it.
   */
  static Cause cause(Throwable failure) {
    Cause cause = failure instanceof SSLException ? Cause.TLS : Cause.NETWORK;
    Deque<Throwable> left = new ArrayDeque<>(List.of(failure));
    for (int seen = 0; seen < MOST_LOOKED_AT && !left.isEmpty(); seen++) { // causes may be a ring
      Throwable one = left.remove();
      if (one instanceof SSLPeerUnverifiedException
          && String.valueOf(one.getMessage()).startsWith(OF_PINS)) {
        return Cause.PIN_MISMATCH;
      }
      if (one instanceof CertificateExpiredException) {
        cause = Cause.CERTIFICATE_EXPIRED;
      }
      if (one.getCause() != null) {
        left.add(one.getCause());
      }
      left.addAll(Arrays.asList(one.getSuppressed()));
    }
    return cause;
  }
}
