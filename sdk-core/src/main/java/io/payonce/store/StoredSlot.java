package io.payonce.store;

import io.payonce.SlotId;
import io.payonce.TransferId;
import java.util.List;
import java.util.Optional;

/**
 * One nonce as the journal holds it.
 *
 * @param transfer the payment it was bound to, if any
 * @param attempts in order of their sequence
 * @param consumption what took it on the chain, while {@code CONSUMED} or {@code CONSUMED_FINAL}
 */
public record StoredSlot(
    SlotId id,
    SlotState state,
    Optional<TransferId> transfer,
    List<StoredAttempt> attempts,
    Optional<Consumption> consumption) {
  public StoredSlot {
    attempts = List.copyOf(attempts);
  }
}
