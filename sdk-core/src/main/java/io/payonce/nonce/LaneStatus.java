package io.payonce.nonce;

import io.payonce.LaneId;
import java.util.Optional;

/**
 * A lane as it stands.
 *
 * @param nextNonce the next nonce that was never taken
 * @param finalNonce every nonce below it is final
 * @param incident why it is not active; empty while it is
 * @param blockedBy the host's reservation of the lowest nonce that is not mined, if it is one: all
 *     above it wait for it. {@link NonceManager#fill} is the way out once its transaction was
 *     intended; before that its life ends by itself. Empty in news, which tell of the lane alone.
 */
public record LaneStatus(
    LaneId id,
    State state,
    long nextNonce,
    long finalNonce,
    String incident,
    Optional<ReservationStatus> blockedBy) {
  /** What a lane does. */
  public enum State {
    /** Waits for the chain before its first nonce is known. */
    REGISTERING,
    ACTIVE,
    /** A person paused it: nothing new is bound; what is out is brought to its end. */
    PAUSED,
    /** A person paused the signing: what is signed is sent; the rest waits. */
    SIGNING_PAUSED,
    /** A person paused everything: nothing is bound, signed or sent; the chain is still watched. */
    ALL_PAUSED,
    /**
     * An incident: nothing is bound or signed until a person resumes it after an audit. Where the
     * chain is ahead of the journal, what has a nonce is brought to its end all the same.
     */
    FROZEN
  }
}
