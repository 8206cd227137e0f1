package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.error;
import static io.payonce.routing.ScriptedTransport.fault;
import static io.payonce.routing.ScriptedTransport.http;
import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.silence;
import static io.payonce.routing.ScriptedTransport.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.Address;
import io.payonce.Wei;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.routing.ScriptedTransport.Received;
import io.payonce.routing.ScriptedTransport.Says;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RpcCallTest {
  private static final RpcRequest<Wei> GAS_PRICE = Requests.gasPrice();

  private final Rig rig = Rig.of("a", "b", "c");

  private RpcOutcome<Wei> call() {
    return rig.await(rig.pool().call(GAS_PRICE, CallOptions.DEFAULT));
  }

  private void everywhere(Function<Received, Says> script) {
    rig.transports.values().forEach(transport -> transport.script = script);
  }

  private static Wei value(RpcOutcome<Wei> outcome) {
    assertThat(outcome).isInstanceOf(RpcOutcome.Ok.class);
    return ((RpcOutcome.Ok<Wei>) outcome).value();
  }

  private static RpcFailure failure(RpcOutcome<?> outcome) {
    assertThat(outcome).isInstanceOf(RpcOutcome.Failed.class);
    return ((RpcOutcome.Failed<?>) outcome).failure();
  }

  /** Every way in which an endpoint can fail a read. */
  private static Map<String, Says> faults() {
    Map<String, Says> faults = new LinkedHashMap<>();
    faults.put("refused", fault(BytesSent.NONE));
    faults.put("reset", fault(BytesSent.ALL));
    faults.put("hang", silence());
    faults.put("502", http(502, "<html>bad gateway</html>"));
    faults.put("401", http(401, ""));
    faults.put("429", http(429, ""));
    faults.put("garbage", http(200, "<html>captive portal</html>"));
    faults.put("foreign id", http(200, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x5\"}"));
    faults.put("rate limit", error(-32005, "daily request count exceeded"));
    faults.put("unknown error", error(-32000, "header not found"));
    faults.put("wrong shape", result("{}"));
    faults.put("leading zero", text("0x05"));
    return faults;
  }

  @Test
  void one_failing_endpoint_is_invisible() {
    faults()
        .forEach(
            (name, says) -> {
              for (String broken : List.of("a", "b", "c")) {
                Rig fresh = Rig.of("a", "b", "c");
                fresh.transports.values().forEach(t -> t.script = r -> text("0x5"));
                fresh.at(broken).script = r -> says;
                for (int i = 0; i < 20; i++) {
                  RpcOutcome<Wei> outcome =
                      fresh.await(fresh.pool().call(GAS_PRICE, CallOptions.DEFAULT));
                  assertThat(value(outcome)).as("%s at %s", name, broken).isEqualTo(Wei.of(5));
                }
              }
            });
  }

  @Test
  void one_that_refuses_everything_at_once_is_invisible_however_long_it_does() {
    Map<Integer, Says> refusals = new LinkedHashMap<>();
    refusals.put(401, error(-32600, "Must be authenticated!"));
    refusals.put(403, error(-32000, "project ID does not have access to this network"));
    refusals.put(502, error(-32603, "upstream request failed"));
    refusals.put(200, error(-31999, "words that no rule knows"));
    refusals.forEach(
        (status, says) -> {
          Rig fresh = Rig.of("a", "b", "c");
          fresh.transports.values().forEach(t -> t.script = r -> text("0x5"));
          fresh.await(fresh.pool().criticalRead(new Fact.BlockRefAt(100), CallOptions.DEFAULT));
          fresh.at("a").chainId = "";
          fresh.at("a").script = request -> says;
          fresh.at("a").status = status;
          for (int i = 0; i < 10_000; i++) {
            RpcOutcome<Wei> outcome =
                fresh.await(fresh.pool().call(GAS_PRICE, CallOptions.DEFAULT));
            assertThat(value(outcome)).as("%s, call %s", status, i).isEqualTo(Wei.of(5));
          }
          assertThat(fresh.at("a").count("eth_gasPrice")).isBetween(1L, 10L);
        });
  }

  @Test
  void what_every_endpoint_refuses_costs_none() {
    everywhere(request -> error(-31999, "words that no rule knows"));
    for (int i = 0; i < 100; i++) {
      assertThat(failure(call())).isInstanceOf(RpcFailure.NodeError.class);
    }
    assertThat(rig.pool().health()).allMatch(h -> h.state() == State.UP);
  }

  @Test
  void every_call_returns_by_its_deadline() {
    List<Says> all = new ArrayList<>(faults().values());
    for (Says first : all) {
      for (Says second : all) {
        Rig fresh = Rig.of("a", "b");
        fresh.at("a").script = r -> first;
        fresh.at("b").script = r -> second;
        Instant start = fresh.time.now();
        fresh.await(fresh.pool().call(GAS_PRICE, CallOptions.DEFAULT));
        assertThat(Duration.between(start, fresh.time.now()))
            .as("%s then %s", first, second)
            .isLessThanOrEqualTo(Duration.ofSeconds(2));
      }
    }
  }

  @Test
  void every_call_returns_by_its_deadline_when_even_the_chain_id_is_never_answered() {
    rig.transports.values().forEach(transport -> transport.chainId = "");
    everywhere(request -> silence());
    Instant start = rig.time.now();
    CallOptions short_ = CallOptions.within(Duration.ofMillis(300));
    assertThat(failure(rig.await(rig.pool().call(GAS_PRICE, short_))).bytesSent())
        .isEqualTo(BytesSent.NONE);
    assertThat(Duration.between(start, rig.time.now())).isLessThanOrEqualTo(Duration.ofMillis(300));
  }

  @Test
  void a_revert_is_final_and_costs_no_provider() {
    everywhere(request -> error(3, "execution reverted: no"));
    for (int i = 0; i < 100; i++) {
      assertThat(failure(call()))
          .isEqualTo(new RpcFailure.NodeError(3, "execution reverted: no", ""));
    }
    long asked = rig.transports.values().stream().mapToLong(t -> t.count("eth_gasPrice")).sum();
    assertThat(asked).isEqualTo(100);
    assertThat(rig.pool().health()).allMatch(h -> h.state() == State.UP);
  }

  @Test
  void a_nodes_words_are_kept_when_the_rest_is_silent() {
    Rig two = Rig.of("a", "b");
    two.at("a").script = request -> silence();
    two.at("b").script = request -> error(-32000, "header not found");
    assertThat(failure(two.await(two.pool().call(GAS_PRICE, CallOptions.DEFAULT))))
        .isEqualTo(new RpcFailure.NodeError(-32000, "header not found", ""));
  }

  @Test
  void a_nodes_error_beats_the_http_status() {
    everywhere(request -> error(-32000, "execution reverted"));
    call();
    rig.transports.values().forEach(transport -> transport.status = 500);
    assertThat(failure(call())).isInstanceOf(RpcFailure.NodeError.class);
    assertThat(rig.pool().health()).allMatch(h -> h.state() == State.UP);
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 20, 50, 200, 500, 1_000, 3_000, 7_000})
  void a_hung_endpoint_leaves_rotation_two_seconds_after_the_first_request_it_keeps(int pause) {
    everywhere(request -> text("0x5"));
    List<CompletableFuture<RpcOutcome<Wei>>> calls = new ArrayList<>();
    for (int i = 0; i < Math.max(3_000, 20 * pause) / pause; i++) {
      calls.add(rig.pool().call(GAS_PRICE, CallOptions.DEFAULT));
      rig.time.runFor(Duration.ofMillis(pause));
    }
    rig.at("a").script = request -> silence();
    rig.at("a").chainId = "";
    rig.at("a").forget();
    Instant kept = null;
    int millis = 0;
    while (rig.health("a").state() != State.DOWN) {
      if (millis++ % pause == 0) {
        calls.add(rig.pool().call(GAS_PRICE, CallOptions.DEFAULT));
      }
      rig.time.runFor(Duration.ofMillis(1));
      kept = kept == null && !rig.at("a").bodies.isEmpty() ? rig.time.now() : kept;
      assertThat(millis).as("milliseconds of silence").isLessThan(10_000 + 20 * pause);
    }
    assertThat(kept).isNotNull();
    assertThat(Duration.between(kept, rig.time.now())).isLessThanOrEqualTo(Duration.ofSeconds(2));
    calls.forEach(call -> assertThat(value(rig.await(call))).isEqualTo(Wei.of(5)));
    long before = rig.at("a").count("eth_gasPrice");
    for (int i = 0; i < 20; i++) {
      call();
    }
    assertThat(rig.at("a").count("eth_gasPrice")).isEqualTo(before);
  }

  /** Beside the probes of each block time, and the proofs of its chain id. */
  @Test
  void an_endpoint_that_is_slow_now_and_then_is_asked_no_more_than_once_in_five_seconds_for_it() {
    everywhere(request -> text("0x5"));
    Duration[] took = {Duration.ofMillis(10)};
    for (int i = 0; i < 600; i++) {
      took[0] = Duration.ofMillis(i % 25 == 24 ? 1_500 : 10);
      rig.transports.values().forEach(transport -> transport.delay = took[0]);
      rig.await(rig.pool().criticalRead(new Fact.PendingNonce(Address.ZERO), CallOptions.DEFAULT));
      rig.time.runFor(Duration.ofMillis(100));
      assertThat(rig.pool().health()).allMatch(health -> health.state() == State.UP);
    }
    rig.transports
        .values()
        .forEach(
            transport -> {
              long looks = transport.count("eth_chainId");
              long seconds = Duration.between(rig.start, rig.time.now()).toSeconds();
              assertThat(looks).isBetween(seconds / 12, seconds / 5 + seconds / 12 + 3);
            });
  }

  @Test
  void a_healed_endpoint_comes_back_through_probes() {
    everywhere(request -> text("0x5"));
    rig.at("a").script = request -> fault(BytesSent.NONE);
    rig.at("a").chainId = "";
    for (int i = 0; i < 50; i++) {
      call();
    }
    rig.time.runFor(Duration.ofSeconds(4));
    assertThat(rig.health("a").state()).isEqualTo(State.DOWN);
    rig.time.runFor(Duration.ofMinutes(1));
    assertThat(rig.at("a").count("eth_chainId")).isBetween(8L, 20L);
    rig.at("a").script = request -> text("0x5");
    rig.at("a").chainId = "0x1";
    rig.time.runFor(Duration.ofSeconds(12));
    assertThat(rig.health("a").state()).isEqualTo(State.UP);
    assertThat(rig.health("a").verified()).isTrue();
  }

  @Test
  void an_endpoint_of_another_chain_answers_nothing_until_it_serves_ours_three_times() {
    everywhere(request -> text("0x5"));
    rig.at("a").chainId = "0x2";
    rig.at("a").script = request -> text("0x666");
    for (int i = 0; i < 50; i++) {
      assertThat(value(call())).isEqualTo(Wei.of(5));
    }
    assertThat(rig.health("a").state()).isEqualTo(State.QUARANTINED);
    assertThat(rig.health("a").reason()).isEqualTo("serves chain 2 instead of 1");
    assertThat(rig.at("a").count("eth_gasPrice")).isZero();
    rig.at("a").chainId = "0x1";
    rig.time.runFor(Duration.ofSeconds(110));
    assertThat(rig.health("a").state()).isEqualTo(State.QUARANTINED);
    rig.time.runFor(Duration.ofMinutes(1));
    assertThat(rig.health("a").state()).isEqualTo(State.UP);
  }

  @Test
  void a_throttled_endpoint_gets_nothing_before_the_stated_time() {
    everywhere(request -> text("0x5"));
    rig.at("a").script = request -> http(429, "");
    while (rig.health("a").throttledFor().isZero()) {
      call();
    }
    assertThat(rig.health("a").throttledFor())
        .isBetween(Duration.ofMillis(900), Duration.ofSeconds(1));
    assertThat(rig.health("a").state()).isEqualTo(State.UP);
    int before = rig.at("a").bodies.size();
    for (int i = 0; i < 20; i++) {
      call();
    }
    assertThat(rig.at("a").bodies).hasSize(before);
    rig.time.runFor(Duration.ofSeconds(2));
    assertThat(rig.health("a").throttledFor()).isEqualTo(Duration.ZERO);
  }

  @Test
  void retry_after_is_obeyed_and_clamped() {
    Map<String, Duration> cases = new LinkedHashMap<>();
    cases.put("7", Duration.ofSeconds(7));
    cases.put("0000000000007", Duration.ofSeconds(7));
    cases.put("0", Duration.ofMillis(100));
    cases.put("999999", Duration.ofHours(1));
    cases.put("9".repeat(10), Duration.ofHours(1));
    cases.put("9".repeat(400), Duration.ofHours(1));
    cases.put("-3", Duration.ofSeconds(1));
    cases.put("soon", Duration.ofSeconds(1));
    cases.put("Thu, 01 Jan 2026 00:00:30 GMT", Duration.ofSeconds(30));
    cases.put("Thu, 01 Jan 2015 00:00:30 GMT", Duration.ofSeconds(1));
    cases.forEach(
        (header, pause) -> {
          Rig one = Rig.of("a");
          one.at("a").script = request -> text("0x5");
          one.await(one.pool().call(GAS_PRICE, CallOptions.DEFAULT));
          one.at("a").status = 503;
          one.at("a").headers.put("retry-after", header);
          one.at("a").headers.put("date", "Thu, 01 Jan 2026 00:00:00 GMT");
          one.at("a").script = request -> error(-32005, "slow down");
          Instant start = one.time.now();
          CallOptions impatient = CallOptions.within(Duration.ofMillis(90));
          one.await(one.pool().call(GAS_PRICE, impatient));
          Duration took = Duration.between(start, one.time.now());
          assertThat(one.health("a").throttledFor())
              .as("Retry-After: %s", header)
              .isBetween(pause.minus(took), pause);
        });
  }

  @Test
  void a_call_waits_for_the_end_of_a_stated_pause_when_its_deadline_lets_it() {
    Rig one = Rig.of("a");
    one.at("a").script = request -> text("0x5");
    one.await(one.pool().call(GAS_PRICE, CallOptions.DEFAULT));
    one.at("a").status = 429;
    one.at("a").headers.put("retry-after", "1");
    one.at("a").script =
        request -> {
          one.time.after(Duration.ofMillis(50), () -> one.at("a").recover());
          return error(429, "Too Many Requests");
        };
    Instant start = one.time.now();
    RpcOutcome<Wei> outcome = one.await(one.pool().call(GAS_PRICE, CallOptions.DEFAULT));
    assertThat(value(outcome)).isEqualTo(Wei.of(5));
    assertThat(Duration.between(start, one.time.now()))
        .isBetween(Duration.ofSeconds(1), Duration.ofMillis(1050));
  }

  @Test
  void unstated_pauses_double_up_to_a_minute() {
    EndpointState state = new EndpointState(RoutingPolicy.DEFAULT, 1, Duration.ofSeconds(12));
    List<Long> seconds = new ArrayList<>();
    long now = 0;
    for (int i = 0; i < 8; i++) {
      long pause = state.throttled(now, OptionalLong.empty());
      seconds.add(Duration.ofNanos(pause).toSeconds());
      now += pause;
    }
    assertThat(seconds).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L);
  }

  @Test
  void failed_elements_of_a_batch_are_asked_elsewhere() {
    everywhere(request -> text("0x5"));
    for (ScriptedTransport transport : rig.transports.values()) {
      int[] batches = {0};
      transport.join =
          elements -> {
            List<String> kept = new ArrayList<>(elements);
            if (kept.size() == 4 && batches[0]++ == 0) {
              kept.remove(2);
              kept.add(kept.get(0));
            }
            Collections.reverse(kept);
            return ScriptedTransport.array(kept);
          };
    }
    List<RpcOutcome<?>> outcomes =
        rig.await(
            rig.pool()
                .callBatch(
                    List.of(GAS_PRICE, Requests.clientVersion(), GAS_PRICE, GAS_PRICE),
                    CallOptions.DEFAULT));
    assertThat(outcomes).hasSize(4).allMatch(outcome -> outcome instanceof RpcOutcome.Ok);
    assertThat(rig.pool().health()).anyMatch(h -> h.state() == State.SUSPECT);
  }

  @Test
  void a_long_batch_is_cut_into_bodies_of_fifty() {
    everywhere(request -> text("0x5"));
    List<RpcRequest<?>> many = Collections.nCopies(120, GAS_PRICE);
    assertThat(rig.await(rig.pool().callBatch(many, CallOptions.DEFAULT))).hasSize(120);
    assertThat(rig.await(rig.pool().callBatch(List.of(), CallOptions.DEFAULT))).isEmpty();
    for (ScriptedTransport transport : rig.transports.values()) {
      assertThat(transport.bodies).allMatch(body -> ScriptedTransport.parse(body).size() <= 50);
    }
  }

  @Test
  void what_sends_or_signs_is_no_call() {
    for (String method :
        List.of("eth_sendRawTransaction", "eth_sign", "personal_unlockAccount", "mev_sendBundle")) {
      assertThatThrownBy(
              () ->
                  rig.pool()
                      .call(new RpcRequest<>(method, List.of(), json -> ""), CallOptions.DEFAULT))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void a_batch_with_one_that_is_no_read_is_refused_before_any_is_asked() {
    List<RpcRequest<?>> requests = new ArrayList<>(Collections.nCopies(60, GAS_PRICE));
    requests.add(new RpcRequest<>("eth_sendRawTransaction", List.of("0x"), json -> json));
    assertThatThrownBy(() -> rig.pool().callBatch(requests, CallOptions.DEFAULT))
        .isInstanceOf(IllegalArgumentException.class);
    rig.time.runFor(Duration.ofSeconds(1));
    assertThat(rig.transports.values()).allMatch(transport -> transport.bodies.isEmpty());
  }

  @Test
  void bounds_of_a_call_have_bounds() {
    List<Object> ring = new ArrayList<>();
    ring.add(ring);
    RpcRequest<Object> endless = new RpcRequest<>("eth_call", ring, json -> json);
    assertThatThrownBy(() -> rig.pool().call(endless, CallOptions.DEFAULT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("deeper than 64");
    assertThatThrownBy(() -> CallOptions.within(Duration.ofSeconds(Long.MAX_VALUE)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at most PT24H");
  }

  @Test
  void an_unknown_method_is_asked_once() {
    everywhere(request -> fault(BytesSent.ALL));
    RpcRequest<String> odd = new RpcRequest<>("vendor_doThing", List.of(), json -> "");
    failure(rig.await(rig.pool().call(odd, CallOptions.DEFAULT)));
    long asked = rig.transports.values().stream().mapToLong(t -> t.count("vendor_doThing")).sum();
    assertThat(asked).isEqualTo(1);
  }

  @Test
  void an_unknown_method_goes_on_to_another_endpoint_while_no_byte_of_it_has_left() {
    everywhere(request -> text("0x5"));
    rig.at("a").script = request -> fault(BytesSent.NONE);
    rig.at("b").script = request -> fault(BytesSent.NONE);
    RpcRequest<String> odd = new RpcRequest<>("vendor_doThing", List.of(), json -> "told");
    for (int i = 0; i < 20; i++) {
      assertThat(rig.await(rig.pool().call(odd, CallOptions.DEFAULT)))
          .isInstanceOf(RpcOutcome.Ok.class);
    }
    assertThat(rig.at("a").count("vendor_doThing") + rig.at("b").count("vendor_doThing"))
        .isPositive();
    assertThat(rig.at("c").count("vendor_doThing")).isEqualTo(20);
  }

  @Test
  void an_unknown_method_in_a_batch_takes_no_second_try_from_the_others() {
    everywhere(request -> text("0x5"));
    rig.at("a").script = request -> fault(BytesSent.ALL);
    RpcRequest<String> odd = new RpcRequest<>("vendor_doThing", List.of(), json -> "told");
    for (int i = 0; i < 20; i++) {
      List<RpcOutcome<?>> outcomes =
          rig.await(rig.pool().callBatch(List.of(GAS_PRICE, odd, GAS_PRICE), CallOptions.DEFAULT));
      assertThat(outcomes).hasSize(3);
      assertThat(outcomes.get(0)).isInstanceOf(RpcOutcome.Ok.class);
      assertThat(outcomes.get(2)).isInstanceOf(RpcOutcome.Ok.class);
      if (outcomes.get(1) instanceof RpcOutcome.Ok<?> ok) {
        assertThat(ok.value()).isEqualTo("told");
      }
    }
    assertThat(rig.at("a").count("vendor_doThing")).isPositive();
  }

  @Test
  void a_method_that_only_an_absent_endpoint_might_have_is_refused_by_the_others_at_once() {
    everywhere(
        request ->
            request.method().equals("eth_getBlockReceipts")
                ? error(-32601, "the method does not exist")
                : text("0x5"));
    rig.at("c").script = request -> http(404, "");
    rig.at("c").chainId = "";
    RpcRequest<Object> lacking = new RpcRequest<>("eth_getBlockReceipts", List.of(), json -> json);
    for (int i = 0; i < 20; i++) {
      List<RpcOutcome<?>> outcomes =
          rig.await(rig.pool().callBatch(List.of(GAS_PRICE, lacking), CallOptions.DEFAULT));
      assertThat(outcomes.get(0)).isInstanceOf(RpcOutcome.Ok.class);
      RpcFailure refused = failure(outcomes.get(1));
      assertThat(refused).as("%s", refused).isInstanceOf(RpcFailure.NodeError.class);
      assertThat(((RpcFailure.NodeError) refused).code()).isEqualTo(-32601);
    }
    assertThat(rig.health("c").state()).isEqualTo(State.DOWN);
  }

  @Test
  void ids_are_never_used_twice() {
    everywhere(request -> fault(BytesSent.ALL));
    for (int i = 0; i < 50; i++) {
      call();
    }
    List<String> ids = new ArrayList<>();
    rig.transports.values().forEach(t -> t.received.forEach(r -> ids.add(r.id())));
    assertThat(ids).hasSizeGreaterThan(50).doesNotHaveDuplicates();
  }

  @Test
  void one_seed_is_one_run() {
    List<String> runs = new ArrayList<>();
    for (int run = 0; run < 2; run++) {
      Rig fresh = Rig.of("a", "b", "c");
      int[] count = {0};
      fresh
          .transports
          .values()
          .forEach(t -> t.script = r -> count[0]++ % 3 == 0 ? fault(BytesSent.ALL) : text("0x5"));
      for (int i = 0; i < 100; i++) {
        fresh.await(fresh.pool().call(GAS_PRICE, CallOptions.DEFAULT));
      }
      StringBuilder trace = new StringBuilder();
      fresh.transports.forEach((name, t) -> trace.append(name).append(t.bodies));
      runs.add(trace.append(fresh.time.now()).append(fresh.pool().health()).toString());
    }
    assertThat(runs.get(0)).isEqualTo(runs.get(1));
  }

  @Test
  void a_closed_pool_refuses_calls_ends_running_ones_and_releases_its_transports() {
    everywhere(request -> text("0x5"));
    CompletableFuture<RpcOutcome<Wei>> running = rig.pool().call(GAS_PRICE, CallOptions.DEFAULT);
    rig.pool().close();
    rig.pool().close();
    assertThat(rig.at("a").closed).isFalse();
    assertThatThrownBy(() -> rig.pool().call(GAS_PRICE, CallOptions.DEFAULT))
        .isInstanceOf(IllegalStateException.class);
    assertThat(value(rig.await(running))).isEqualTo(Wei.of(5));
    assertThat(rig.transports.values()).allMatch(transport -> transport.closed);
  }
}
