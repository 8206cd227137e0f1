package io.payonce.examples.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.payonce.examples.simulate.Chaos.Fate;
import io.payonce.examples.simulate.Chaos.Point;
import io.payonce.examples.simulate.Chaos.SignerFault;
import io.payonce.testing.ProviderFault;
import io.payonce.testing.ReorgMode;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/**
 * The true engine holds every invariant, and every fault strikes. {@code
 * -Dpayonce.simulation.seeds=N} runs N seeds; {@code -Dpayonce.simulation.result=FILE} judges what
 * {@code simulate --json} has printed of more of them instead, as the build script does: a seed is
 * the same run wherever it runs. That two JDKs give the same hash is checked there too, on the
 * packaged program.
 */
class SimulationTest {
  private static final int SEEDS = Integer.getInteger("payonce.simulation.seeds", 250);

  /** What is asked for several times a second fails too seldom for a few hundred seeds. */
  private static final Set<Point> SELDOM = Set.of(Point.NOTICE, Point.REQUEST);

  @BeforeAll
  static void silence() {
    SimulateCommand.silenceLogs();
  }

  @Test
  @Tag("seeds")
  void the_true_engine_holds_every_invariant_and_meets_every_fault() throws IOException {
    String printed = System.getProperty("payonce.simulation.result");
    JsonNode result =
        printed == null ? simulated() : new ObjectMapper().readTree(new File(printed));
    assertThat(result.path("violations").asInt(-1)).isZero();
    assertThat(result.path("fromSeed").asLong()).isOne();
    assertThat(result.path("seeds").asLong()).isGreaterThanOrEqualTo(SEEDS);
    assertThat(result.path("checks").asLong()).isGreaterThan(1000 * result.path("seeds").asLong());
    assertThat(kinds())
        .allSatisfy(
            kind -> assertThat(result.path("faultsByKind").path(kind).asLong()).isPositive());
    assertThat(result.path("statesMet").path("burst/LOST_REPLY").fieldNames())
        .toIterable()
        .contains("ACCEPTED", "BOUND", "IN_FLIGHT", "INCLUDED", "CANCELLING", "PAID_FINAL");
  }

  private static JsonNode simulated() throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    ByteArrayOutputStream traces = new ByteArrayOutputStream();
    int exit =
        new CommandLine(new SimulateCommand(printer(text), printer(traces)))
            .execute("--json", "--seeds", "" + SEEDS);
    assertThat(exit).as(traces.toString(StandardCharsets.UTF_8)).isZero();
    return new ObjectMapper().readTree(text.toByteArray());
  }

  private static PrintStream printer(ByteArrayOutputStream to) {
    return new PrintStream(to, true, StandardCharsets.UTF_8);
  }

  /** Every fault that there is. */
  private static List<String> kinds() {
    List<String> kinds = new ArrayList<>();
    for (Point point : Point.values()) {
      for (Fate fate : Fate.values()) {
        boolean only = point == Point.READ && fate != Fate.FAILS;
        if (fate != Fate.FINE && point != Point.SIGNER && !only && !SELDOM.contains(point)) {
          kinds.add(point + "/" + fate);
        }
      }
    }
    for (SignerFault fault : SignerFault.values()) {
      if (fault != SignerFault.NONE) {
        kinds.add(Point.SIGNER + "/" + fault);
      }
    }
    for (ProviderFault fault : ProviderFault.values()) {
      kinds.add("burst/" + fault);
      kinds.add("node/" + fault);
    }
    for (ReorgMode mode : ReorgMode.values()) {
      kinds.add("chain/REORG_" + mode);
    }
    kinds.addAll(
        List.of(
            "chain/ALL_POOLS_WIPED",
            "chain/POOL_WIPED",
            "chain/BASE_FEE_X10",
            "chain/CONGESTION",
            "chain/EVICTION",
            "chain/TOKEN_PAUSED",
            "chain/REORG_TO_RIVAL",
            "key/AUTHORIZATION",
            "key/CODE_CALLED",
            "key/DELEGATED",
            "key/DELEGATION_ENDED",
            "key/FOREIGN_USE",
            "operator/OUTAGE",
            "operator/ALL_BUT_THE_LIARS_DOWN",
            "process/CLOCK_JUMP",
            "process/DRAINED",
            "process/PAUSED",
            "process/RESTARTED",
            "journal/OLD_BACKUP",
            "journal/OUT_OF_REACH",
            "journal/NOT_REACHED",
            "user/RECOVERED_JOURNAL",
            "user/FILLED_LOST_NONCE",
            "user/PAID_BY_ORPHAN",
            "user/GROUP_PAID_BY_ORPHAN",
            "user/PAYS_AGAIN",
            "user/REFUNDED",
            "user/RESUMED_LANE",
            "user/GAVE_UP"));
    return kinds;
  }

  @Test
  void no_seed_is_left_out_at_the_end_of_the_numbers() throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    int exit =
        new CommandLine(new SimulateCommand(printer(text), printer(new ByteArrayOutputStream())))
            .execute("--json", "--seeds", "2", "--from-seed", "" + Long.MAX_VALUE);
    assertThat(exit).isZero();
    JsonNode result = new ObjectMapper().readTree(text.toByteArray());
    assertThat(result.path("payments").asInt()).isEqualTo(40);
    assertThat(result.path("events").asLong()).isPositive();
  }

  @Test
  void a_seed_replays_bit_for_bit() {
    for (int instances = 1; instances <= 3; instances++) {
      Simulation.Crowd crowd = new Simulation.Crowd(instances, 2);
      SeedResult first = Simulation.run(7, crowd, Seams::none);
      SeedResult second = Simulation.run(7, crowd, Seams::none);
      assertThat(second.hash()).isEqualTo(first.hash());
      assertThat(second).isEqualTo(first);
      assertThat(Simulation.run(8, crowd, Seams::none).hash()).isNotEqualTo(first.hash());
    }
  }

  @Test
  void without_its_faults_a_seed_is_a_calm_run() {
    SeedResult calm = Simulation.run(3, Simulation.Crowd.ONE, Seams::none, fault -> false, false);
    assertThat(calm.violation()).isEmpty();
    assertThat(calm.happened()).isEmpty();
    assertThat(calm.faults().keySet()).noneMatch(kind -> kind.startsWith("node/"));
  }

  @Test
  void a_broken_seed_is_shrunk_to_few_faults_that_still_break_it() {
    long seed = 0;
    SeedResult broken;
    do {
      broken = Simulation.run(++seed, Simulation.Crowd.ONE, SignerOutputUnchecked::new);
      assertThat(seed).isLessThan(100);
    } while (!broken.invariant().equals("I14"));
    long found = seed;
    List<String> few = Shrinker.shrink(wanted -> signerUnchecked(found, wanted), broken, 100);
    assertThat(few).as("seed %d", found).hasSize(1);
    assertThat(few.get(0)).startsWith("SIGNER/ALTERS@");
    SeedResult again = signerUnchecked(found, new HashSet<>(few)::contains);
    assertThat(again.violation().map(what -> what.startsWith("I14"))).isEqualTo(Optional.of(true));
    assertThat(again.trace()).isNotEmpty();
  }

  private static SeedResult signerUnchecked(long seed, Predicate<String> wanted) {
    return Simulation.run(seed, Simulation.Crowd.ONE, SignerOutputUnchecked::new, wanted, true);
  }
}
