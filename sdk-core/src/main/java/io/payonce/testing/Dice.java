package io.payonce.testing;

import java.util.random.RandomGenerator;

/** Seeded choices, made from {@code nextLong} alone so that every JDK makes the same ones. */
final class Dice {
  private final RandomGenerator random;

  Dice(RandomGenerator random) {
    this.random = random;
  }

  /** 0 to {@code bound} - 1. */
  long below(long bound) {
    return bound <= 1 ? 0 : Long.remainderUnsigned(random.nextLong(), bound);
  }

  /** Both ends included. */
  long between(long low, long high) {
    return low + below(high - low + 1);
  }

  /** True in {@code rate} of all cases; draws nothing when the rate is 0. */
  boolean hits(double rate) {
    return rate > 0 && (random.nextLong() >>> 11) * 0x1.0p-53 < rate;
  }
}
