package io.payonce.store;

import io.payonce.LaneId;

/**
 * A lane as the journal holds it.
 *
 * @param nextNonce the next nonce that was never taken: the journal is its authority
 * @param finalNonce every nonce below it is final
 * @param epoch raised each time somebody takes the lane; every write carries it
 * @param incident why it is frozen or paused; empty while active
 */
public record StoredLane(
    LaneId id, long nextNonce, long finalNonce, long epoch, LaneState state, String incident) {

  /** The same lane with the next nonce moved up. */
  public StoredLane withNextNonce(long nonce) {
    return new StoredLane(id, nonce, finalNonce, epoch, state, incident);
  }

  /** The same lane with more of it final. */
  public StoredLane withFinalNonce(long nonce) {
    return new StoredLane(id, nextNonce, nonce, epoch, state, incident);
  }

  /** The same lane under a new owner. */
  public StoredLane withEpoch(long newEpoch) {
    return new StoredLane(id, nextNonce, finalNonce, newEpoch, state, incident);
  }

  /** The same lane in another state; an active one has no incident. */
  public StoredLane moved(LaneState to, String why) {
    return new StoredLane(id, nextNonce, finalNonce, epoch, to, to == LaneState.ACTIVE ? "" : why);
  }

  /** Whether a lane binds and signs. */
  public enum LaneState {
    ACTIVE,
    /** Asked by a person: nothing new is bound. */
    PAUSED,
    /** An incident: nothing is bound or signed until a person resumes it. */
    FROZEN
  }
}
