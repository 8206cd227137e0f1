package io.payonce.store;

import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.signing.AttemptKind;
import java.util.List;
import java.util.Optional;

/**
 * One nonce as the journal holds it.
 *
 * @param transfer the payment it was bound to, if any
 * @param attempts in order of their sequence
 * @param consumption what took it on the chain, while {@code CONSUMED} or {@code CONSUMED_FINAL}
 * @param reservation the host's, for a transaction of its own; then no payment is bound to it
 */
public record StoredSlot(
    SlotId id,
    SlotState state,
    Optional<TransferId> transfer,
    List<StoredAttempt> attempts,
    Optional<Consumption> consumption,
    Optional<StoredReservation> reservation) {
  public StoredSlot {
    attempts = List.copyOf(attempts);
  }

  /** One that nobody reserved. */
  public StoredSlot(
      SlotId id,
      SlotState state,
      Optional<TransferId> transfer,
      List<StoredAttempt> attempts,
      Optional<Consumption> consumption) {
    this(id, state, transfer, attempts, consumption, Optional.empty());
  }

  /** The same nonce in another state; what was consumed, only while it is. */
  public StoredSlot moved(SlotState to, Optional<Consumption> by) {
    return new StoredSlot(id, to, transfer, attempts, by, reservation);
  }

  /** The same nonce with other attempts. */
  public StoredSlot with(List<StoredAttempt> changed) {
    return new StoredSlot(id, state, transfer, changed, consumption, reservation);
  }

  /** The same nonce, held by this reservation or by none. */
  public StoredSlot reserved(Optional<StoredReservation> by) {
    return new StoredSlot(id, state, transfer, attempts, consumption, by);
  }

  /** The transaction that the host intended for the nonce it reserved. */
  public Optional<StoredAttempt> host() {
    for (StoredAttempt attempt : attempts) { // asked of every open slot in every plan
      if (attempt.kind() == AttemptKind.HOST) {
        return Optional.of(attempt);
      }
    }
    return Optional.empty();
  }

  /** Whether this reservation holds the nonce. */
  public boolean isReservedAs(String name) {
    return reservation.filter(held -> held.name().equals(name)).isPresent();
  }
}
