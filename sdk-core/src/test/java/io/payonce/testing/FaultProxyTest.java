package io.payonce.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
final class FaultProxyTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String HASH = "0x" + "11".repeat(32);

  private final List<String> reached = new CopyOnWriteArrayList<>();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private FaultProxy node;
  private FaultProxy proxy;

  /** Two proxies in a row: the first plays the node, the second is under test. */
  @BeforeEach
  void start() {
    node = FaultProxy.scripted(this::answer).start();
    proxy =
        FaultProxy.forwardingTo(node.url())
            .delay(Duration.ofMillis(30))
            .maxHang(Duration.ofSeconds(60))
            .start();
  }

  @AfterEach
  void stop() {
    proxy.close();
    node.close();
  }

  @Test
  void passes_bodies_headers_and_status_through() throws Exception {
    HttpResponse<String> reply = post(single(7, "eth_chainId"));
    assertThat(reply.statusCode()).isEqualTo(200);
    assertThat(reply.body()).isEqualTo(resultOf("7"));
    assertThat(reply.headers().firstValue("x-node")).contains("yes");
    assertThat(node.log().get(0).request().headers()).containsEntry("x-client", "yes");
    assertThat(proxy.upstreamFailures()).isZero();
  }

  @Test
  void a_lost_reply_reaches_the_node_and_a_lost_request_does_not() {
    proxy.policy(FaultPolicy.always(Fault.LOST_REPLY));
    assertThatThrownBy(() -> post(send(1))).isInstanceOf(IOException.class);
    assertThat(reached).hasSize(1);
    proxy.policy(FaultPolicy.always(Fault.LOST_REQUEST));
    assertThatThrownBy(() -> post(send(2))).isInstanceOf(IOException.class);
    assertThat(reached).hasSize(1);
  }

  @Test
  void the_log_is_in_the_order_of_arrival_whatever_is_decided_first() throws Exception {
    proxy.policy(
        request -> {
          while (request.ordinal() == 0 && proxy.log().isEmpty()) {
            Thread.onSpinWait(); // until the other one is decided: the class has a time limit
          }
          return Fault.PASS;
        });
    CompletableFuture<HttpResponse<String>> first =
        client.sendAsync(
            request(PATIENCE, HttpRequest.BodyPublishers.ofString(single(1, "eth_first"))),
            HttpResponse.BodyHandlers.ofString());
    while (proxy.requests() == 0) {
      Thread.onSpinWait();
    }
    post(single(2, "eth_second"));
    first.join();
    assertThat(proxy.log())
        .extracting(seen -> seen.request().calls().get(0).method())
        .containsExactly("eth_first", "eth_second");
  }

  @Test
  void a_hung_connection_is_silent_until_the_client_leaves() {
    proxy.policy(FaultPolicy.always(Fault.HUNG_REPLY));
    assertThatThrownBy(() -> postWithin(Duration.ofMillis(300), send(1)))
        .isInstanceOf(HttpTimeoutException.class);
    until(() -> reached.size() == 1);
    proxy.policy(FaultPolicy.always(Fault.HUNG_REQUEST));
    assertThatThrownBy(() -> postWithin(Duration.ofMillis(300), send(2)))
        .isInstanceOf(HttpTimeoutException.class);
    until(() -> proxy.hits(Fault.HUNG_REQUEST) == 1);
    assertThat(reached).hasSize(1);
  }

  @Test
  void a_cut_reply_states_its_full_length_and_stops_before_it() throws Exception {
    proxy.policy(FaultPolicy.always(Fault.CUT_REPLY));
    String got;
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.url().getPort())) {
      String body = send(1);
      socket
          .getOutputStream()
          .write(
              ("POST / HTTP/1.1\r\ncontent-length: " + body.length() + "\r\n\r\n" + body)
                  .getBytes(StandardCharsets.US_ASCII));
      got = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }
    String full = resultOf("1");
    assertThat(got).contains("content-length: " + full.length() + "\r\n");
    assertThat(got).endsWith("\r\n\r\n" + full.substring(0, full.length() - full.length() / 2));
    assertThat(reached).hasSize(1);
  }

  @Test
  void a_reset_is_a_tcp_reset() throws Exception {
    proxy.policy(FaultPolicy.always(Fault.RESET));
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.url().getPort())) {
      socket.getOutputStream().write("POST / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
    }
    assertThat(reached).isEmpty();
  }

  @Test
  void http_errors_say_whether_the_node_was_reached_only_in_the_log() throws Exception {
    proxy.policy(FaultPolicy.always(Fault.SERVER_ERROR));
    assertThat(post(send(1)).statusCode()).isEqualTo(503);
    proxy.policy(FaultPolicy.always(Fault.RATE_LIMITED));
    HttpResponse<String> limited = post(send(2));
    assertThat(limited.statusCode()).isEqualTo(429);
    assertThat(limited.headers().firstValue("retry-after")).contains("1");
    assertThat(reached).isEmpty();
    proxy.policy(FaultPolicy.always(Fault.GATEWAY_TIMEOUT));
    assertThat(post(send(3)).statusCode()).isEqualTo(504);
    assertThat(reached).hasSize(1);
  }

  @Test
  void a_wrong_hash_replaces_only_answers_to_sends() throws Exception {
    proxy.policy(FaultPolicy.always(Fault.WRONG_HASH));
    assertThat(post(send(1)).body()).startsWith("{\"jsonrpc\"").doesNotContain(HASH);
    String answers = post("[" + send(1) + "," + single(2, "eth_chainId") + "]").body();
    assertThat(JsonText.elements(answers).get(0)).doesNotContain(HASH).hasSameSizeAs(resultOf("1"));
    assertThat(JsonText.elements(answers).get(1)).isEqualTo(resultOf("2"));
  }

  @Test
  void a_duplicate_reaches_the_node_twice_and_a_delay_once() throws Exception {
    proxy.policy(FaultPolicy.always(Fault.DUPLICATE));
    assertThat(post(send(1)).body()).isEqualTo(resultOf("1"));
    assertThat(reached).containsExactly(send(1), send(1));
    proxy.policy(FaultPolicy.always(Fault.DELAY));
    assertThat(post(send(2)).body()).isEqualTo(resultOf("2"));
    assertThat(reached).hasSize(3);
  }

  @Test
  void batch_faults_strike_one_element() throws Exception {
    String batch = "[" + send(1) + ", " + send(2) + ",\n" + send(3) + "]";
    proxy.policy(FaultPolicy.always(Fault.REORDERED));
    assertThat(JsonText.elements(post(batch).body()))
        .containsExactly(resultOf("3"), resultOf("2"), resultOf("1"));
    proxy.policy(FaultPolicy.always(Fault.LOST_ELEMENT));
    // Request number 1 strikes the element at 1 modulo 3.
    assertThat(JsonText.elements(post(batch).body())).containsExactly(resultOf("1"), resultOf("3"));
    assertThat(reached).containsExactly(batch, batch);
    proxy.policy(FaultPolicy.always(Fault.REFUSED_ELEMENT));
    List<String> answers = JsonText.elements(post(batch).body());
    assertThat(answers.subList(0, 2)).containsExactly(resultOf("1"), resultOf("2"));
    assertThat(answers.get(2)).contains("\"id\":3", "-32005");
    assertThat(reached.get(2)).isEqualTo("[" + send(1) + "," + send(2) + "]");
  }

  @Test
  void element_faults_on_a_single_call_strike_the_call() throws Exception {
    proxy.policy(FaultPolicy.always(Fault.REFUSED_ELEMENT));
    assertThat(post(send(9)).body()).contains("\"id\":9", "-32005");
    assertThat(reached).isEmpty();
    proxy.policy(FaultPolicy.always(Fault.LOST_ELEMENT));
    assertThatThrownBy(() -> post(send(9))).isInstanceOf(IOException.class);
    assertThat(reached).hasSize(1);
  }

  @Test
  void one_seed_and_one_order_give_the_same_faults() {
    assertThat(draws(42)).isEqualTo(draws(42)).isNotEqualTo(draws(43));
    assertThat(draws(42).stream().filter(fault -> fault == Fault.LOST_REPLY).count())
        .isBetween(230L, 370L);
  }

  @Test
  void rates_apply_to_the_chosen_method_alone_or_in_a_batch() throws Exception {
    proxy.policy(
        SeededFaults.builder(new Random(1))
            .percent(Fault.SERVER_ERROR, 100)
            .build()
            .onMethod("eth_sendRawTransaction"));
    assertThat(post(single(1, "eth_chainId")).statusCode()).isEqualTo(200);
    assertThat(post(send(2)).statusCode()).isEqualTo(503);
    assertThat(post("[" + single(3, "eth_chainId") + "," + send(4) + "]").statusCode())
        .isEqualTo(503);
    assertThat(proxy.hits(Fault.PASS)).isEqualTo(1);
    assertThat(proxy.hits(Fault.SERVER_ERROR)).isEqualTo(2);
    assertThat(proxy.requests()).isEqualTo(3);
  }

  @Test
  void the_log_tells_ids_methods_and_equal_parameters() throws Exception {
    post("[" + single(1, "eth_chainId") + "," + send(2) + "]");
    post(send(3));
    List<FaultProxy.Seen> log = proxy.log();
    assertThat(log.get(0).request().calls()).extracting(c -> c.id()).containsExactly("1", "2");
    assertThat(log.get(0).request().calls().get(1).paramsDigest())
        .isEqualTo(log.get(1).request().calls().get(0).paramsDigest());
    // The digest that sha256sum gives for the text ["0x02"].
    assertThat(log.get(1).request().calls().get(0).paramsDigest())
        .isEqualTo("0x2a84cb1e6fab43ac33b62d2f904f89bdecc77216e7f82b9ae4e2fbd89fee99fb");
  }

  @ParameterizedTest
  @EnumSource(names = {"HUNG_REQUEST", "HUNG_REPLY", "DELAY"})
  void close_ends_a_waiting_connection_and_frees_the_port(Fault fault) throws Exception {
    CountDownLatch decided = new CountDownLatch(1);
    FaultProxy patient =
        FaultProxy.forwardingTo(node.url())
            .delay(Duration.ofMinutes(1))
            .policy(
                request -> {
                  decided.countDown();
                  return fault;
                })
            .start();
    CompletableFuture<HttpResponse<String>> reply =
        client.sendAsync(
            HttpRequest.newBuilder(patient.url())
                .POST(HttpRequest.BodyPublishers.ofString(send(1)))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(decided.await(30, TimeUnit.SECONDS)).isTrue();
    patient.close();
    patient.close();
    assertThat(reply).failsWithin(PATIENCE);
    assertThatThrownBy(
            () -> new Socket(InetAddress.getLoopbackAddress(), patient.url().getPort()).close())
        .isInstanceOf(ConnectException.class);
  }

  @Test
  void a_node_that_is_gone_is_counted_and_never_asked_twice() throws Exception {
    post(send(1));
    node.close();
    assertThatThrownBy(() -> post(send(2))).isInstanceOf(IOException.class);
    assertThat(proxy.upstreamFailures()).isEqualTo(1);
    assertThat(reached).hasSize(1);
  }

  @Test
  void chunked_replies_and_requests_are_understood() throws Exception {
    HttpRequest chunked =
        request(
            PATIENCE,
            HttpRequest.BodyPublishers.fromPublisher(
                HttpRequest.BodyPublishers.ofString(single(5, "eth_chainId"))));
    assertThat(client.send(chunked, HttpResponse.BodyHandlers.ofString()).body())
        .isEqualTo(resultOf("5"));
  }

  private static List<Fault> draws(long seed) {
    SeededFaults faults =
        SeededFaults.builder(new Random(seed))
            .percent(Fault.LOST_REPLY, 30)
            .percent(Fault.LOST_REQUEST, 30)
            .build();
    ProxiedRequest request = ProxiedRequest.of(0, "POST", "/", java.util.Map.of(), send(1));
    List<Fault> drawn = new ArrayList<>();
    IntStream.range(0, 1_000).forEach(i -> drawn.add(faults.decide(request)));
    return drawn;
  }

  private HttpReply answer(ProxiedRequest request) {
    reached.add(request.body());
    List<String> answers = request.calls().stream().map(call -> resultOf(call.id())).toList();
    String body = request.batch() ? "[" + String.join(",", answers) + "]" : answers.get(0);
    return HttpReply.json(body).withHeader("x-node", "yes");
  }

  private static String resultOf(String id) {
    return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":\"" + HASH + "\"}";
  }

  private static String single(int id, String method) {
    return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":[]}";
  }

  private static String send(int id) {
    return "{\"jsonrpc\":\"2.0\",\"method\":\"eth_sendRawTransaction\",\"params\":[\"0x02\"],\"id\":"
        + id
        + "}";
  }

  /** What a client has given up may not have got there yet. */
  private static void until(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      Thread.onSpinWait(); // the class has a time limit
    }
  }

  private HttpRequest request(Duration timeout, HttpRequest.BodyPublisher body) {
    return HttpRequest.newBuilder(proxy.url())
        .timeout(timeout)
        .header("x-client", "yes")
        .POST(body)
        .build();
  }

  private HttpResponse<String> post(String body) throws IOException, InterruptedException {
    return postWithin(PATIENCE, body);
  }

  private HttpResponse<String> postWithin(Duration timeout, String body)
      throws IOException, InterruptedException {
    return client.send(
        request(timeout, HttpRequest.BodyPublishers.ofString(body)),
        HttpResponse.BodyHandlers.ofString());
  }
}
