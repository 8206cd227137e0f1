package io.payonce.submit.internal;

import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What happens to transfers that are past their deadline: without a nonce they end, with one a
 * person is told, and a cancel races for the nonce if that was asked for.
 */
final class Deadlines {
  private final LaneMemory m;

  Deadlines(LaneMemory memory) {
    this.m = memory;
  }

  /** Plans what is due; only while nothing waits for its commit. */
  void plan() {
    for (StoredTransfer transfer : m.view.waiting().dated()) {
      if (!transfer.options().isExpired(m.now.wall())) {
        continue;
      }
      if (transfer.state().isUnbound()) {
        expire(transfer);
      } else if (transfer.state() == TransferState.BOUND
          || transfer.state() == TransferState.IN_FLIGHT) {
        overdue(transfer);
      }
    }
  }

  /**
   * What ends unpaid may be refunded, so not in doubt: then it stays unbound, and waits for a
   * person where an orphan may have paid it.
   */
  private void expire(StoredTransfer transfer) {
    if (m.refundDoubt(transfer).isEmpty()) {
      m.move(transfer, TransferState.REJECTED, "EXPIRED", passed(transfer) + " without a nonce");
    } else if (!m.waiting.isHeld(transfer)) {
      new Binding(m).holdAsDuplicate(transfer);
    }
  }

  private void overdue(StoredTransfer transfer) {
    Optional<StoredSlot> slot = transfer.slot().map(id -> m.view.slots().get(id.nonce()));
    if (slot.filter(open -> open.state().isOpen()).isEmpty()) {
      return;
    }
    if (m.overdue.add(transfer.id())) {
      m.alerts.add("payment " + transfer.key() + ": " + passed(transfer) + " with a nonce");
    }
    boolean feesAllowed = m.feeWindowClosedUntil - m.now.nanos() <= 0;
    if (transfer.options().cancelAtDeadline() && m.isActive() && feesAllowed) {
      // While something is in the way, it is asked again with each event.
      var unused = new Sending(m).cancel(slot.get(), transfer, Decision.own(passed(transfer)));
    }
  }

  private static String passed(StoredTransfer transfer) {
    return "deadline " + transfer.options().deadline().orElseThrow() + " passed";
  }

  /** When the next deadline of what is in memory comes, or a day from now if it is later. */
  Stream<Long> wakes() {
    Instant now = m.now.wall();
    return m.view.waiting().dated().stream()
        .flatMap(transfer -> transfer.options().deadline().stream())
        .filter(now::isBefore)
        .map(deadline -> m.now.nanosUntil(deadline));
  }
}
