package io.payonce.routing;

import io.payonce.rpc.Operator;
import io.payonce.rpc.RpcTransport;
import java.time.Duration;
import java.util.TreeMap;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import okhttp3.ConnectionPool;
import okhttp3.CookieJar;
import okhttp3.Dispatcher;
import okhttp3.EventListener;
import okhttp3.OkHttpClient;

/**
 * Transports over HTTP, with one client for each operator: a slow operator exhausts its own
 * connections and threads and nobody else's.
 *
 * <p>The clients follow no redirect, keep no cookie, cache nothing and, above all, never send a
 * request a second time on their own: that would be a broadcast that nobody ordered.
 */
final class OkHttpTransports implements Function<Endpoint, RpcTransport> {
  private static final int REQUESTS_AT_ONCE = 256;
  private static final int IDLE_CONNECTIONS = 8;

  private final TreeMap<Operator, OkHttpClient> clients = new TreeMap<>();
  private final int bodyCap;

  OkHttpTransports(int bodyCap) {
    this.bodyCap = bodyCap;
  }

  @Override
  public RpcTransport apply(Endpoint endpoint) {
    OkHttpClient client = clients.computeIfAbsent(endpoint.operator(), o -> client());
    return new OkHttpTransport(client, endpoint, bodyCap);
  }

  private static OkHttpClient client() {
    Dispatcher dispatcher =
        new Dispatcher(
            new ThreadPoolExecutor(
                0,
                REQUESTS_AT_ONCE,
                10,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                RpcPool.daemons("payonce-http")));
    dispatcher.setMaxRequests(REQUESTS_AT_ONCE);
    dispatcher.setMaxRequestsPerHost(REQUESTS_AT_ONCE);
    return new OkHttpClient.Builder()
        .dispatcher(dispatcher)
        .connectionPool(new ConnectionPool(IDLE_CONNECTIONS, 5, TimeUnit.MINUTES))
        .retryOnConnectionFailure(false)
        .followRedirects(false)
        .followSslRedirects(false)
        .cookieJar(CookieJar.NO_COOKIES)
        .cache(null)
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
