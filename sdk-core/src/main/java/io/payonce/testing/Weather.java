package io.payonce.testing;

import java.util.List;

/** Bursts of random faults, one provider at a time on its own schedule. */
final class Weather {
  private static final double[] RATES = {0.1, 0.3, 1.0};

  private final VirtualTime time;
  private final Dice dice;
  private long season;

  Weather(VirtualTime time, Dice dice) {
    this.time = time;
    this.dice = dice;
  }

  /** Begins with a calm. */
  void disturb(SimNode node, List<ProviderFault> kinds, long calmNanos, long burstNanos) {
    if (kinds.isEmpty()) {
      throw new IllegalArgumentException("kinds must not be empty");
    }
    List<ProviderFault> fixed = List.copyOf(kinds);
    calm(node, fixed, calmNanos, burstNanos, season);
  }

  private void calm(SimNode node, List<ProviderFault> kinds, long calm, long burst, long since) {
    node.conduct.faults(ProviderFaults.NONE);
    time.inWorld(about(calm), () -> later(since, () -> burst(node, kinds, calm, burst, since)));
  }

  private void burst(SimNode node, List<ProviderFault> kinds, long calm, long burst, long since) {
    ProviderFault kind = kinds.get((int) dice.below(kinds.size()));
    double rate = RATES[(int) dice.below(RATES.length)];
    node.conduct.faults(ProviderFaults.NONE.with(kind, rate).lagBlocks((int) dice.between(1, 6)));
    time.inWorld(about(burst), () -> later(since, () -> calm(node, kinds, calm, burst, since)));
  }

  private void later(long since, Runnable step) {
    if (since == season) {
      step.run();
    }
  }

  /** Ends all bursts that were begun. */
  void end() {
    season++;
  }

  private long about(long meanNanos) {
    return dice.between(meanNanos / 2, meanNanos + meanNanos / 2);
  }
}
