package io.payonce.routing;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcTransport;
import io.payonce.rpc.TransportReply;
import io.payonce.testing.VirtualTime;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Against raw sockets: what really leaves, and what is made of broken answers. */
final class OkHttpTransportTest {
  private static final String KEY = "markedpathkey42";
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final byte[] BODY = "{\"jsonrpc\":\"2.0\"}".getBytes(StandardCharsets.UTF_8);

  private final List<AutoCloseable> open = new ArrayList<>();

  /** What the server does after it has read a request. */
  private interface Reaction {
    void to(Socket socket, OutputStream out) throws Exception;
  }

  /** One thread, one connection at a time, one HTTP/1.1 request after the other. */
  private static final class RawServer implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Reaction reaction;
    final List<String> received = Collections.synchronizedList(new ArrayList<>());
    final CountDownLatch stop = new CountDownLatch(1);

    RawServer(Reaction reaction) throws IOException {
      this.reaction = reaction;
      Thread thread = new Thread(this::serve, "raw-server");
      thread.setDaemon(true);
      thread.start();
    }

    String url() {
      return "http://127.0.0.1:" + server.getLocalPort() + "/v3/" + KEY;
    }

    private void serve() {
      while (!server.isClosed()) {
        try (Socket socket = server.accept()) {
          socket.setTcpNoDelay(true);
          while (read(socket.getInputStream())) {
            reaction.to(socket, socket.getOutputStream());
            if (socket.isClosed()) {
              break;
            }
          }
        } catch (Exception ended) {
          // The test's client went away or the test is over; what matters was recorded.
        }
      }
    }

    private boolean read(InputStream in) throws IOException {
      StringBuilder head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        int next = in.read();
        if (next < 0) {
          return false;
        }
        head.append((char) next);
      }
      String lower = head.toString().toLowerCase(Locale.ROOT);
      int at = lower.indexOf("content-length:");
      int length = Integer.parseInt(lower.substring(at + 15, lower.indexOf('\r', at)).strip());
      byte[] body = in.readNBytes(length);
      received.add(head + new String(body, StandardCharsets.UTF_8));
      return true;
    }

    @Override
    public void close() throws IOException {
      stop.countDown();
      server.close();
    }
  }

  private static Reaction answer(int status, String headers, String body) {
    return (socket, out) ->
        out.write(
            ("HTTP/1.1 "
                    + status
                    + " x\r\nContent-Length: "
                    + body.length()
                    + "\r\n"
                    + headers
                    + "\r\n"
                    + body)
                .getBytes(StandardCharsets.UTF_8));
  }

  private RawServer server(Reaction reaction) throws IOException {
    RawServer server = new RawServer(reaction);
    open.add(server);
    return server;
  }

  private RpcTransport transport(String url) {
    VirtualTime time = new VirtualTime();
    Wiring wiring = Rig.wiring(time, null);
    RpcTransport transport =
        new OkHttpTransports(
                1 << 16,
                wiring,
                new CertificateWatch(wiring),
                new ScriptedPush(time),
                HostAddresses.ofSystem())
            .apply(Endpoint.of("one", "a", url));
    open.add(transport);
    return transport;
  }

  private TransportReply send(String url, Duration timeout) {
    TransportReply reply = transport(url).send(BODY, timeout).join();
    assertThat(reply.toString()).doesNotContain(KEY);
    return reply;
  }

  private TransportReply.Failed failed(String url, Duration timeout) {
    TransportReply reply = send(url, timeout);
    assertThat(reply).isInstanceOf(TransportReply.Failed.class);
    assertThat(((TransportReply.Failed) reply).reason()).doesNotContain("127.0.0.1");
    return (TransportReply.Failed) reply;
  }

  /** The first request of a process loads classes, which a timeout in a test must not count. */
  @BeforeAll
  static void warmUp() throws Exception {
    OkHttpTransportTest first = new OkHttpTransportTest();
    try {
      first.send(first.server(answer(200, "", "{}")).url(), Duration.ofMinutes(1));
    } finally {
      first.close();
    }
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : open) {
      one.close();
    }
  }

  @Test
  void an_answer_arrives_with_lower_case_headers_and_any_status() throws IOException {
    RawServer server = server(answer(500, "Retry-After: 3\r\nX-UPPER: A\r\n", "{\"a\":1}"));
    TransportReply.Answered reply = (TransportReply.Answered) send(server.url(), PATIENCE);
    assertThat(reply.status()).isEqualTo(500);
    assertThat(reply.headers()).containsEntry("retry-after", "3").containsEntry("x-upper", "A");
    assertThat(new String(reply.body(), StandardCharsets.UTF_8)).isEqualTo("{\"a\":1}");
    assertThat(server.received).hasSize(1);
    assertThat(server.received.get(0))
        .startsWith("POST /v3/" + KEY + " ")
        .contains("Content-Type: application/json")
        .endsWith(new String(BODY, StandardCharsets.UTF_8));
  }

  @Test
  void user_info_travels_as_authorization_and_not_in_the_url() throws IOException {
    RawServer server = server(answer(200, "", "{}"));
    send(server.url().replace("http://", "http://user:markedword@"), PATIENCE);
    assertThat(server.received.get(0))
        .contains("Authorization: Basic dXNlcjptYXJrZWR3b3Jk")
        .doesNotContain("markedword");
  }

  @Test
  void a_refused_connection_proves_that_nothing_was_sent() throws IOException {
    RawServer server = server(answer(200, "", "{}"));
    server.close();
    TransportReply.Failed failed = failed(server.url(), PATIENCE);
    assertThat(failed.bytesSent()).isEqualTo(BytesSent.NONE);
    assertThat(failed.timedOut()).isFalse();
  }

  @Test
  void a_lost_reply_was_sent_and_is_never_sent_again() throws IOException {
    RawServer server = server((socket, out) -> socket.close());
    assertThat(failed(server.url(), PATIENCE).bytesSent()).isEqualTo(BytesSent.ALL);
    assertThat(server.received).hasSize(1);
  }

  @Test
  void a_dead_pooled_connection_is_no_reason_to_send_twice() throws IOException {
    int[] requests = {0};
    RawServer server =
        server(
            (socket, out) -> {
              if (requests[0]++ == 0) {
                answer(200, "", "{}").to(socket, out);
              } else {
                socket.close();
              }
            });
    RpcTransport transport = transport(server.url());
    assertThat(transport.send(BODY, PATIENCE).join()).isInstanceOf(TransportReply.Answered.class);
    TransportReply second = transport.send(BODY, PATIENCE).join();
    assertThat(((TransportReply.Failed) second).bytesSent()).isNotEqualTo(BytesSent.NONE);
    assertThat(server.received).hasSize(2);
  }

  @Test
  void an_invitation_to_retry_at_once_is_no_reason_to_send_twice() throws IOException {
    RawServer server = server(answer(503, "Retry-After: 0\r\n", ""));
    TransportReply.Answered reply = (TransportReply.Answered) send(server.url(), PATIENCE);
    assertThat(reply.status()).isEqualTo(503);
    assertThat(reply.headers()).containsEntry("retry-after", "0");
    assertThat(server.received).hasSize(1);
  }

  @Test
  void a_length_below_zero_fails_at_once() throws IOException {
    RawServer server =
        server(
            (socket, out) ->
                out.write(
                    "HTTP/1.1 200 x\r\nContent-Length: -7\r\n\r\n{}"
                        .getBytes(StandardCharsets.UTF_8)));
    TransportReply.Failed failed = failed(server.url(), Duration.ofMinutes(1));
    assertThat(failed.timedOut()).isFalse();
    assertThat(failed.bytesSent()).isEqualTo(BytesSent.ALL);
  }

  @Test
  void a_second_burst_goes_over_the_connections_of_the_first() throws Exception {
    int burst = 64;
    Set<InetSocketAddress> clients = ConcurrentHashMap.newKeySet();
    CyclicBarrier allThere = new CyclicBarrier(burst);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), burst);
    ExecutorService threads = Executors.newFixedThreadPool(burst);
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          clients.add(exchange.getRemoteAddress());
          exchange.getRequestBody().readAllBytes();
          try {
            allThere.await(60, TimeUnit.SECONDS);
          } catch (Exception e) {
            throw new IOException(e);
          }
          exchange.sendResponseHeaders(200, 2);
          exchange.getResponseBody().write("{}".getBytes(StandardCharsets.UTF_8));
          exchange.close();
        });
    server.start();
    open.add(threads::shutdownNow);
    open.add(() -> server.stop(0));
    RpcTransport transport =
        transport("http://127.0.0.1:" + server.getAddress().getPort() + "/v3/" + KEY);
    for (int bursts = 0; bursts < 3; bursts++) {
      List<CompletableFuture<TransportReply>> replies =
          Stream.generate(() -> transport.send(BODY, Duration.ofMinutes(2))).limit(burst).toList();
      assertThat(replies)
          .allSatisfy(
              reply -> assertThat(reply.join()).isInstanceOf(TransportReply.Answered.class));
    }
    assertThat(clients).hasSize(burst);
  }

  @Test
  void a_cut_body_is_no_answer() throws IOException {
    RawServer server =
        server(
            (socket, out) -> {
              out.write(
                  "HTTP/1.1 200 x\r\nContent-Length: 100\r\n\r\n{\"js"
                      .getBytes(StandardCharsets.UTF_8));
              out.flush();
              socket.close();
            });
    assertThat(failed(server.url(), PATIENCE).bytesSent()).isEqualTo(BytesSent.ALL);
  }

  @Test
  void a_slow_drip_ends_with_the_timeout() throws IOException {
    RawServer[] self = new RawServer[1];
    self[0] =
        server(
            (socket, out) -> {
              out.write(
                  "HTTP/1.1 200 x\r\nContent-Length: 100000\r\n\r\n"
                      .getBytes(StandardCharsets.UTF_8));
              do {
                out.write(' ');
                out.flush();
              } while (!self[0].stop.await(20, TimeUnit.MILLISECONDS));
            });
    TransportReply.Failed failed = failed(self[0].url(), Duration.ofSeconds(2));
    assertThat(failed.timedOut()).isTrue();
    assertThat(failed.bytesSent()).isEqualTo(BytesSent.ALL);
  }

  @Test
  void an_answer_above_the_cap_is_not_read() throws IOException {
    RawServer server = server(answer(200, "", "x".repeat((1 << 16) + 1)));
    assertThat(failed(server.url(), PATIENCE).reason()).contains("65536");
    RawServer fits = server(answer(200, "", "x".repeat(1 << 16)));
    assertThat(send(fits.url(), PATIENCE)).isInstanceOf(TransportReply.Answered.class);
  }

  @Test
  void a_redirect_is_not_followed() throws IOException {
    RawServer elsewhere = server(answer(200, "", "{}"));
    RawServer server =
        server(answer(307, "Location: " + elsewhere.url().replace(KEY, "") + "\r\n", ""));
    assertThat(((TransportReply.Answered) send(server.url(), PATIENCE)).status()).isEqualTo(307);
    assertThat(elsewhere.received).isEmpty();
  }

  @Test
  void a_pool_reads_a_nodes_error_behind_a_status_of_500() throws IOException {
    RawServer[] self = new RawServer[1];
    self[0] =
        server(
            (socket, out) -> {
              String request = self[0].received.get(self[0].received.size() - 1);
              String json = request.substring(request.indexOf("\r\n\r\n") + 4);
              String id = ScriptedTransport.parse(json).get("id").asText();
              if (json.contains("eth_chainId")) {
                answer(200, "", ScriptedTransport.element(id, ScriptedTransport.text("0x1")))
                    .to(socket, out);
              } else {
                ScriptedTransport.Says no = ScriptedTransport.error(3, "execution reverted");
                answer(500, "", ScriptedTransport.element(id, no)).to(socket, out);
              }
            });
    try (RpcPool pool =
        RpcPool.builder(Rig.CHAIN)
            .endpoint(Endpoint.of("one", "a", self[0].url()))
            .singleOperator(true)
            .build()) {
      RpcOutcome<?> outcome = pool.call(Requests.gasPrice(), CallOptions.within(PATIENCE)).join();
      assertThat(outcome)
          .isEqualTo(
              new RpcOutcome.Failed<>(new RpcFailure.NodeError(3, "execution reverted", "")));
    }
  }

  @Test
  void no_end_of_a_body_is_held_back_until_its_beginning_is_acknowledged() throws IOException {
    try (Socket socket =
        OkHttpTransports.client(HostAddresses.ofSystem()).socketFactory().createSocket()) {
      assertThat(socket.getTcpNoDelay()).isTrue();
    }
  }
}
