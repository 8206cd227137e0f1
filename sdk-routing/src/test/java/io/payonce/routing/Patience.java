package io.payonce.routing;

import java.time.Duration;

/** Deadlines for pools on real sockets that a busy machine does not reach. */
public final class Patience {
  /** Nothing waits for it that gets an answer. */
  public static final Duration LIMIT = Duration.ofSeconds(30);

  private Patience() {}

  /** Settings by which a busy machine changes no answer. */
  public static RoutingPolicy.Builder policy() {
    return RoutingPolicy.builder()
        .quickDeadline(LIMIT)
        .readDeadline(LIMIT)
        .criticalDeadline(LIMIT)
        .broadcastDeadline(LIMIT);
  }
}
