package io.payonce.nonce;

import io.payonce.SlotId;
import io.payonce.TransactionHash;
import io.payonce.UnsignedTransaction;
import io.payonce.store.Consumption;
import io.payonce.store.SlotState;
import io.payonce.submit.Actor;
import java.time.Instant;
import java.util.Optional;

/**
 * Where a reserved nonce stands, by the journal.
 *
 * @param name the holder's own
 * @param expiresAt when it is given back unless a transaction is intended
 * @param state {@code RELEASED} once it was given back: it may have another purpose since
 * @param intent the one transaction that may use it, besides a transfer of nothing
 * @param hash of its bytes, once they were handed in
 * @param consumption what took the nonce on the chain: {@code HOST} or {@code HOST_REVERTED} when
 *     the transaction that was intended did; final when {@code state} is {@code CONSUMED_FINAL}
 */
public record ReservationStatus(
    SlotId slot,
    String name,
    Actor holder,
    String reason,
    Instant expiresAt,
    SlotState state,
    Optional<UnsignedTransaction> intent,
    Optional<TransactionHash> hash,
    Optional<Consumption> consumption) {

  /** What took the nonce, or gave it back, is final. */
  public boolean isEnded() {
    return state == SlotState.CONSUMED_FINAL || state == SlotState.RELEASED;
  }
}
