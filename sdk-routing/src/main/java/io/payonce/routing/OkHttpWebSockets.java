package io.payonce.routing;

import io.payonce.rpc.TransportReply.Cause;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import javax.net.SocketFactory;
import okhttp3.ConnectionPool;
import okhttp3.CookieJar;
import okhttp3.Dispatcher;
import okhttp3.Handshake;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import org.jspecify.annotations.Nullable;

/**
 * WebSockets (RFC 6455) for what endpoints push, or for calls.
 *
 * <p>The library reads a message of any length into memory, and inflates what is compressed. So
 * compression is not offered, and a socket gives no more bytes than a message may have until a
 * whole one has arrived: an endpoint that sends more is cut off. Nothing waits in the kernel for
 * the other side to confirm what came before (TCP_NODELAY).
 */
final class OkHttpWebSockets implements WebSocketChannel.Opener {
  /** A head is about 2 KiB. */
  static final int MOST_PUSHED_BYTES = 1 << 20;

  /** Frames, and the beginning of the next message, that may come with one. */
  private static final int MORE_BYTES = 64 << 10;

  private static final int TRY_AGAIN_LATER = 1013;
  private static final int POLICY_VIOLATION = 1008;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final String EXTENSIONS = "Sec-WebSocket-Extensions";

  /** Hears which certificates handshakes show. */
  interface Handshakes {
    /**
     * An endpoint showed these, its own first.
     *
     * @param pushes whether on a connection for what it pushes
     */
    void seen(Endpoint endpoint, boolean pushes, List<Certificate> shown);
  }

  private final OkHttpClient client;
  private final Handshakes certificates;
  private final boolean pushes;
  private final long mostBytes;
  private final HostAddresses hosts;

  /** For what endpoints push. */
  static OkHttpWebSockets forHeads(Handshakes certificates, HostAddresses hosts) {
    return new OkHttpWebSockets(certificates, true, MOST_PUSHED_BYTES, hosts);
  }

  /** For calls to endpoints whose URL is one of a WebSocket. */
  static OkHttpWebSockets forCalls(Handshakes certificates, int bodyCap, HostAddresses hosts) {
    return new OkHttpWebSockets(certificates, false, bodyCap, hosts);
  }

  private OkHttpWebSockets(Handshakes certificates, boolean pushes, int cap, HostAddresses hosts) {
    this.hosts = hosts;
    this.certificates = certificates;
    this.pushes = pushes;
    this.mostBytes = (long) cap + MORE_BYTES;
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
            .dns(hosts)
            .connectTimeout(Duration.ofSeconds(5))
            // Of the opening alone: afterwards the feed watches for silence.
            .callTimeout(Duration.ofSeconds(10))
            .readTimeout(Duration.ZERO)
            .pingInterval(Duration.ofSeconds(15))
            .addInterceptor(OkHttpWebSockets::uncompressed)
            .build();
  }

  private static Response uncompressed(Interceptor.Chain chain) throws IOException {
    Response response =
        chain.proceed(chain.request().newBuilder().removeHeader(EXTENSIONS).build());
    return response.newBuilder().removeHeader(EXTENSIONS).build();
  }

  @Override
  public WebSocketChannel open(Endpoint endpoint, WebSocketChannel.Listener listener) {
    SecretUri uri = pushes ? endpoint.webSocket().orElseThrow() : endpoint.uri();
    String url = uri.reveal();
    AtomicLong allowance = new AtomicLong(mostBytes);
    Consumer<List<Certificate>> shown = seen -> certificates.seen(endpoint, pushes, seen);
    // The library knows the scheme of the request that opens a WebSocket.
    Request request = OkHttpTransport.template(url.replaceFirst("^(?i)ws", "http"), endpoint);
    WebSocket socket =
        Connections.client(client, endpoint, request.url())
            .newBuilder()
            .socketFactory(new Sockets(allowance))
            .build()
            .newWebSocket(
                request,
                new Ear(
                    listener,
                    allowance,
                    mostBytes,
                    shown,
                    () -> hosts.forget(request.url().host())));
    return new WebSocketChannel() {
      @Override
      public boolean send(String text) {
        boolean taken = socket.send(text);
        if (!taken) {
          socket.cancel();
        }
        return taken;
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
    private final WebSocketChannel.Listener listener;
    private final AtomicLong allowance;
    private final long mostBytes;
    private final Consumer<List<Certificate>> certificates;
    private final Runnable whenUnreached;

    Ear(
        WebSocketChannel.Listener listener,
        AtomicLong allowance,
        long mostBytes,
        Consumer<List<Certificate>> certificates,
        Runnable whenUnreached) {
      this.whenUnreached = whenUnreached;
      this.listener = listener;
      this.allowance = allowance;
      this.mostBytes = mostBytes;
      this.certificates = certificates;
    }

    @Override
    public void onOpen(WebSocket socket, Response response) {
      allowance.set(mostBytes);
      // The library takes the event listener off a WebSocket; its answer still knows.
      Handshake handshake = response.handshake();
      if (handshake != null) {
        certificates.accept(handshake.peerCertificates());
      }
      listener.opened();
    }

    @Override
    public void onMessage(WebSocket socket, String text) {
      allowance.set(mostBytes);
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
      if (response != null) {
        listener.ended(
            "answered with HTTP " + response.code(), response.code() == TOO_MANY_REQUESTS);
      } else {
        whenUnreached.run(); // or it was lost, and where it was is not where it is
        Cause cause = Connections.cause(failure);
        listener.ended(Connections.reason(failure, cause), false, cause);
      }
    }
  }

  /** Sockets that send at once, and read no more than they are allowed to. */
  private static final class Sockets extends SocketFactory {
    private final AtomicLong allowance;

    Sockets(AtomicLong allowance) {
      this.allowance = allowance;
    }

    @Override
    public Socket createSocket() throws IOException {
      Socket socket =
          new Socket() {
            @Override
            public InputStream getInputStream() throws IOException {
              return new Bounded(super.getInputStream(), allowance);
            }
          };
      socket.setTcpNoDelay(true);
      return socket;
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
        throw new IOException("a message is too long");
      }
      return result;
    }
  }
}
