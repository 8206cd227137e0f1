package io.payonce.store;

import io.payonce.LaneId;
import io.payonce.TransferId;
import java.time.Instant;
import java.util.Optional;

/**
 * What one instance asks of a lane that another one works on. It stays until the owner answers it,
 * in the commit of what it does.
 *
 * @param id rises with each request of a journal
 * @param transfer the payment that is meant; empty unless {@link Kind#isOfPayment}
 * @param actor who wants it, at most 200 characters
 * @param reason why, for the history; of a {@link Kind#RESERVATION} also what, as the engine writes
 *     it for itself
 * @param answer empty while it is open
 */
public record LaneRequest(
    long id,
    LaneId lane,
    Kind kind,
    Optional<TransferId> transfer,
    String actor,
    String reason,
    Instant askedAt,
    Optional<String> answer) {

  /** What is asked. */
  public enum Kind {
    CANCEL,
    SPEED_UP,
    GIVE_UP,
    /** Release the lane, so that the asking instance can take it. */
    GIVE_AWAY,
    /** Reserve a nonce for a transaction of the host's own, or go on with one that is reserved. */
    RESERVATION;

    /** Whether a payment is meant. */
    public boolean isOfPayment() {
      return this != GIVE_AWAY && this != RESERVATION;
    }
  }

  /** The same request with its answer. */
  public LaneRequest answered(String with) {
    return new LaneRequest(id, lane, kind, transfer, actor, reason, askedAt, Optional.of(with));
  }
}
