package io.payonce.routing;

import io.payonce.routing.InvalidRoutingConfig.Problem;
import io.payonce.rpc.RpcTransport;
import io.payonce.rpc.TransportReply;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import okhttp3.OkHttpClient;

/**
 * Bytes to one endpoint over HTTP as a pool sends them, with its credentials, pins and proxy, and
 * without a pool: for tools that look at an endpoint by itself. It checks no chain id, counts no
 * votes and tries nothing twice, so it is no way to send a transaction. Thread-safe.
 */
public final class EndpointTransport implements RpcTransport {
  private final OkHttpTransport transport;
  private volatile Optional<Instant> certificateEnd = Optional.empty();

  private EndpointTransport(Endpoint endpoint, int bodyCap) {
    OkHttpClient client = OkHttpTransports.client();
    this.transport =
        new OkHttpTransport(
            client,
            endpoint,
            bodyCap,
            this::seen,
            () -> {
              client.dispatcher().executorService().shutdown();
              client.connectionPool().evictAll();
            });
  }

  /**
   * Contacts nothing before the first body. Throws {@link InvalidRoutingConfig} when no pool would
   * take the endpoint, and {@code UnsupportedOperationException} for the URL of a WebSocket.
   *
   * @param bodyCap largest answer in bytes, 64 KiB to 256 MiB: a longer one fails
   */
  public static EndpointTransport open(Endpoint endpoint, int bodyCap) {
    RoutingPolicy policy = RoutingPolicy.builder().bodyCap(bodyCap).build();
    List<Problem> problems = EndpointChecks.problems(List.of(endpoint), policy, true);
    if (!problems.isEmpty()) {
      throw new InvalidRoutingConfig(problems);
    }
    if (endpoint.uri().isWebSocket()) {
      throw new UnsupportedOperationException(endpoint.name() + " has the URL of a WebSocket");
    }
    return new EndpointTransport(endpoint, bodyCap);
  }

  private void seen(List<Certificate> shown) {
    if (!shown.isEmpty() && shown.get(0) instanceof X509Certificate own) {
      certificateEnd = Optional.of(own.getNotAfter().toInstant());
    }
  }

  @Override
  public CompletableFuture<TransportReply> send(byte[] body, Duration timeout) {
    return transport.send(body, timeout);
  }

  /** Until when the certificate is valid that the last TLS handshake showed; empty without one. */
  public Optional<Instant> certificateEnd() {
    return certificateEnd;
  }

  @Override
  public void close() {
    transport.close();
  }
}
