package io.payonce.routing;

import java.util.concurrent.TimeUnit;

/** How long one endpoint takes to answer. Not thread-safe: its owner guards it. */
final class Latency {
  private static final long HALF_LIFE_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long LEAST_STEP_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

  private long average;
  private long sampledAt;
  private long slow;

  /** A higher sample replaces the average at once, a lower one pulls it down by an eighth. */
  void sample(long now, long tookNanos) {
    long before = average(now);
    average = tookNanos >= before ? tookNanos : before - Math.max(1, (before - tookNanos) / 8);
    sampledAt = now;
    // Rises 19 times as fast as it falls, so it rests where one sample in 20 lies above it.
    long step = Math.max(LEAST_STEP_NANOS, slow / 16);
    slow = slow == 0 ? tookNanos : tookNanos > slow ? slow + step : slow - step / 19;
  }

  /** Halves for every half-life without a sample, so that a slow endpoint gets its next chance. */
  long average(long now) {
    return faded(average, now - sampledAt);
  }

  /** What is left of a value after so long without a new one. */
  static long faded(long value, long nanos) {
    return value >> Math.min(62, nanos / HALF_LIFE_NANOS);
  }

  /** Only one answer in 20 takes longer than about this; zero before the first. */
  long slow() {
    return slow;
  }
}
