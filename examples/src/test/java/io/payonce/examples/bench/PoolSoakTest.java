package io.payonce.examples.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A short {@link PoolSoak}. */
final class PoolSoakTest {
  /** A few calls say less about growth: an object of a hundred bytes a call would still show. */
  private static final double MOST_GROWTH = 0.10;

  /** Threads have a minute to end: the machine may be busy, and one that stays, stays for good. */
  @Test
  void closing_leaves_nothing() throws Exception {
    PoolSoak.Left left = PoolSoak.run(10_000, 60);
    assertThat(left.cuts()).as("%s", left).isPositive();
    assertThat(left.failed()).as("%s", left).isLessThan(left.calls() / 100);
    assertThat(left.growth()).as("%s", left).isLessThan(MOST_GROWTH);
    assertThat(left.threads()).as("%s", left).isEmpty();
  }
}
