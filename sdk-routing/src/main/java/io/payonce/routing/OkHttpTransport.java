package io.payonce.routing;

import io.payonce.rpc.BytesSent;
import io.payonce.rpc.RpcTransport;
import io.payonce.rpc.TransportReply;
import io.payonce.rpc.TransportReply.Cause;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.Credentials;
import okhttp3.EventListener;
import okhttp3.Handshake;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;

/**
 * POST to one URL. Reasons are built from the class of a failure, never from its words, which quote
 * URLs. User-info of the URL travels as basic authentication. Thread-safe.
 */
final class OkHttpTransport implements RpcTransport {
  private static final MediaType JSON = MediaType.get("application/json");

  private final OkHttpClient client;
  private final Request template;
  private final int bodyCap;
  private final HostAddresses hosts;
  private final Runnable release;
  private final Consumer<List<Certificate>> certificates;

  /**
   * @param hosts is told when no connection is made
   * @param certificates is told what each TLS handshake shows, on the thread of the connection
   * @param release of its share of the client
   */
  OkHttpTransport(
      OkHttpClient client,
      Endpoint endpoint,
      int bodyCap,
      HostAddresses hosts,
      Consumer<List<Certificate>> certificates,
      Runnable release) {
    this.hosts = hosts;
    this.certificates = certificates;
    this.release = release;
    this.template = template(endpoint.uri().reveal(), endpoint);
    this.client = Connections.client(client, endpoint, template.url());
    this.bodyCap = bodyCap;
  }

  /** A request to this URL with the endpoint's credentials. */
  static Request template(String text, Endpoint endpoint) {
    HttpUrl url = HttpUrl.parse(text);
    if (url == null) {
      throw new IllegalArgumentException("the endpoint's URL cannot be used");
    }
    HttpUrl bare = url.newBuilder().username("").password("").build();
    Request.Builder request = new Request.Builder().url(bare).header("User-Agent", "payonce");
    if (!url.username().isEmpty() || !url.password().isEmpty()) {
      request.header("Authorization", Credentials.basic(url.username(), url.password()));
    }
    endpoint.headers().forEach((name, value) -> request.header(name, value.reveal()));
    return request.build();
  }

  /** The library may not send it twice: it would, on its own, after 503 with Retry-After: 0. */
  private static final class OnceBody extends RequestBody {
    private final byte[] bytes;

    OnceBody(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public MediaType contentType() {
      return JSON;
    }

    @Override
    public long contentLength() {
      return bytes.length;
    }

    @Override
    public void writeTo(BufferedSink sink) throws IOException {
      sink.write(bytes);
    }

    @Override
    public boolean isOneShot() {
      return true;
    }
  }

  /** Notes how much of one request has left. Written by the client's thread, read by any. */
  static final class Sent extends EventListener {
    private final HostAddresses hosts;
    private final Consumer<List<Certificate>> certificates;
    private volatile BytesSent bytes = BytesSent.NONE;

    Sent(HostAddresses hosts, Consumer<List<Certificate>> certificates) {
      this.hosts = hosts;
      this.certificates = certificates;
    }

    BytesSent bytes() {
      return bytes;
    }

    @Override
    public void connectFailed(
        Call call,
        InetSocketAddress address,
        Proxy proxy,
        @Nullable Protocol protocol,
        IOException failure) {
      hosts.forget(call.request().url().host());
    }

    @Override
    public void secureConnectEnd(Call call, @Nullable Handshake handshake) {
      if (handshake != null) {
        certificates.accept(handshake.peerCertificates());
      }
    }

    @Override
    public void requestHeadersStart(Call call) {
      bytes = BytesSent.SOME;
    }

    @Override
    public void requestBodyEnd(Call call, long byteCount) {
      bytes = BytesSent.ALL;
    }
  }

  @Override
  public CompletableFuture<TransportReply> send(byte[] body, Duration timeout) {
    Exchange exchange = new Exchange(body, timeout);
    exchange.call.enqueue(exchange);
    return exchange;
  }

  @Override
  public CompletableFuture<TransportReply> send(byte[] body, Duration timeout, Executor waiting) {
    Exchange exchange = new Exchange(body, timeout);
    waiting.execute(exchange);
    return exchange;
  }

  /** One request and its reply, on a thread of the client or on that of a caller. */
  private final class Exchange extends CompletableFuture<TransportReply>
      implements Callback, Runnable {
    final Call call;
    private final Sent sent = new Sent(hosts, certificates);

    Exchange(byte[] body, Duration timeout) {
      call =
          client.newCall(
              template.newBuilder().tag(Sent.class, sent).post(new OnceBody(body)).build());
      call.timeout().timeout(Math.max(1, timeout.toMillis()), TimeUnit.MILLISECONDS);
    }

    /** Nobody waits: the connection is given up, not the request. */
    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      boolean isCancelled = super.cancel(mayInterruptIfRunning);
      if (isCancelled) {
        call.cancel();
      }
      return isCancelled;
    }

    @Override
    public void run() {
      try {
        onResponse(call, call.execute());
      } catch (IOException failure) {
        onFailure(call, failure);
      } catch (RuntimeException defect) {
        completeExceptionally(defect);
      }
    }

    @Override
    public void onFailure(Call failed, IOException failure) {
      complete(failed(failure, sent));
    }

    @Override
    public void onResponse(Call answered, Response response) {
      complete(read(response, sent));
    }
  }

  private TransportReply read(Response response, Sent sent) {
    try (response) {
      BufferedSource source = response.body().source();
      if (source.request(bodyCap + 1L)) {
        return new TransportReply.Failed(
            "answer is longer than " + bodyCap + " bytes", BytesSent.ALL, false);
      }
      Map<String, String> headers = new TreeMap<>();
      for (int i = 0; i < response.headers().size(); i++) {
        headers.put(
            response.headers().name(i).toLowerCase(Locale.ROOT), response.headers().value(i));
      }
      return new TransportReply.Answered(response.code(), headers, source.readByteArray());
    } catch (IOException cut) {
      return failed(cut, sent);
    } catch (RuntimeException defect) {
      // The library believes some headers, as a negative length. Its words may quote them.
      return new TransportReply.Failed("answer cannot be read", BytesSent.ALL, false);
    }
  }

  private static TransportReply.Failed failed(IOException failure, Sent sent) {
    boolean timedOut = failure instanceof InterruptedIOException;
    Cause cause = Connections.cause(failure);
    return new TransportReply.Failed(
        Connections.reason(failure, cause), sent.bytes(), timedOut, cause);
  }

  @Override
  public void close() {
    release.run();
  }
}
