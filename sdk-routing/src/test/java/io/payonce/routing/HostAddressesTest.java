package io.payonce.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.payonce.Ticker;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.TransportReply;
import io.payonce.testing.VirtualTime;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where hosts are, and that they move: on loopback, which has more addresses than one. */
@Timeout(180)
final class HostAddressesTest {
  /** A name that nobody else resolves (RFC 6761, section 6.4). */
  private static final String HOST = "node.invalid";

  private static final byte[] BODY =
      "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"eth_chainId\",\"params\":[]}"
          .getBytes(StandardCharsets.UTF_8);

  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicInteger lookups = new AtomicInteger();
  private InetAddress here;
  private InetAddress elsewhere;
  private HttpServer node;

  @BeforeEach
  void start() throws Exception {
    here = InetAddress.getLoopbackAddress();
    elsewhere = InetAddress.getByAddress(new byte[] {127, 0, 0, 2});
    node = HttpServer.create(new InetSocketAddress(here, 0), 0);
    node.createContext(
        "/",
        exchange -> {
          requests.incrementAndGet();
          String id =
              ScriptedTransport.parse(
                      new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8))
                  .path("id")
                  .asText();
          byte[] answer =
              ScriptedTransport.element(id, ScriptedTransport.text("0x1"))
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    node.start();
  }

  @AfterEach
  void stop() {
    node.stop(0);
  }

  private HostResolver answering(List<InetAddress> first, List<InetAddress> later) {
    return host -> {
      assertThat(host).isEqualTo(HOST);
      return lookups.getAndIncrement() == 0 ? first : later;
    };
  }

  private Endpoint endpoint() {
    String url = "http://" + HOST + ":" + node.getAddress().getPort() + "/";
    return Endpoint.builder("one", "a", SecretUri.allowPlaintext(url)).build();
  }

  /** Of one body, which nothing but the transport could send again. */
  private TransportReply send(HostResolver resolver) throws Exception {
    Wiring wiring = Rig.wiring(new VirtualTime(), null);
    HostAddresses hosts = new HostAddresses(resolver, wiring::now);
    try (OkHttpTransport transport =
        new OkHttpTransport(
            OkHttpTransports.client(hosts), endpoint(), 1 << 16, hosts, shown -> {}, () -> {})) {
      return transport.send(BODY, Duration.ofSeconds(30)).get(60, TimeUnit.SECONDS);
    }
  }

  @Test
  void the_next_address_is_tried_where_no_connection_to_the_first_is_made() throws Exception {
    assertThat(send(answering(List.of(elsewhere, here), List.of())))
        .isInstanceOf(TransportReply.Answered.class);
    assertThat(requests.get()).isEqualTo(1);
  }

  @Test
  void no_other_address_gets_what_the_first_one_may_have_got() throws Exception {
    int port = node.getAddress().getPort();
    try (ServerSocket closing = new ServerSocket(port, 50, elsewhere)) {
      Thread thread =
          new Thread(
              () -> {
                try (Socket client = closing.accept()) {
                  assertThat(client.getInputStream().read()).isPositive();
                } catch (IOException over) {
                  // the test ended first
                }
              },
              "closing");
      thread.setDaemon(true);
      thread.start();
      assertThat(send(answering(List.of(elsewhere, here), List.of())))
          .isInstanceOfSatisfying(
              TransportReply.Failed.class,
              failed -> assertThat(failed.bytesSent()).isNotEqualTo(BytesSent.NONE));
    }
    assertThat(requests.get()).isZero();
  }

  @Test
  void a_host_that_moved_is_found_with_the_next_attempt() {
    try (RpcPool pool =
        RpcPool.builder(Rig.CHAIN)
            .endpoint(endpoint())
            .singleOperator(true)
            .resolver(answering(List.of(elsewhere), List.of(here)))
            .build()) {
      assertThat(pool.call(Requests.gasPrice(), CallOptions.within(Duration.ofSeconds(30))).join())
          .isInstanceOf(RpcOutcome.Ok.class);
    }
    assertThat(lookups.get()).isEqualTo(2);
  }

  @Test
  void an_answer_is_kept_for_half_a_minute_and_not_when_a_connection_failed() throws Exception {
    long[] now = {0};
    HostAddresses hosts =
        new HostAddresses(answering(List.of(elsewhere), List.of(here)), () -> now[0]);
    assertThat(hosts.lookup(HOST)).containsExactly(elsewhere);
    now[0] = HostAddresses.KEPT_NANOS - 1;
    assertThat(hosts.lookup(HOST)).containsExactly(elsewhere);
    now[0]++;
    assertThat(hosts.lookup(HOST)).containsExactly(here);
    assertThat(hosts.lookup(HOST)).containsExactly(here);
    assertThat(lookups.get()).isEqualTo(2);
    hosts.forget(HOST);
    assertThat(hosts.lookup(HOST)).containsExactly(here);
    assertThat(lookups.get()).isEqualTo(3);
  }

  @Test
  void a_lent_thread_waits_a_second_and_finds_what_came_later() throws Exception {
    CountDownLatch answers = new CountDownLatch(1);
    HostAddresses hosts =
        new HostAddresses(
            host -> {
              lookups.incrementAndGet();
              try {
                answers.await();
              } catch (InterruptedException stop) {
                throw new UnknownHostException("interrupted");
              }
              return List.of(here);
            },
            Ticker.system());
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> lent(hosts)).hasMessage("no address in time");
    }
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> lent(hosts)).hasMessage("interrupted");
    assertThat(Thread.interrupted()).isTrue();
    assertThat(lookups.get()).isEqualTo(1); // the others joined it
    answers.countDown();
    assertThat(lent(hosts)).containsExactly(here);
    assertThat(lent(hosts)).containsExactly(here);
    assertThat(lookups.get()).isLessThanOrEqualTo(2);
  }

  /** As it is asked on the thread of a caller. */
  private static List<InetAddress> lent(HostAddresses hosts) throws Exception {
    List<Object> found = new ArrayList<>();
    LentThread.lend(
        thread -> {
          thread.execute(
              () -> {
                try {
                  found.add(hosts.lookup(HOST));
                } catch (UnknownHostException none) {
                  found.add(none);
                }
              });
          return CompletableFuture.completedFuture("over");
        },
        TimeUnit.SECONDS.toNanos(1));
    if (found.get(0) instanceof UnknownHostException none) {
      throw none;
    }
    @SuppressWarnings("unchecked") // the other thing that is put in
    List<InetAddress> addresses = (List<InetAddress>) found.get(0);
    return addresses;
  }

  @Test
  void a_resolver_that_fails_finds_nobody_and_its_words_go_nowhere() throws Exception {
    List<HostResolver> broken = new ArrayList<>();
    broken.add(host -> List.of());
    broken.add(
        host -> {
          throw new IllegalStateException("secret42");
        });
    broken.add(
        host -> {
          throw new UnknownHostException("secret42");
        });
    for (HostResolver resolver : broken) {
      assertThatThrownBy(() -> new HostAddresses(resolver, () -> 0).lookup(HOST))
          .isInstanceOf(UnknownHostException.class);
      assertThat(send(resolver))
          .isEqualTo(new TransportReply.Failed("host not found", BytesSent.NONE, false));
    }
    assertThat(requests.get()).isZero();
  }
}
