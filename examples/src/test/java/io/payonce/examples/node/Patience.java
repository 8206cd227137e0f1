package io.payonce.examples.node;

import io.payonce.routing.RoutingPolicy;
import java.time.Duration;

/** Deadlines for pools on a real node that a busy machine does not reach. */
final class Patience {
  /** Nothing waits for it that gets an answer. */
  static final Duration LIMIT = Duration.ofSeconds(30);

  /** Settings by which a busy machine changes no answer. */
  static final RoutingPolicy POLICY =
      RoutingPolicy.builder()
          .quickDeadline(LIMIT)
          .readDeadline(LIMIT)
          .criticalDeadline(LIMIT)
          .broadcastDeadline(LIMIT)
          .build();

  private Patience() {}
}
