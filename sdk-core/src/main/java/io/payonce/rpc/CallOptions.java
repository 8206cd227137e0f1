package io.payonce.rpc;

import java.time.Duration;
import java.util.Optional;

/**
 * Bounds of one call.
 *
 * @param deadline from now; empty means the client's default for the kind of request
 */
public record CallOptions(Optional<Duration> deadline) {
  public static final CallOptions DEFAULT = new CallOptions(Optional.empty());

  public CallOptions {
    if (deadline.isPresent() && (deadline.get().isNegative() || deadline.get().isZero())) {
      throw new IllegalArgumentException("deadline " + deadline.get() + " must be above 0");
    }
  }

  public static CallOptions within(Duration deadline) {
    return new CallOptions(Optional.of(deadline));
  }
}
