package io.payonce.store;

import java.time.Instant;
import java.util.Optional;

/**
 * What waits for a sink.
 *
 * @param waiting events that it has not taken
 * @param oldest when the first of them happened
 */
public record SinkBacklog(String sink, long waiting, Optional<Instant> oldest) {
  private static final int MAX_NAME = 64;

  /** Checks the name of a sink. */
  public static String checkName(String sink) {
    if (sink.isEmpty()
        || sink.length() > MAX_NAME
        || !sink.chars().allMatch(c -> c > ' ' && c <= '~')) {
      throw new IllegalArgumentException(
          "sink '" + sink + "' must be 1 to " + MAX_NAME + " visible ASCII characters");
    }
    return sink;
  }
}
