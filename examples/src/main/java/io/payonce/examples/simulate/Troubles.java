package io.payonce.examples.simulate;

import io.payonce.testing.ProviderFault;
import io.payonce.testing.ReorgMode;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;

/** What providers, chain, clocks and operating systems do while chaos lasts. */
final class Troubles {
  private static final List<ReorgMode> MODES = List.of(ReorgMode.values());

  private final Simulation sim;
  private final SplittableRandom weather;

  Troubles(Simulation sim, SplittableRandom weather) {
    this.sim = sim;
    this.weather = weather;
  }

  /** What providers and chain do while chaos lasts. */
  void plan() {
    sim.chain()
        .disturb(
            Simulation.PROVIDERS,
            List.of(
                ProviderFault.DEAD,
                ProviderFault.HANG,
                ProviderFault.SERVER_ERROR,
                ProviderFault.THROTTLED,
                ProviderFault.LOST_REQUEST,
                ProviderFault.LOST_REPLY,
                ProviderFault.SLOW,
                ProviderFault.DUPLICATE_DELIVERY,
                ProviderFault.REORDERED_BATCH,
                ProviderFault.LAGGING),
            Duration.ofSeconds(20),
            Duration.ofSeconds(15));
    if (weather.nextInt(3) > 0) { // one liar, below what the quorum tolerates
      sim.chain()
          .disturb(
              List.of(Simulation.PROVIDERS.get(weather.nextInt(Simulation.PROVIDERS.size()))),
              List.of(
                  ProviderFault.WRONG_SEND_HASH,
                  ProviderFault.FATAL_TEXT,
                  ProviderFault.NONCE_TOO_HIGH,
                  ProviderFault.NONCE_TOO_LOW,
                  ProviderFault.WRONG_PENDING,
                  ProviderFault.FAKE_RECEIPT,
                  ProviderFault.MISSING_RECEIPT,
                  ProviderFault.OTHER_BLOCK_HASH,
                  ProviderFault.WRONG_FINALIZED,
                  ProviderFault.INFLATED_BALANCE,
                  ProviderFault.LOW_GAS_ESTIMATE,
                  ProviderFault.HUGE_TIP),
              Duration.ofSeconds(10),
              Duration.ofSeconds(30));
    }
    for (int i = 1 + weather.nextInt(5); i > 0; i--) {
      sim.time().after(Simulation.moment(weather), () -> chainTrouble());
    }
    for (int i = sim.instances() > 1 ? 1 + weather.nextInt(4) : 0; i > 0; i--) {
      sim.time().after(Simulation.moment(weather), () -> stop());
    }
    if (sim.instances() > 1 && weather.nextInt(3) == 0) {
      sim.time().after(Simulation.moment(weather), () -> replace());
    }
  }

  private void chainTrouble() {
    if (sim.chaos().isOver()) {
      return;
    }
    switch (weather.nextInt(8)) {
      case 0, 1 -> {
        int depth = 1 + weather.nextInt(Simulation.FINALITY_DEPTH - 1);
        ReorgMode mode = MODES.get(weather.nextInt(MODES.size()));
        sim.chaos().count("chain/REORG_" + mode);
        sim.note(() -> "reorg of " + depth + " " + mode);
        sim.chain().reorg(depth, mode);
      }
      case 2 -> {
        sim.chaos().count("chain/POOL_WIPE");
        sim.chain().wipePools();
      }
      case 3, 4 -> {
        sim.chaos().count("chain/BASE_FEE_X10");
        sim.chain().spikeBaseFee(10);
      }
      case 5, 6 -> {
        sim.chaos().count("chain/CONGESTION");
        sim.chain().congest(8);
      }
      default ->
          sim.life(weather)
              .ifPresent(
                  now -> {
                    sim.chaos().count("process/CLOCK_JUMP");
                    Duration by = Duration.ofSeconds(weather.nextInt(7200) - 3600);
                    now.process().process().jumpClock(by);
                  });
    }
  }

  /** A roll-out: one instance drains, stops, and another one starts in its place. */
  private void replace() {
    if (sim.chaos().isOver()) {
      return;
    }
    sim.life(weather)
        .ifPresent(
            now -> {
              sim.chaos().count("process/DRAINED");
              sim.note(() -> "a process drains");
              var unused = now.submitter().drain(Duration.ofSeconds(weather.nextInt(8)));
              sim.time().after(Duration.ofSeconds(10), () -> now.process().process().kill());
            });
  }

  /** SIGSTOP, and SIGCONT before or after the end of its leases: it knows of neither. */
  private void stop() {
    if (sim.chaos().isOver()) {
      return;
    }
    sim.life(weather)
        .ifPresent(
            now -> {
              sim.chaos().count("process/PAUSED");
              now.process().pause();
              Duration length = Duration.ofMillis(500 + weather.nextInt(30_000));
              sim.note(() -> "a process is paused for " + length);
              sim.time().after(length, now.process()::resume);
            });
  }
}
