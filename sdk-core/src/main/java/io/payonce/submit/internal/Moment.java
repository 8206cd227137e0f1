package io.payonce.submit.internal;

import java.time.Duration;
import java.time.Instant;

/**
 * Now, twice.
 *
 * @param wall for the journal; may jump
 * @param nanos monotonic, for every duration
 */
public record Moment(Instant wall, long nanos) {
  private static final Duration DAY = Duration.ofDays(1);

  Moment plus(Duration duration) {
    return new Moment(wall.plus(duration), nanos + duration.toNanos());
  }

  /** Nanoseconds to a time of the clock, at most a day either way: one looks again then. */
  long nanosUntil(Instant time) {
    Duration left = Duration.between(wall, time);
    if (left.compareTo(DAY) > 0) {
      return DAY.toNanos();
    }
    return left.compareTo(DAY.negated()) < 0 ? -DAY.toNanos() : left.toNanos();
  }

  boolean isBefore(long otherNanos) {
    return nanos - otherNanos < 0;
  }
}
