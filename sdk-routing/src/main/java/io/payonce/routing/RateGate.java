package io.payonce.routing;

import io.payonce.routing.Node.Use;
import java.util.concurrent.TimeUnit;

/**
 * How many requests a second one endpoint may get: a bucket of one second's worth, from the
 * configuration or learned downwards from refusals. Not thread-safe: its owner guards it.
 *
 * <p>A fifth of the bucket is kept for what cannot wait: broadcasts, critical reads and probes. So
 * ordinary reads can never starve them; and another fifth for reads that are no bulk. What was
 * learned is a guess and binds ordinary reads alone; the rest obeys the configured rate and the
 * pauses that the provider asks for.
 */
final class RateGate {
  /**
   * Fewer requests in a second than this are not why a provider refuses: a quota is spent, or the
   * key is used elsewhere. Then its pause is obeyed, and nothing is learned about a rate.
   */
  static final int LEAST_LEARNED_FROM = 10;

  /** A wrong guess must not choke an endpoint for the hour that it takes to forget it. */
  static final double LEAST_LEARNED = 5;

  private static final double RESERVE = 0.2;
  private static final double LOWERED_TO = 0.7;
  private static final double REGAINED_A_SECOND = 0.05 / 60;
  private static final double NANOS = TimeUnit.SECONDS.toNanos(1);

  private final double configured;
  private double limit;
  private double tokens;
  private long filledAt;
  private boolean started;

  private long windowStart;
  private int inWindow;
  private int inWindowBefore;

  /** Infinity for no limit. */
  RateGate(double perSecond) {
    configured = perSecond;
    limit = perSecond;
  }

  /** Whether {@code count} requests may go now. */
  boolean allows(long now, int count, Use use) {
    if (limit == Double.POSITIVE_INFINITY || (use.isUrgent() && limit < configured)) {
      return true;
    }
    fill(now);
    double kept = kept(use);
    // A batch larger than the bucket goes when the bucket is full, and leaves a debt.
    return tokens >= Math.min(count, capacity() - kept) + kept - 1e-9;
  }

  void took(long now, int count) {
    if (now - windowStart >= NANOS) {
      inWindowBefore = now - windowStart < 2 * NANOS ? inWindow : 0;
      inWindow = 0;
      windowStart = now;
    }
    inWindow += count;
    if (limit != Double.POSITIVE_INFINITY) {
      fill(now);
      tokens = Math.max(-capacity(), tokens - count); // debts of the urgent are forgiven soon
    }
  }

  /** The provider asked for fewer requests. */
  void refused(long now) {
    int sent = Math.max(inWindow, inWindowBefore);
    boolean known = configured != Double.POSITIVE_INFINITY; // then the pause alone answers
    if (known || sent < LEAST_LEARNED_FROM || now - windowStart > 2 * NANOS) {
      return;
    }
    fill(now);
    limit = Math.max(LEAST_LEARNED, LOWERED_TO * Math.min(limit, sent));
    tokens = Math.min(tokens, 0);
  }

  /** When so many requests may go; zero for now. */
  long waitNanos(long now, int count, Use use) {
    if (allows(now, count, use)) {
      return 0;
    }
    double wanted = Math.min(capacity(), count + kept(use));
    return (long) Math.ceil((wanted - tokens) / limit * NANOS) + 1;
  }

  private double kept(Use use) {
    return switch (use) {
      case WRITE, VOTE -> 0;
      case READ -> RESERVE * capacity();
      case BULK -> 2 * RESERVE * capacity();
    };
  }

  /** Requests a second; infinity for no limit. */
  double limit() {
    return limit;
  }

  private double capacity() {
    return Math.max(1, limit);
  }

  private void fill(long now) {
    if (!started) {
      started = true;
      filledAt = now;
      tokens = capacity();
      return;
    }
    double seconds = (now - filledAt) / NANOS;
    filledAt = now;
    if (limit < configured) {
      limit *= 1 + REGAINED_A_SECOND * seconds;
    }
    if (limit == Double.POSITIVE_INFINITY) {
      tokens = 0;
    } else {
      tokens = Math.min(capacity(), tokens + seconds * limit);
    }
  }
}
