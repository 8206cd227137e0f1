package io.payonce.store.internal;

import static io.payonce.store.ConsumerClass.PAYMENT;
import static io.payonce.store.ConsumerClass.UNPROVEN;
import static io.payonce.store.SlotState.CONSUMED;
import static io.payonce.store.SlotState.CONSUMED_FINAL;

import io.payonce.Settlement;
import io.payonce.WalletPool;
import io.payonce.store.ConsumerClass;
import io.payonce.store.Consumption;
import io.payonce.store.JournalChange.CancelRequested;
import io.payonce.store.JournalChange.MembersSeen;
import io.payonce.store.JournalChange.TransferHandedOver;
import io.payonce.store.JournalChange.TransferMoved;
import io.payonce.store.StoredLane.LaneState;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import java.time.Instant;
import java.util.Optional;

/** What changes of payments demand. */
final class TransferRules extends Rules {
  TransferRules(LaneRecords records, Instant at) {
    super(records, at);
  }

  void moved(TransferMoved change) {
    StoredTransfer transfer = transfer(change.transfer());
    demand(
        transfer.state() == change.from(),
        () -> name(transfer) + " is " + transfer.state() + ", not " + change.from());
    demand(
        change.from().next().contains(change.to()),
        () -> name(transfer) + " cannot go from " + change.from() + " to " + change.to());
    demand(
        change.to() != TransferState.BOUND, () -> name(transfer) + " is bound only with its slot");
    demand(
        change.to() != TransferState.PAID_FINAL || transfer.slot().isPresent(),
        () -> name(transfer) + " has no nonce that paid it");
    if (change.to() == TransferState.REJECTED) {
      new OrphanRules(records, at).demandNone(transfer); // what is rejected may be refunded
    }
    demand(
        change.from() != TransferState.BOUND
            || change.to() != TransferState.IN_FLIGHT
            || hasSignedBytes(transfer),
        () -> name(transfer) + " has no signed bytes");
    demand(
        !change.to().isUnpaid()
            || transfer.group().filter(group -> !group.seen().isEmpty()).isEmpty(),
        () -> name(transfer) + " stands in a block, where its members have ends of their own");
    boundToAFinalBlock(transfer, change);
    records.put(transfer.moved(change.to(), change.code(), change.reason(), at));
  }

  /** I15: what ended stays so while its block does, and what is broken ends by a final block. */
  private void boundToAFinalBlock(StoredTransfer transfer, TransferMoved change) {
    if (change.to() == TransferState.QUARANTINED
        && (change.from().isTerminal() || change.from() == TransferState.QUARANTINED)) {
      demand(
          change.code().equals(StoredTransfer.FINALITY_BROKEN)
              && records.lane().state() == LaneState.FROZEN
              && isFinal(transfer),
          () ->
              name(transfer)
                  + " is "
                  + change.from()
                  + " until its final block is replaced and the lane frozen");
    }
    demand(
        !transfer.isBroken() || !change.to().isTerminal() || isFinal(transfer),
        () -> name(transfer) + " has no final block again");
  }

  private boolean isFinal(StoredTransfer transfer) {
    return transfer
        .slot()
        .flatMap(records::slot)
        .filter(slot -> slot.state() == CONSUMED_FINAL)
        .isPresent();
  }

  private boolean hasSignedBytes(StoredTransfer transfer) {
    return transfer.slot().flatMap(records::slot).stream()
        .flatMap(slot -> slot.attempts().stream())
        .anyMatch(attempt -> attempt.hash().isPresent());
  }

  void cancelRequested(CancelRequested change) {
    StoredTransfer transfer = transfer(change.transfer());
    demand(!transfer.state().isTerminal(), () -> name(transfer) + " is " + transfer.state());
    records.put(transfer.cancelRequested(at));
  }

  void handedOver(TransferHandedOver change) {
    StoredTransfer transfer = transfer(change.transfer());
    demand(
        transfer.transfer().from() instanceof WalletPool,
        () -> name(transfer) + " names the wallet that pays it");
    demand(
        transfer.state().isUnbound(), () -> name(transfer) + " is " + transfer.state() + " here");
    demand(
        change.to().chain().equals(transfer.transfer().chain()),
        () -> name(transfer) + " is not of chain " + change.to().chain());
    records.put(transfer.handedOver(change.to(), at));
  }

  void membersSeen(MembersSeen change) {
    StoredTransfer transfer = transfer(change.transfer());
    Optional<ConsumerClass> by =
        transfer
            .slot()
            .flatMap(records::slot)
            .filter(slot -> slot.state() == CONSUMED)
            .flatMap(StoredSlot::consumption)
            .map(Consumption::by);
    demand(
        by.equals(Optional.of(PAYMENT)) || by.equals(Optional.of(UNPROVEN)),
        () -> name(transfer) + " has no transaction in a block that succeeded");
    demand(
        transfer
            .group()
            .filter(group -> group.states().size() == change.settlements().size())
            .isPresent(),
        () -> name(transfer) + " is no group of " + change.settlements().size());
    long logs = change.settlements().stream().flatMapToLong(one -> one.log().stream()).count();
    demand(
        logs
            == change.settlements().stream()
                .flatMapToLong(one -> one.log().stream())
                .distinct()
                .count(),
        () -> name(transfer) + " has two members that one log proves");
    demand(
        by.equals(Optional.of(UNPROVEN))
            || change.settlements().stream().noneMatch(Settlement.UNKNOWN::equals),
        () -> name(transfer) + " is paid with members of which nothing is proven");
    records.put(transfer.withSeen(change.settlements()));
  }
}
