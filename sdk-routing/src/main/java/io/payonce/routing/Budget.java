package io.payonce.routing;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * What second attempts may cost: each takes a token, and each first attempt earns a part of one. So
 * an outage multiplies the load on what is left by little more than one. Thread-safe.
 */
final class Budget {
  private static final int TOKEN = 100;

  private volatile int percent;
  private final int most;
  private final AtomicInteger hundredths;

  /**
   * @param percent of a token that a first attempt earns
   * @param burst tokens at the start, and at most
   */
  Budget(int percent, int burst) {
    this.percent = percent;
    this.most = burst * TOKEN;
    this.hundredths = new AtomicInteger(most);
  }

  /** First attempts earn as much from now on. */
  void percent(int other) {
    percent = other;
  }

  void earn() {
    hundredths.updateAndGet(now -> Math.min(most, now + percent));
  }

  boolean spend() {
    return hundredths.getAndUpdate(now -> now >= TOKEN ? now - TOKEN : now) >= TOKEN;
  }
}
