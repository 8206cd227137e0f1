package io.payonce.routing;

import io.payonce.rpc.Operator;
import java.time.Instant;
import java.util.List;

/**
 * Several voting operators left within a short time, or were reached and answered no more: an
 * outage that they share, or somebody who starves the honest ones. No quorum is lowered for it; a
 * person should look.
 *
 * @param since by the pool's clock
 * @param gone who left, in the order of their ids
 */
public record Alarm(Instant since, List<Operator> gone) {
  public Alarm {
    gone = List.copyOf(gone);
  }
}
