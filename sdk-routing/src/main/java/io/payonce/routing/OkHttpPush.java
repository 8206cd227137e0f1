package io.payonce.routing;

import io.payonce.routing.OkHttpTransport.Sent;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.SocketFactory;
import okhttp3.ConnectionPool;
import okhttp3.CookieJar;
import okhttp3.Dispatcher;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import org.jspecify.annotations.Nullable;

/**
 * WebSockets (RFC 6455) for what endpoints push.
 *
 * <p>The library reads a message of any length into memory, and inflates what is compressed. So
 * compression is not offered, and a socket gives no more bytes than a few heads need until a whole
 * message has arrived: an endpoint that sends more is cut off.
 */
final class OkHttpPush implements PushChannel.Opener {
  /** A head is about 2 KiB. */
  static final int MOST_BYTES = 1 << 20;

  private static final int TRY_AGAIN_LATER = 1013;
  private static final int POLICY_VIOLATION = 1008;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final String EXTENSIONS = "Sec-WebSocket-Extensions";

  private final OkHttpClient client;
  private final CertificateWatch certificates;

  OkHttpPush(CertificateWatch certificates) {
    this.certificates = certificates;
    Dispatcher dispatcher =
        new Dispatcher(
            new ThreadPoolExecutor(
                0,
                Integer.MAX_VALUE,
                10,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                RpcPool.daemons("payonce-push")));
    client =
        new OkHttpClient.Builder()
            .dispatcher(dispatcher)
            .connectionPool(new ConnectionPool(0, 1, TimeUnit.SECONDS))
            .retryOnConnectionFailure(false)
            .followRedirects(false)
            .followSslRedirects(false)
            .cookieJar(CookieJar.NO_COOKIES)
            .cache(null)
            .connectTimeout(Duration.ofSeconds(5))
            // Of the opening alone: afterwards the feed watches for silence.
            .callTimeout(Duration.ofSeconds(10))
            .readTimeout(Duration.ZERO)
            .pingInterval(Duration.ofSeconds(15))
            .addInterceptor(OkHttpPush::uncompressed)
            .build();
  }

  private static Response uncompressed(Interceptor.Chain chain) throws IOException {
    Response response =
        chain.proceed(chain.request().newBuilder().removeHeader(EXTENSIONS).build());
    return response.newBuilder().removeHeader(EXTENSIONS).build();
  }

  @Override
  public PushChannel open(Endpoint endpoint, PushChannel.Listener listener) {
    String url = endpoint.webSocket().orElseThrow().reveal();
    AtomicLong allowance = new AtomicLong(MOST_BYTES);
    WebSocket socket =
        client
            .newBuilder()
            .socketFactory(new Sockets(allowance))
            .eventListener(new Sent(shown -> certificates.seen(endpoint, true, shown)))
            .build()
            .newWebSocket(
                // The library knows the scheme of the request that opens a WebSocket.
                OkHttpTransport.template(url.replaceFirst("^(?i)ws", "http"), endpoint),
                new Ear(listener, allowance));
    return new PushChannel() {
      @Override
      public void send(String text) {
        if (!socket.send(text)) {
          socket.cancel();
        }
      }

      @Override
      public void close() {
        socket.cancel();
      }
    };
  }

  @Override
  public void close() {
    client.dispatcher().executorService().shutdown();
    client.connectionPool().evictAll();
  }

  private static final class Ear extends WebSocketListener {
    private final PushChannel.Listener listener;
    private final AtomicLong allowance;

    Ear(PushChannel.Listener listener, AtomicLong allowance) {
      this.listener = listener;
      this.allowance = allowance;
    }

    @Override
    public void onOpen(WebSocket socket, Response response) {
      allowance.set(MOST_BYTES);
      listener.opened();
    }

    @Override
    public void onMessage(WebSocket socket, String text) {
      allowance.set(MOST_BYTES);
      listener.received(text);
    }

    @Override
    public void onClosing(WebSocket socket, int code, String reason) {
      socket.cancel();
      listener.ended(
          "the endpoint closed it with code " + code,
          code == TRY_AGAIN_LATER || code == POLICY_VIOLATION);
    }

    @Override
    public void onFailure(WebSocket socket, Throwable failure, @Nullable Response response) {
      boolean throttled = response != null && response.code() == TOO_MANY_REQUESTS;
      String why =
          response == null
              ? "connection failed: " + failure.getClass().getSimpleName()
              : "answered with HTTP " + response.code();
      listener.ended(why, throttled);
    }
  }

  /** Sockets that read no more than they are allowed to. */
  private static final class Sockets extends SocketFactory {
    private final AtomicLong allowance;

    Sockets(AtomicLong allowance) {
      this.allowance = allowance;
    }

    @Override
    public Socket createSocket() {
      return new Socket() {
        @Override
        public InputStream getInputStream() throws IOException {
          return new Bounded(super.getInputStream(), allowance);
        }
      };
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
      return connected(new InetSocketAddress(host, port));
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress from, int fromPort)
        throws IOException {
      return createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
      return connected(new InetSocketAddress(host, port));
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress from, int fromPort)
        throws IOException {
      return createSocket(host, port);
    }

    private Socket connected(InetSocketAddress to) throws IOException {
      Socket socket = createSocket();
      socket.connect(to);
      return socket;
    }
  }

  private static final class Bounded extends FilterInputStream {
    private final AtomicLong allowance;

    Bounded(InputStream in, AtomicLong allowance) {
      super(in);
      this.allowance = allowance;
    }

    @Override
    public int read() throws IOException {
      return took(super.read(), 1);
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      int read = super.read(into, from, length);
      return took(read, read);
    }

    private int took(int result, int bytes) throws IOException {
      if (result >= 0 && allowance.addAndGet(-bytes) < 0) {
        throw new IOException("a message is longer than " + MOST_BYTES + " bytes");
      }
      return result;
    }
  }
}
