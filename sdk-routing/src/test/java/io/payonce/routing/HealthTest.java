package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.error;
import static io.payonce.routing.ScriptedTransport.fault;
import static io.payonce.routing.ScriptedTransport.http;
import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.silence;
import static io.payonce.routing.ScriptedTransport.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.TransactionHash;
import io.payonce.Wei;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Operator;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Which signal leads to which state, and what a state costs an endpoint. */
final class HealthTest {
  private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private static EndpointState state() {
    return new EndpointState(RoutingPolicy.DEFAULT, 1, Duration.ofSeconds(12));
  }

  private static String block(long number, String hash) {
    return "{\"number\":\"0x" + Long.toHexString(number) + "\",\"hash\":\"" + hash + "\"}";
  }

  private static String block(long number) {
    return block(number, "0x" + "11".repeat(32));
  }

  private static RpcOutcome<Wei> call(Rig rig) {
    return rig.await(rig.pool().call(Requests.gasPrice(), CallOptions.DEFAULT));
  }

  private static void fail(EndpointState state, long now) {
    state.sent(now, true);
    state.failed(now, MILLISECOND, "reset");
  }

  private static void answer(EndpointState state, long now) {
    state.sent(now, true);
    state.answered(now, MILLISECOND);
  }

  @Test
  void ten_failures_of_twenty_are_an_outage_also_when_no_three_are_in_a_row() {
    EndpointState state = state();
    for (int i = 0; i < 20; i++) {
      assertThat(state.state()).isNotEqualTo(State.DOWN);
      if (i % 2 == 0) {
        answer(state, i);
      } else {
        fail(state, i);
      }
    }
    assertThat(state.state()).isEqualTo(State.DOWN);
  }

  @Test
  void four_failures_of_twenty_make_an_endpoint_suspect() {
    EndpointState state = state();
    for (int i = 0; i < 21; i++) {
      if (i % 5 == 1) {
        fail(state, i);
      } else {
        answer(state, i);
      }
    }
    assertThat(state.state()).isEqualTo(State.SUSPECT);
    assertThat(state.reason()).isEqualTo("4 of the last 20 requests failed");
  }

  @Test
  void a_flapping_endpoint_comes_up_once_a_minute_and_starts_with_a_tenth_of_its_load() {
    EndpointState state = state();
    for (int i = 0; i < 3; i++) {
      fail(state, i);
    }
    long up = SECOND;
    for (int i = 0; i < 3; i++) {
      answer(state, up);
    }
    assertThat(state.state()).isEqualTo(State.UP);
    assertThat(state.share(up)).isEqualTo(10);
    assertThat(state.share(up + 15 * SECOND)).isEqualTo(55);
    assertThat(state.share(up + 30 * SECOND)).isEqualTo(100);
    for (int i = 0; i < 3; i++) {
      fail(state, up + SECOND);
    }
    for (int i = 0; i < 50; i++) {
      answer(state, up + 2 * SECOND);
    }
    assertThat(state.state()).isEqualTo(State.SUSPECT);
    answer(state, up + 60 * SECOND);
    assertThat(state.state()).isEqualTo(State.UP);
  }

  @Test
  void silence_to_two_requests_is_an_outage_whatever_their_timeouts_are() {
    EndpointState state = state();
    state.sent(0, true);
    state.watchSilence(10 * SECOND);
    assertThat(state.state()).isEqualTo(State.UP);
    state.sent(10 * SECOND, true);
    state.watchSilence(10 * SECOND);
    assertThat(state.state()).isEqualTo(State.DOWN);
    EndpointState slow = state();
    for (int i = 0; i < 5; i++) {
      slow.sent(0, false); // logs and traces take their time
    }
    slow.watchSilence(10 * SECOND);
    assertThat(slow.state()).isEqualTo(State.UP);
  }

  @Test
  void callers_without_patience_cost_no_provider() {
    Rig rig = Rig.of("a", "b");
    rig.transports.values().forEach(t -> t.script = r -> text("0x5"));
    call(rig);
    rig.transports.values().forEach(t -> t.delay = Duration.ofMillis(150));
    for (int i = 0; i < 50; i++) {
      CallOptions impatient = CallOptions.within(Duration.ofMillis(100));
      rig.await(rig.pool().call(Requests.gasPrice(), impatient));
    }
    assertThat(rig.pool().health()).allMatch(h -> h.state() == State.UP);
  }

  @Test
  void a_refused_credential_takes_an_endpoint_out_and_is_tried_once_an_hour() {
    Rig rig = Rig.of("a", "b");
    rig.transports.values().forEach(t -> t.script = r -> text("0x5"));
    call(rig);
    rig.at("a").script = request -> http(401, "");
    rig.at("a").chainId = "";
    rig.time.runFor(Duration.ofSeconds(20));
    assertThat(rig.health("a").state()).isEqualTo(State.DOWN);
    assertThat(rig.health("a").reason()).isEqualTo("a: HTTP 401: the credential is refused");
    int before = rig.at("a").bodies.size();
    for (int minute = 0; minute < 59; minute++) {
      call(rig);
      rig.time.runFor(Duration.ofMinutes(1));
    }
    assertThat(rig.at("a").bodies).hasSize(before);
    rig.time.runFor(Duration.ofMinutes(2));
    assertThat(rig.at("a").bodies).hasSize(before + 1);
  }

  @Test
  void one_that_trails_is_asked_last_until_three_heads_in_a_row_are_level() {
    EndpointState state = state();
    state.head(0, 100, OptionalLong.of(101));
    assertThat(state.isBehind()).isFalse();
    state.head(1, 100, OptionalLong.of(102));
    assertThat(state.isBehind()).isTrue();
    state.head(2, 102, OptionalLong.of(102));
    state.head(3, 103, OptionalLong.of(103));
    assertThat(state.isBehind()).isTrue();
    state.head(4, 104, OptionalLong.of(104));
    assertThat(state.isBehind()).isFalse();
  }

  @Test
  void one_that_stands_still_while_others_move_is_behind_however_few_blocks_it_lacks() {
    EndpointState state = new EndpointState(RoutingPolicy.DEFAULT, 200, Duration.ofMillis(250));
    state.head(0, 100, OptionalLong.of(100));
    state.head(2 * SECOND, 100, OptionalLong.of(108));
    assertThat(state.isBehind()).isFalse();
    state.head(3 * SECOND, 100, OptionalLong.of(112));
    assertThat(state.isBehind()).isTrue();
  }

  @Test
  void one_operator_that_runs_ahead_makes_nobody_look_late() {
    ReferenceHead reference = new ReferenceHead();
    Operator a = new Operator("a");
    reference.operators(Set.of(a, new Operator("b"), new Operator("c")));
    assertThat(reference.told(a, 1_000_000)).isEmpty();
    assertThat(reference.told(new Operator("b"), 100)).hasValue(100);
    assertThat(reference.told(new Operator("c"), 101)).hasValue(101);
    reference.operators(Set.of(a));
    assertThat(reference.told(a, 7)).hasValue(7);
  }

  @Test
  void one_that_claims_blocks_far_ahead_of_others_who_go_on_is_suspect_until_it_is_with_them() {
    EndpointState state = new EndpointState(RoutingPolicy.DEFAULT, 1, Duration.ofSeconds(1));
    state.head(0, 164, OptionalLong.of(100));
    state.head(9 * SECOND, 173, OptionalLong.of(109));
    assertThat(state.state()).as("64 are no more than 64").isEqualTo(State.UP);
    state.head(10 * SECOND, 175, OptionalLong.of(110));
    state.head(13 * SECOND - 1, 178, OptionalLong.of(112));
    assertThat(state.state()).as("for less than three block times").isEqualTo(State.UP);
    state.head(13 * SECOND, 178, OptionalLong.of(113));
    assertThat(state.state()).isEqualTo(State.SUSPECT);
    assertThat(state.reason()).isEqualTo("claims blocks that nobody else has: 65 ahead");
    for (int i = 0; i < 10; i++) {
      state.answered(13 * SECOND + i, 1);
    }
    assertThat(state.state()).as("good answers alone do not help").isEqualTo(State.SUSPECT);
    assertThat(state.probeInNanos(13 * SECOND, 9 * SECOND))
        .as("no more probes")
        .hasValue(9 * SECOND);
    assertThat(state.mayRest()).isTrue();
    state.head(14 * SECOND, 114, OptionalLong.of(114));
    for (int i = 0; i < 3; i++) {
      state.answered(15 * SECOND + i, 1);
    }
    assertThat(state.state()).isEqualTo(State.UP);
  }

  @Test
  void one_that_goes_on_while_all_others_stand_still_is_no_suspect() {
    EndpointState state = new EndpointState(RoutingPolicy.DEFAULT, 1, Duration.ofSeconds(1));
    for (int second = 0; second < 200; second++) {
      state.head(second * SECOND, 100 + second, OptionalLong.of(100));
    }
    assertThat(state.state()).isEqualTo(State.UP);
  }

  @Test
  void what_is_absent_at_an_endpoint_that_trails_is_unknown_and_never_absent() {
    Rig rig = Rig.of("a", "b", "c");
    long[] head = {100};
    rig.transports.forEach(
        (name, transport) ->
            transport.script =
                request ->
                    request.method().equals("eth_getTransactionByHash")
                        ? name.equals("a")
                            ? result("null")
                            : result("{\"hash\":\"0x" + "22".repeat(32) + "\"}")
                        : result(block(name.equals("a") ? 90 : head[0]++)));
    call(rig);
    rig.time.runFor(Duration.ofSeconds(30));
    assertThat(rig.health("a").behind()).isTrue();
    assertThat(rig.health("a").state()).isEqualTo(State.UP);
    TransactionHash hash = TransactionHash.of("0x" + "22".repeat(32));
    for (int i = 0; i < 50; i++) {
      assertThat(rig.await(rig.pool().call(Requests.knows(hash), CallOptions.DEFAULT)))
          .isInstanceOfSatisfying(
              RpcOutcome.Ok.class, ok -> assertThat(ok.value()).isEqualTo(true));
    }
    rig.at("b").script = request -> fault(BytesSent.NONE);
    rig.at("c").script = request -> fault(BytesSent.NONE);
    assertThat(rig.await(rig.pool().call(Requests.knows(hash), CallOptions.DEFAULT)))
        .isInstanceOfSatisfying(
            RpcOutcome.Failed.class,
            failed -> assertThat(failed.failure()).isNotInstanceOf(RpcFailure.NodeError.class));
  }

  @Test
  void an_idle_pool_asks_nobody_and_one_in_use_knows_every_endpoint() {
    Rig rig = Rig.of("a", "b", "c");
    rig.transports.values().forEach(t -> t.script = r -> text("0x5"));
    rig.pool();
    rig.time.runFor(Duration.ofHours(1));
    assertThat(rig.transports.values()).allMatch(transport -> transport.bodies.isEmpty());
    call(rig);
    rig.time.runFor(Duration.ofSeconds(11));
    assertThat(rig.pool().health()).allMatch(EndpointHealth::verified);
    assertThat(rig.pool().health()).allMatch(h -> h.head().equals(OptionalLong.of(100)));
    rig.time.runFor(Duration.ofMinutes(2));
    int before = rig.transports.values().stream().mapToInt(t -> t.bodies.size()).sum();
    rig.time.runFor(Duration.ofDays(1));
    assertThat(rig.transports.values().stream().mapToInt(t -> t.bodies.size()).sum())
        .isEqualTo(before);
  }

  @Test
  void a_person_ends_the_quarantine_of_a_liar() {
    Rig rig = Rig.of("a", "b");
    rig.transports.values().forEach(t -> t.script = r -> text("0x" + "66".repeat(32)));
    rig.await(rig.pool().broadcast(Rig.transaction(1), BroadcastOptions.DEFAULT));
    rig.time.runFor(Duration.ofHours(2));
    assertThat(rig.health("a").state()).isEqualTo(State.QUARANTINED);
    assertThat(rig.pool().release("a", "operations")).isTrue();
    assertThat(rig.pool().release("a", "operations")).isFalse();
    assertThat(rig.health("a").verified()).isFalse();
    rig.time.runFor(Duration.ofSeconds(5));
    assertThat(rig.health("a").state()).isEqualTo(State.UP);
    assertThat(rig.health("b").state()).isEqualTo(State.QUARANTINED);
    assertThatThrownBy(() -> rig.pool().release("z", "operations"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** Two colluding liars, and two honest operators that somebody starves. */
  @Test
  void starving_the_honest_gives_liars_nothing_and_raises_the_alarm_within_five_seconds() {
    for (boolean hung : List.of(true, false)) {
      List<Alarm> alarms = new ArrayList<>();
      List<Alarm> ended = new ArrayList<>();
      RoutingListener listener =
          new RoutingListener() {
            @Override
            public void alarmRaised(Alarm alarm) {
              alarms.add(alarm);
            }

            @Override
            public void alarmEnded(Alarm alarm) {
              ended.add(alarm);
            }
          };
      Rig rig = Rig.of("a", "b", "c", "d").listener(listener);
      String lie = block(5, "0x" + "66".repeat(32));
      String truth = block(5, "0x" + "11".repeat(32));
      for (String name : List.of("a", "b", "c", "d")) {
        boolean liar = name.compareTo("c") < 0;
        rig.at(name).script = request -> result(liar ? lie : truth);
      }
      Fact<BlockRef> fact = new Fact.BlockRefAt(5);
      assertThat(rig.await(rig.pool().criticalRead(fact, CallOptions.DEFAULT)))
          .isInstanceOf(QuorumResult.Unavailable.class);
      for (String name : List.of("c", "d")) {
        rig.at(name).chainId = "";
        rig.at(name).script = request -> hung ? silence() : fault(BytesSent.NONE);
      }
      Instant start = rig.time.now();
      List<CompletableFuture<QuorumResult<BlockRef>>> reads = new ArrayList<>();
      while (alarms.isEmpty()) {
        reads.add(rig.pool().criticalRead(fact, CallOptions.DEFAULT));
        rig.time.runFor(Duration.ofMillis(200));
      }
      assertThat(Duration.between(start, rig.time.now())).isLessThan(Duration.ofSeconds(5));
      assertThat(alarms.get(0).gone()).containsExactly(new Operator("c"), new Operator("d"));
      assertThat(rig.pool().alarm()).contains(alarms.get(0));
      for (CompletableFuture<QuorumResult<BlockRef>> read : reads) {
        QuorumResult<BlockRef> result = rig.await(read);
        assertThat(result).isInstanceOf(QuorumResult.Unavailable.class);
        assertThat(((QuorumResult.Unavailable<BlockRef>) result).required()).isEqualTo(3);
      }
      for (String name : List.of("a", "b", "c", "d")) {
        rig.at(name).chainId = "0x1";
        rig.at(name).script = request -> result(truth);
      }
      Instant healed = rig.time.now();
      for (int second = 0; second < 420; second++) {
        Duration calm = Duration.between(healed, rig.time.now());
        assertThat(ended.isEmpty() || calm.compareTo(Duration.ofMinutes(5)) >= 0).isTrue();
        rig.await(rig.pool().criticalRead(fact, CallOptions.DEFAULT));
        rig.time.runFor(Duration.ofSeconds(1));
      }
      assertThat(ended).hasSize(1);
      assertThat(rig.pool().alarm()).isEmpty();
    }
  }

  @Test
  void an_acknowledged_alarm_is_over_and_is_not_raised_again_for_the_same_operators() {
    Rig rig = Rig.of("a", "b", "c");
    rig.transports.values().forEach(t -> t.script = r -> text("0x5"));
    call(rig);
    assertThat(rig.pool().acknowledge("operations")).isFalse();
    for (String name : List.of("a", "b")) {
      rig.at(name).chainId = "";
      rig.at(name).script = request -> fault(BytesSent.NONE);
    }
    for (int i = 0; i < 30; i++) {
      call(rig);
      rig.time.runFor(Duration.ofSeconds(1));
    }
    assertThat(rig.pool().alarm()).isPresent();
    assertThat(rig.pool().acknowledge("operations")).isTrue();
    for (int i = 0; i < 60; i++) {
      call(rig);
      rig.time.runFor(Duration.ofSeconds(1));
    }
    assertThat(rig.pool().alarm()).isEmpty();
  }

  @Test
  void who_takes_a_responsibility_has_a_name_that_a_log_can_hold() {
    RpcPool pool = Rig.of("a", "b").pool();
    List<Consumer<String>> decisions =
        List.of(
            pool::acknowledge,
            by -> pool.release("a", by),
            pool::acceptVoters,
            pool::acceptLostState);
    for (Consumer<String> decision : decisions) {
      for (String by : List.of("", " ", "\n", "n".repeat(101))) {
        assertThatThrownBy(() -> decision.accept(by))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageStartingWith("by '")
            .hasMessageContaining("must have 1 to 100 and not be blank")
            .hasMessageNotContaining("n".repeat(100));
      }
      decision.accept("n".repeat(100));
    }
  }

  @Test
  void a_listener_that_throws_changes_nothing_and_hears_the_next_change() {
    List<State> heard = new ArrayList<>();
    Rig rig =
        Rig.of("a", "b")
            .listener(
                new RoutingListener() {
                  @Override
                  public void changed(EndpointHealth endpoint) {
                    heard.add(endpoint.state());
                    if (heard.size() == 1) {
                      throw new NoSuchMethodError("a listener of another version");
                    }
                    throw new IllegalStateException("a bad listener");
                  }
                });
    rig.transports.values().forEach(t -> t.script = r -> text("0x5"));
    call(rig);
    rig.at("a").script = request -> fault(BytesSent.NONE);
    rig.at("a").chainId = "";
    rig.time.runFor(Duration.ofSeconds(20));
    rig.at("a").script = request -> text("0x5");
    rig.at("a").chainId = "0x1";
    rig.time.runFor(Duration.ofSeconds(20));
    assertThat(heard).containsExactly(State.DOWN, State.SUSPECT, State.UP);
  }

  @Test
  void nothing_is_agreed_without_a_mandatory_operator() {
    Rig rig = Rig.of("a", "b", "own");
    rig.policy(RoutingPolicy.builder().mandatory(new Operator("own")).build());
    BlockRef truth = new BlockRef(5, BlockHash.of("0x" + "11".repeat(32)));
    rig.transports.values().forEach(t -> t.script = r -> result(block(5)));
    Fact<BlockRef> fact = new Fact.BlockRefAt(5);
    rig.at("own").delay = Duration.ofMillis(300);
    QuorumResult<BlockRef> all = rig.await(rig.pool().criticalRead(fact, CallOptions.DEFAULT));
    assertThat(((QuorumResult.Agreed<BlockRef>) all).value()).isEqualTo(truth);
    rig.at("own").script = request -> error(-32000, "header not found");
    QuorumResult<BlockRef> none = rig.await(rig.pool().criticalRead(fact, CallOptions.DEFAULT));
    assertThat(((QuorumResult.Unavailable<BlockRef>) none).reason())
        .isEqualTo("the mandatory operator own does not agree with [a, b]");
  }
}
