package io.payonce.routing;

import io.payonce.testing.TcpRelay;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;

/** What stands between a client and a server on loopback: the end of TLS, or a proxy. */
final class TlsRelay implements AutoCloseable {
  private final TcpRelay relay;

  /** What CONNECT requests said, with their headers. */
  final List<String> asked = new CopyOnWriteArrayList<>();

  /** How much clients said within TLS. */
  private final AtomicInteger heard = new AtomicInteger();

  private TlsRelay(ServerSocket front, int target) {
    this.relay =
        TcpRelay.to(
            target,
            front,
            (bytes, count) -> {
              heard.addAndGet(count);
              return count;
            });
  }

  /**
   * @param refusal empty where it opens tunnels
   */
  private TlsRelay(int target, String refusal) throws IOException {
    this.relay =
        TcpRelay.to(
            target,
            new ServerSocket(0, 50, InetAddress.getLoopbackAddress()),
            new TcpRelay.Watch() {
              @Override
              public boolean opens(Socket client) throws IOException {
                return tunnels(client, refusal);
              }

              @Override
              public int passes(byte[] bytes, int count) {
                return count; // a proxy sees nothing of it
              }
            });
  }

  /** Speaks TLS with this certificate, and plainly to the server behind it. */
  static TlsRelay to(int port, HeldCertificate held, HeldCertificate... above) throws IOException {
    HandshakeCertificates certificates =
        new HandshakeCertificates.Builder()
            .heldCertificate(
                held,
                Arrays.stream(above)
                    .map(HeldCertificate::certificate)
                    .toArray(X509Certificate[]::new))
            .build();
    return new TlsRelay(
        certificates
            .sslContext()
            .getServerSocketFactory()
            .createServerSocket(0, 50, InetAddress.getLoopbackAddress()),
        port);
  }

  /** Takes CONNECT to any host, which is always the same server here. */
  static TlsRelay proxy(int port) throws IOException {
    return new TlsRelay(port, "");
  }

  /** Opens no tunnel. */
  static TlsRelay refusingProxy(String status) throws IOException {
    return new TlsRelay(0, status);
  }

  int port() {
    return relay.port();
  }

  int connections() {
    return relay.connections();
  }

  int bytesHeard() {
    return heard.get();
  }

  private boolean tunnels(Socket client, String refusal) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = client.getInputStream().read();
      if (next < 0) {
        return false;
      }
      head.append((char) next);
    }
    asked.add(head.toString());
    String status = refusal.isEmpty() ? "200 OK" : refusal;
    client
        .getOutputStream()
        .write(("HTTP/1.1 " + status + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    return refusal.isEmpty();
  }

  @Override
  public void close() throws IOException {
    relay.close();
  }
}
