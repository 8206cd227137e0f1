package io.payonce.store.internal;

import static io.payonce.store.SlotState.CONSUMED_FINAL;

import io.payonce.TransferId;
import io.payonce.store.ConsumerClass;
import io.payonce.store.StoredOrphan;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import java.time.Instant;
import java.util.Optional;

/**
 * I12: what the chain may have paid already is neither paid again nor offered for a refund, until a
 * person has said whose payment it was.
 */
final class OrphanRules extends Rules {
  OrphanRules(LaneRecords records, Instant at) {
    super(records, at);
  }

  void found(StoredOrphan orphan) {
    StoredSlot slot = slot(orphan.slot());
    demand(
        slot.consumption()
            .filter(c -> c.by() == ConsumerClass.FOREIGN && c.hash().equals(orphan.hash()))
            .isPresent(),
        () -> name(slot) + " was not taken by the foreign transaction " + orphan.hash());
    demand(
        orphan.amount().asset().chain().equals(slot.id().lane().chain()),
        () -> "an orphan of " + name(slot) + " pays on another chain");
    demand(
        orphan.claimedBy().isEmpty() && orphan.dismissedFor().isEmpty(),
        () -> "nobody has ruled on an orphan that is found");
    boolean known = records.orphansTo(orphan.payee()).stream().anyMatch(orphan::isSame);
    if (!known) {
      records.put(orphan);
    }
  }

  /** The transfer takes the orphan's slot for ever: so it has one nonce as every paid one has. */
  void claimed(StoredOrphan named, TransferId id) {
    StoredTransfer transfer = transfer(id);
    StoredOrphan orphan = holding(named, transfer);
    StoredSlot slot = slot(orphan.slot());
    demand(
        transfer.state() == TransferState.HELD && transfer.slot().isEmpty(),
        () -> name(transfer) + " is " + transfer.state() + ", not HELD");
    demand(
        slot.state() == CONSUMED_FINAL
            && slot.transfer().isEmpty()
            && slot.consumption().filter(c -> c.hash().equals(orphan.hash())).isPresent(),
        () -> name(slot) + " does not hold " + orphan.hash() + " for good and for nobody");
    records.put(orphan.claimed(id));
    records.put(
        new StoredSlot(
            slot.id(),
            slot.state(),
            Optional.of(id),
            slot.attempts(),
            slot.consumption(),
            slot.reservation()));
    records.put(transfer.bound(slot.id(), at).moved(TransferState.PAID_FINAL, "", "", at));
  }

  void dismissed(StoredOrphan named, TransferId id) {
    StoredTransfer transfer = transfer(id);
    StoredOrphan orphan = holding(named, transfer);
    demand(
        transfer.state().isUnbound(),
        () -> name(transfer) + " is " + transfer.state() + ": it waits for no orphan");
    records.put(orphan.dismissed(id));
  }

  void demandNone(StoredTransfer transfer) {
    records.orphansTo(transfer.transfer().to()).stream()
        .filter(orphan -> orphan.isLike(transfer) && orphan.holds(transfer.id()))
        .findFirst()
        .ifPresent(
            orphan -> {
              throw new IllegalChangeException(
                  name(transfer) + " may have been paid by " + orphan.hash());
            });
  }

  /** The orphan as it is stored, if it still holds the transfer. */
  private StoredOrphan holding(StoredOrphan named, StoredTransfer transfer) {
    return records.orphansTo(transfer.transfer().to()).stream()
        .filter(orphan -> orphan.isLike(transfer))
        .filter(orphan -> orphan.isSame(named) && orphan.holds(transfer.id()))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalChangeException(
                    "orphan " + named.hash() + " does not hold " + name(transfer)));
  }
}
