package io.payonce.examples.simulate;

import io.payonce.UnsignedTransaction.DynamicFee;
import io.payonce.Wei;
import io.payonce.store.SlotState;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredSlot;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;
import io.payonce.testing.MemoryTransferStore;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * After a restart an intent that has no bytes yet gets the fee of today: the signer may have signed
 * it as it was, and those bytes may be out.
 */
final class IntentRebuiltAtRecovery implements Seams {
  private @Nullable MemoryTransferStore journal;

  @Override
  public TransferStore store(TransferStore store, MemoryTransferStore medium) {
    journal = medium;
    return store;
  }

  @Override
  public LaneStep engine(LaneStep engine) {
    MemoryTransferStore medium = Objects.requireNonNull(journal);
    return new PlantedStep(engine) {
      @Override
      LaneEvent before(LaneEvent event, Moment now) {
        return event instanceof LaneEvent.Loaded loaded
            ? new LaneEvent.Loaded(
                loaded.lane(),
                loaded.slots().stream().map(this::rebuilt).toList(),
                loaded.bound(),
                loaded.orphans(),
                loaded.waiting(),
                loaded.agenda())
            : event;
      }

      private StoredSlot rebuilt(StoredSlot slot) {
        Optional<StoredAttempt> intent =
            slot.attempts().stream().findFirst().filter(first -> first.signed().isEmpty());
        if (slot.state() != SlotState.INTENDED
            || slot.attempts().size() != 1
            || !(intent.map(StoredAttempt::transaction).orElse(null) instanceof DynamicFee tx)) {
          return slot;
        }
        Wei more = Wei.of(1);
        StoredAttempt fresh =
            new StoredAttempt(
                intent.get().id(),
                intent.get().kind(),
                Rebuilt.withFees(
                    tx, tx.maxPriorityFeePerGas().plus(more), tx.maxFeePerGas().plus(more)),
                Optional.empty(),
                intent.get().state(),
                intent.get().createdAt());
        StoredSlot changed =
            new StoredSlot(
                slot.id(), slot.state(), slot.transfer(), List.of(fresh), slot.consumption());
        medium.overwrite(changed);
        return changed;
      }
    };
  }
}
