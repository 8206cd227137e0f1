package io.payonce.routing;

import io.payonce.rpc.Operator;
import java.time.Duration;

/**
 * How one endpoint stands, as a snapshot.
 *
 * @param reason why it is in this state; empty when {@link State#UP}
 * @param verified whether its chain id was seen to be the pool's
 * @param throttledFor how long nothing is sent to it; zero when it may be used
 * @param latency moving average of its answers; zero before the first
 * @param inFlight requests that it has not answered yet
 * @param dissents critical reads in which it contradicted an agreed answer
 */
public record EndpointHealth(
    String name,
    Operator operator,
    State state,
    String reason,
    boolean verified,
    Duration throttledFor,
    Duration latency,
    int inFlight,
    long dissents) {

  /** From best to worst. */
  public enum State {
    /** Gets everything. */
    UP,
    /** Broke the protocol, dissented, or just came back: reads go elsewhere first; it votes. */
    SUSPECT,
    /** Several failures in a row: probed until it answers; a write uses it when others are few. */
    DOWN,
    /** Wrong chain or a proven lie: probes only. */
    QUARANTINED
  }
}
