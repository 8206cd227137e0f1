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
  Moment plus(Duration duration) {
    return new Moment(wall.plus(duration), nanos + duration.toNanos());
  }

  boolean isBefore(long otherNanos) {
    return nanos - otherNanos < 0;
  }
}
