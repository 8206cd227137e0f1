package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.rpc.Operator;
import io.payonce.rpc.RpcTransport;
import java.time.Duration;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import okhttp3.ConnectionPool;
import okhttp3.CookieJar;
import okhttp3.Dispatcher;
import okhttp3.EventListener;
import okhttp3.OkHttpClient;

/**
 * Transports over HTTP, with one client for each operator: a slow operator exhausts its own
 * connections and threads and nobody else's. Endpoints with the URL of a WebSocket get one of that.
 *
 * <p>The clients follow no redirect, keep no cookie, cache nothing and, above all, never send a
 * request a second time on their own: that would be a broadcast that nobody ordered.
 */
final class OkHttpTransports implements Function<Endpoint, RpcTransport> {
  private static final int REQUESTS_AT_ONCE = 256;

  /**
   * Kept open between bursts: four wallets that each send a default window of 16. What is beyond is
   * closed when it idles, and costs the next burst a handshake of two or three round trips.
   */
  private static final int IDLE_CONNECTIONS = 64;

  /** A client, and how many transports use it. */
  private static final class Shared {
    final OkHttpClient client;
    int users;

    Shared(OkHttpClient client) {
      this.client = client;
    }
  }

  @GuardedBy("this")
  private final TreeMap<Operator, Shared> clients = new TreeMap<>();

  private final int bodyCap;
  private final Wiring wiring;
  private final CertificateWatch certificates;
  private final WebSocketChannel.Opener sockets;
  private final HostAddresses hosts;

  /**
   * @param sockets for calls; whoever made it closes it
   */
  OkHttpTransports(
      int bodyCap,
      Wiring wiring,
      CertificateWatch certificates,
      WebSocketChannel.Opener sockets,
      HostAddresses hosts) {
    this.hosts = hosts;
    this.bodyCap = bodyCap;
    this.wiring = wiring;
    this.certificates = certificates;
    this.sockets = sockets;
  }

  @Override
  public RpcTransport apply(Endpoint endpoint) {
    return endpoint.uri().isWebSocket()
        ? new SocketTransport(endpoint, wiring, sockets, () -> certificates.forget(endpoint))
        : http(endpoint);
  }

  private synchronized RpcTransport http(Endpoint endpoint) {
    Shared shared = clients.computeIfAbsent(endpoint.operator(), o -> new Shared(client(hosts)));
    shared.users++;
    AtomicBoolean closed = new AtomicBoolean();
    return new OkHttpTransport(
        shared.client,
        endpoint,
        bodyCap,
        hosts,
        shown -> certificates.seen(endpoint, false, shown),
        () -> {
          if (closed.compareAndSet(false, true)) {
            certificates.forget(endpoint);
            release(endpoint.operator());
          }
        });
  }

  /** The last transport of an operator closes its client. */
  private synchronized void release(Operator operator) {
    Shared shared = Objects.requireNonNull(clients.get(operator));
    if (--shared.users == 0) {
      clients.remove(operator);
      shared.client.dispatcher().executorService().shutdown();
      shared.client.connectionPool().evictAll();
    }
  }

  /** A thread on which replies arrive. There are as many as there are requests under way. */
  static final class Worker extends Thread {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final String ownName;

    Worker(Runnable task) {
      super(task, "payonce-http-" + COUNT.incrementAndGet());
      ownName = getName();
      setDaemon(true);
    }

    /** The library names threads after hosts, and a host's log shall not show them. */
    void runUnderOwnName(Runnable task) {
      String given = getName();
      setName(ownName);
      try {
        task.run();
      } finally {
        setName(given);
      }
    }
  }

  private static Thread worker(Runnable task) {
    return new Worker(task);
  }

  static OkHttpClient client(HostAddresses hosts) {
    Dispatcher dispatcher =
        new Dispatcher(
            new ThreadPoolExecutor(
                0,
                REQUESTS_AT_ONCE,
                10,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                OkHttpTransports::worker));
    dispatcher.setMaxRequests(REQUESTS_AT_ONCE);
    dispatcher.setMaxRequestsPerHost(REQUESTS_AT_ONCE);
    return new OkHttpClient.Builder()
        .dispatcher(dispatcher)
        .socketFactory(new PromptSockets())
        .connectionPool(new ConnectionPool(IDLE_CONNECTIONS, 5, TimeUnit.MINUTES))
        .retryOnConnectionFailure(false)
        .followRedirects(false)
        .followSslRedirects(false)
        .cookieJar(CookieJar.NO_COOKIES)
        .cache(null)
        .dns(hosts)
        .fastFallback(true)
        .connectTimeout(Duration.ofSeconds(1))
        // The call's own timeout bounds the whole exchange; these would only end it earlier.
        .readTimeout(Duration.ZERO)
        .writeTimeout(Duration.ZERO)
        .eventListenerFactory(OkHttpTransports::listener)
        .build();
  }

  private static EventListener listener(okhttp3.Call call) {
    OkHttpTransport.Sent sent = call.request().tag(OkHttpTransport.Sent.class);
    return sent == null ? EventListener.NONE : sent;
  }
}
