package io.payonce.failure;

import io.payonce.IdempotencyKey;
import io.payonce.SlotId;
import io.payonce.store.StoredAnswer;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferStore;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What the journal knows about one payment.
 *
 * @param transfer empty when the key is unknown
 * @param slot its nonce; empty until it is bound
 * @param lane its wallet; empty until the wallet's first nonce is known
 * @param earlier the lowest open nonce below its own
 * @param answers what endpoints last said to the newest bytes that were sent
 * @param readAt when the journal was read
 */
public record JournalFacts(
    Optional<StoredTransfer> transfer,
    Optional<StoredSlot> slot,
    Optional<StoredLane> lane,
    Optional<StoredSlot> earlier,
    List<StoredAnswer> answers,
    Instant readAt) {
  public JournalFacts {
    answers = List.copyOf(answers);
  }

  /** Reads them; blocking and short, and changes nothing. */
  public static JournalFacts read(TransferStore store, IdempotencyKey key, Instant now) {
    Optional<StoredTransfer> transfer = store.find(key);
    Optional<SlotId> bound = transfer.flatMap(StoredTransfer::slot);
    Optional<StoredSlot> earlier =
        bound.flatMap(
            own ->
                store.openSlots(own.lane()).stream()
                    .filter(slot -> slot.state().isOpen() && slot.id().nonce() < own.nonce())
                    .findFirst());
    return new JournalFacts(
        transfer,
        bound.flatMap(store::slot),
        transfer.flatMap(found -> store.lane(found.lane())),
        earlier,
        bound.map(store::answers).orElse(List.of()),
        now);
  }
}
