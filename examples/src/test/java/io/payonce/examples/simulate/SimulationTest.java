package io.payonce.examples.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/**
 * The true engine holds every invariant. {@code -Dpayonce.simulation.seeds=N} runs N seeds; that
 * two JDKs give the same hash is checked by the build script, on the packaged program.
 */
class SimulationTest {
  private static final int SEEDS = Integer.getInteger("payonce.simulation.seeds", 150);

  @Test
  void the_true_engine_holds_every_invariant() {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(text, true, StandardCharsets.UTF_8);
    int exit = new CommandLine(new SimulateCommand(out, out)).execute("--seeds", "" + SEEDS);
    assertThat(exit).as(text.toString(StandardCharsets.UTF_8)).isZero();
    assertThat(text.toString(StandardCharsets.UTF_8)).contains("\"violations\":0");
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
}
