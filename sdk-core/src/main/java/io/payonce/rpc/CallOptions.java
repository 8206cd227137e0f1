package io.payonce.rpc;

import java.time.Duration;
import java.util.Optional;

/**
 * Bounds of one call.
 *
 * @param deadline from now, above 0 and at most a day; empty means the client's default for the
 *     kind of request
 */
public record CallOptions(Optional<Duration> deadline) {
  private static final Duration MOST = Duration.ofDays(1);

  public static final CallOptions DEFAULT = new CallOptions(Optional.empty());

  public CallOptions {
    if (deadline.isPresent()
        && (deadline.get().compareTo(Duration.ZERO) <= 0 || deadline.get().compareTo(MOST) > 0)) {
      throw new IllegalArgumentException(
          "deadline " + deadline.get() + " must be above 0 and at most " + MOST);
    }
  }

  public static CallOptions within(Duration deadline) {
    return new CallOptions(Optional.of(deadline));
  }
}
