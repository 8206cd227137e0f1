package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.error;
import static io.payonce.routing.ScriptedTransport.fault;
import static io.payonce.routing.ScriptedTransport.http;
import static io.payonce.routing.ScriptedTransport.silence;
import static io.payonce.routing.ScriptedTransport.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.routing.DecisionTrace.Candidate;
import io.payonce.routing.DecisionTrace.Step;
import io.payonce.routing.Endpoint.Tier;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Operator;
import io.payonce.rpc.Requests;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class DecisionTraceTest {
  private static RoutingPolicy tracing(int most) {
    return RoutingPolicy.builder().traces(most).build();
  }

  private static void call(Rig rig) {
    rig.await(rig.pool().call(Requests.gasPrice(), CallOptions.DEFAULT));
  }

  private static DecisionTrace last(Rig rig) {
    List<DecisionTrace> all = rig.pool().traces();
    return all.get(all.size() - 1);
  }

  @Test
  void a_trace_tells_who_was_chosen_among_whom_and_what_became_of_it() {
    Rig rig = Rig.of("a", "b", "c").policy(tracing(10));
    rig.transports.values().forEach(transport -> transport.script = request -> text("0x5"));
    rig.at("a").script = request -> fault(BytesSent.ALL);
    rig.at("b").script = request -> fault(BytesSent.ALL);
    for (int i = 0; last(rig, 3).attempted().size() < 2 && i < 50; i++) {
      call(rig);
    }
    DecisionTrace trace = last(rig);
    List<Step.Attempted> attempts = last(rig, 3).attempted();
    assertThat(trace.method()).isEqualTo("eth_gasPrice");
    assertThat(trace.answered()).isTrue();
    assertThat(attempts.get(0).outcome()).isEqualTo("transport");
    assertThat(attempts.get(attempts.size() - 1))
        .isEqualTo(new Step.Attempted("c", "ok", Duration.ofMillis(10)));
    assertThat(trace.plan())
        .isEqualTo(attempts.stream().map(Step.Attempted::endpoint).toList())
        .isEqualTo(trace.replay());
    Step.Chosen second = (Step.Chosen) trace.steps().get(2);
    assertThat(second.among()).extracting(Candidate::endpoint).containsExactly("a", "b", "c");
    assertThat(second.among())
        .filteredOn(Candidate::tried)
        .extracting(Candidate::endpoint)
        .containsExactly(trace.plan().get(0));
    assertThat(trace.took()).isGreaterThanOrEqualTo(Duration.ofMillis(20));
  }

  /** The attempts of the last trace. */
  private record Last(List<Step.Attempted> attempted) {}

  private static Last last(Rig rig, int endpoints) {
    List<Step.Attempted> attempts = new ArrayList<>();
    if (!rig.pool().traces().isEmpty()) {
      for (Step step : last(rig).steps()) {
        if (step instanceof Step.Attempted one) {
          attempts.add(one);
        }
        if (step instanceof Step.Chosen chosen) {
          assertThat(chosen.among()).hasSize(endpoints);
        }
      }
    }
    return new Last(attempts);
  }

  @Test
  void nothing_is_traced_by_default_and_never_more_than_the_policy_says() {
    Rig silent = Rig.of("a", "b");
    silent.transports.values().forEach(transport -> transport.script = request -> text("0x5"));
    call(silent);
    assertThat(silent.pool().traces()).isEmpty();
    Rig rig = Rig.of("a", "b").policy(tracing(10));
    rig.transports.values().forEach(transport -> transport.script = request -> text("0x5"));
    for (int i = 0; i < 25; i++) {
      call(rig);
    }
    assertThat(rig.pool().traces()).hasSize(10);
    assertThat(rig.pool().traces().get(0).number()).isEqualTo(16);
    assertThat(last(rig).number()).isEqualTo(25);
  }

  @Test
  void a_pause_is_traced_and_a_long_call_keeps_a_bounded_trace() {
    Rig rig =
        Rig.of("a")
            .policy(
                RoutingPolicy.builder()
                    .traces(10)
                    .attempts(8)
                    .quickDeadline(Duration.ofMinutes(2))
                    .build());
    rig.at("a").script = request -> http(429, "");
    call(rig);
    assertThat(last(rig).answered()).isFalse();
    assertThat(last(rig).steps())
        .hasSizeLessThanOrEqualTo(DecisionTrace.MOST_STEPS)
        .hasAtLeastOneElementOfType(Step.Waited.class);
    assertThat(last(rig).replay()).isEqualTo(last(rig).plan());
  }

  /** Pools in every mess: what was decided is decided again from what was written down. */
  @Test
  void every_trace_of_a_run_replays_to_the_same_plan() {
    int choices = 0;
    TreeSet<String> skips = new TreeSet<>();
    for (long seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      Rig rig = new Rig().policy(tracing(1_000));
      for (String name : List.of("a", "b", "c", "d", "e")) {
        Tier tier = List.of(Tier.values()).get(random.nextInt(3));
        rig.endpoint(Rig.like(name).tier(tier).build());
      }
      for (int i = 0; i < 100; i++) {
        rig.transports.values().forEach(transport -> upset(transport, random));
        call(rig);
        rig.time.runFor(Duration.ofMillis(random.nextInt(500)));
      }
      assertThat(rig.pool().traces()).hasSize(100);
      for (DecisionTrace trace : rig.pool().traces()) {
        assertThat(trace.replay()).as("seed %d, %s", seed, trace).isEqualTo(trace.plan());
        choices += trace.plan().size();
        for (Step step : trace.steps()) {
          if (step instanceof Step.Chosen chosen) {
            chosen.among().forEach(one -> skips.add(one.skip()));
          }
        }
      }
    }
    assertThat(choices).isGreaterThan(3_000);
    assertThat(skips).contains("", "tried", "down", "suspect", "throttled");
  }

  private static void upset(ScriptedTransport transport, Random random) {
    transport.delay = Duration.ofMillis(1 + random.nextInt(80));
    transport.script =
        switch (random.nextInt(8)) {
          case 0 -> request -> fault(BytesSent.ALL);
          case 1 -> request -> silence();
          case 2 -> request -> error(-32000, "header not found");
          case 3 -> request -> http(random.nextInt(20) == 0 ? 429 : 502, "");
          default -> request -> text("0x5");
        };
  }

  /** The same by itself: random candidates, random lots. */
  @Test
  void equal_candidates_and_lots_give_the_same_choice() {
    Random random = new Random(3);
    for (int run = 0; run < 20_000; run++) {
      List<Candidate> among = new ArrayList<>();
      for (int i = 0; i < 1 + random.nextInt(6); i++) {
        among.add(
            new Candidate(
                "e" + i,
                new Operator("o" + random.nextInt(4)),
                List.of(Tier.values()).get(random.nextInt(3)),
                random.nextInt(4) == 0,
                random.nextInt(10) == 0 ? Selection.NEVER : random.nextInt(6),
                "",
                random.nextInt(3) == 0 ? random.nextInt(100) : 100,
                random.nextInt(1_000)));
      }
      List<Integer> lots = new ArrayList<>();
      int place =
          Selection.forRead(
              among,
              bound -> {
                lots.add(random.nextInt(bound));
                return lots.get(lots.size() - 1);
              });
      String chosen = place == Selection.NOBODY ? "" : among.get(place).endpoint();
      DecisionTrace trace =
          new DecisionTrace(
              1, "m", 1, List.of(new Step.Chosen(0, among, lots, chosen)), Duration.ZERO, true);
      assertThat(trace.replay()).containsExactly(chosen);
      if (place != Selection.NOBODY) {
        assertThat(among.get(place).tried()).isFalse();
        assertThat(among.get(place).rank()).isLessThanOrEqualTo(Selection.WORST_RANK);
      }
    }
  }
}
