package io.payonce.examples.simulate;

import io.payonce.SignedTransaction;
import io.payonce.SlotId;
import io.payonce.TransactionHash;
import io.payonce.store.Consumption;
import io.payonce.store.JournalChange;
import io.payonce.store.SlotState;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredSlot;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.LaneCommand;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;
import io.payonce.testing.MemoryTransferStore;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A replacement overwrites the hash that is tracked, as in every table with one column for it. When
 * the older bytes win after all, the nonce is gone, the tracked hash has no receipt, and the
 * payment is taken for failed and made again.
 */
final class OldAttemptsForgotten implements Seams {
  private @Nullable MemoryTransferStore journal;
  private @Nullable TwicePayable queue;

  @Override
  public TransferStore store(TransferStore store, MemoryTransferStore medium) {
    journal = medium;
    TwicePayable payable = new TwicePayable(store, medium);
    queue = payable;
    return payable;
  }

  @Override
  public LaneStep engine(LaneStep engine) {
    MemoryTransferStore medium = Objects.requireNonNull(journal);
    return new PaysAgain(engine, Objects.requireNonNull(queue)) {
      @Override
      List<SlotId> failed(List<LaneCommand> commands, Moment now) {
        return changes(commands).stream()
            .filter(JournalChange.SlotMoved.class::isInstance)
            .map(JournalChange.SlotMoved.class::cast)
            .filter(moved -> moved.to() == SlotState.CONSUMED_FINAL)
            .filter(moved -> !moved.consumption().map(Consumption::hash).equals(tracked(moved)))
            .map(JournalChange.SlotMoved::slot)
            .toList();
      }

      private Optional<TransactionHash> tracked(JournalChange.SlotMoved moved) {
        return medium.slot(moved.slot()).map(StoredSlot::attempts).stream()
            .flatMap(List::stream)
            .map(StoredAttempt::signed)
            .flatMap(Optional::stream)
            .map(SignedTransaction::hash)
            .reduce((older, newer) -> newer);
      }
    };
  }
}
