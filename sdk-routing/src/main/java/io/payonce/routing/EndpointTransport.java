package io.payonce.routing;

import io.payonce.ChainId;
import io.payonce.Ticker;
import io.payonce.routing.InvalidRoutingConfig.Problem;
import io.payonce.rpc.RpcTransport;
import io.payonce.rpc.TransportReply;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import okhttp3.OkHttpClient;

/**
 * Bytes to one endpoint as a pool sends them, over HTTP or where its URL says so over a WebSocket,
 * with its credentials, pins and proxy, and without a pool: for tools that look at an endpoint by
 * itself. It checks no chain id, counts no votes and tries nothing twice, so it is no way to send a
 * transaction. Over a WebSocket answers are paired with questions by ids, so that each body needs
 * ids of its own. Thread-safe.
 */
public final class EndpointTransport implements RpcTransport {
  private final RpcTransport transport;
  private volatile Optional<Instant> certificateEnd = Optional.empty();

  private EndpointTransport(Endpoint endpoint, RoutingPolicy policy) {
    this.transport =
        endpoint.uri().isWebSocket()
            ? overSocket(endpoint, policy)
            : overHttp(endpoint, policy.bodyCap());
  }

  /**
   * Contacts nothing before the first body. Throws {@link InvalidRoutingConfig} when no pool would
   * take the endpoint.
   *
   * @param bodyCap largest answer in bytes, 64 KiB to 256 MiB: a longer one fails
   */
  public static EndpointTransport open(Endpoint endpoint, int bodyCap) {
    RoutingPolicy policy = RoutingPolicy.builder().bodyCap(bodyCap).build();
    List<Problem> problems = EndpointChecks.problems(endpoint, policy);
    if (!problems.isEmpty()) {
      throw new InvalidRoutingConfig(problems);
    }
    return new EndpointTransport(endpoint, policy);
  }

  private RpcTransport overHttp(Endpoint endpoint, int bodyCap) {
    HostAddresses hosts = HostAddresses.ofSystem();
    OkHttpClient client = OkHttpTransports.client(hosts);
    return new OkHttpTransport(
        client,
        endpoint,
        bodyCap,
        hosts,
        this::seen,
        () -> {
          client.dispatcher().executorService().shutdown();
          client.connectionPool().evictAll();
        });
  }

  /** The parts that a pool has for all its endpoints, for one of them. */
  private RpcTransport overSocket(Endpoint endpoint, RoutingPolicy policy) {
    Timers timers = new Timers();
    Wiring wiring =
        new Wiring(
            ChainId.of(1), // Deliberate: nobody looks at it where any chain will do.
            policy,
            Ticker.system(),
            Clock.systemUTC(),
            new SplittableRandom(new SecureRandom().nextLong()),
            timers,
            timers,
            true,
            null,
            null);
    OkHttpWebSockets sockets =
        OkHttpWebSockets.forCalls(
            (one, pushes, shown) -> seen(shown), policy.bodyCap(), HostAddresses.ofSystem());
    return SocketTransport.ofAnyChain(
        endpoint,
        wiring,
        sockets,
        () -> {
          wiring.close();
          sockets.close();
          timers.shutdown();
        });
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
