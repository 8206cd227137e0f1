package io.payonce.examples.simulate;

import io.payonce.TransferId;
import io.payonce.store.ConsumerClass;
import io.payonce.store.JournalChange;
import io.payonce.store.JournalChange.SlotMoved;
import io.payonce.store.JournalChange.TransferMoved;
import io.payonce.store.SlotState;
import io.payonce.store.StoredSlot;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;
import io.payonce.testing.MemoryTransferStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A cancel in a block is the end of the payment, as in wallets and exchange backends that wait for
 * one confirmation: the host refunds, a reorganisation brings the payment back. The edges are
 * legal, so that the journal has nothing to refuse.
 */
final class CancelFinalAtOnce implements Seams {
  private @Nullable MemoryTransferStore journal;

  @Override
  public TransferStore store(TransferStore store, MemoryTransferStore medium) {
    journal = medium;
    return store;
  }

  @Override
  public LaneStep engine(LaneStep engine) {
    MemoryTransferStore medium = Objects.requireNonNull(journal);
    return new RewritingStep(engine) {
      @Override
      List<JournalChange> rewrite(List<JournalChange> committing, Moment now) {
        List<JournalChange> changes = new ArrayList<>(committing);
        for (JournalChange change : committing) {
          if (change instanceof SlotMoved moved
              && moved.to() == SlotState.CONSUMED
              && moved.consumption().filter(c -> c.by() == ConsumerClass.CANCEL).isPresent()) {
            Optional<TransferId> payment = medium.slot(moved.slot()).flatMap(StoredSlot::transfer);
            changes.add(
                new SlotMoved(
                    moved.slot(),
                    SlotState.CONSUMED,
                    SlotState.CONSUMED_FINAL,
                    moved.consumption()));
            changes.add(
                new TransferMoved(
                    payment.orElseThrow(),
                    TransferState.CANCELLING,
                    TransferState.CANCELLED_FINAL,
                    "CANCELLED",
                    ""));
          }
        }
        return changes;
      }
    };
  }
}
