package io.payonce.routing;

import io.payonce.rpc.Operator;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How one endpoint stands, as a snapshot.
 *
 * @param reason why it is in this state; empty when {@link State#UP}
 * @param verified whether its chain id was seen to be the pool's
 * @param behind whether it trails the newest block that two operators have by more than the chain's
 *     profile allows, or stands still while they move: reads go elsewhere first, and its "there is
 *     no such thing" counts for nothing
 * @param inconsistency what shows that several nodes answer under this name which do not have the
 *     same blocks; empty when nothing does. Reads go elsewhere first, no view is opened there, and
 *     its "there is no such thing" counts for nothing; it votes and takes transactions as ever. It
 *     ends after answers of 10 min without another sign
 * @param head the newest block it told of; empty while it was not asked
 * @param throttledFor how long nothing is sent to it; zero when it may be used
 * @param latency moving average of its answers; zero before the first
 * @param inFlight bodies that it has not answered yet, a long batch as one for each 16 requests
 * @param dissents critical reads in which it contradicted an agreed answer
 * @param credits what it has cost this month; empty when it has no budget
 */
public record EndpointHealth(
    String name,
    Operator operator,
    State state,
    String reason,
    boolean verified,
    boolean behind,
    String inconsistency,
    OptionalLong head,
    Duration throttledFor,
    Duration latency,
    int inFlight,
    long dissents,
    Optional<CreditUse> credits) {

  /** From best to worst. */
  public enum State {
    /** Gets everything; for its first half minute after an outage only a growing part of it. */
    UP,
    /** Broke the protocol, dissented, or just came back: reads go elsewhere first; it votes. */
    SUSPECT,
    /** Fails or hangs: probed until it answers; a write uses it when others are few. */
    DOWN,
    /** Wrong chain or a proven lie: probes only. */
    QUARANTINED
  }
}
