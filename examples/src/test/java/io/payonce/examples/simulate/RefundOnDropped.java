package io.payonce.examples.simulate;

import io.payonce.store.JournalChange;
import io.payonce.store.JournalChange.TransferMoved;
import io.payonce.store.SlotState;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.LaneCommand;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;
import io.payonce.testing.MemoryTransferStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What no node has shown for a while was "dropped", as explorers and wallets call it, and the
 * customer gets the money back. The bytes come back too: from another pool, or after a reorg.
 */
final class RefundOnDropped implements Seams {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

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
      private boolean refunded;

      @Override
      LaneEvent before(LaneEvent event, Moment now) {
        boolean load = refunded && event instanceof LaneEvent.Committed;
        refunded = refunded && !load;
        return load ? loadAgain() : event;
      }

      @Override
      List<LaneCommand> after(List<LaneCommand> commands, Moment now) {
        boolean busy = commands.stream().anyMatch(LaneCommand.Commit.class::isInstance);
        List<JournalChange> refunds = busy || lane().isEmpty() ? List.of() : refunds(now);
        if (refunds.isEmpty()) {
          return commands;
        }
        refunded = true;
        List<LaneCommand> all = new ArrayList<>(commands);
        all.add(new LaneCommand.Commit(lane().orElseThrow().epoch(), refunds, now.wall()));
        return all;
      }

      private List<JournalChange> refunds(Moment now) {
        List<JournalChange> changes = new ArrayList<>();
        medium.openSlots(lane().orElseThrow().id()).stream()
            .filter(slot -> slot.state() == SlotState.EXPOSED)
            .filter(slot -> dropped(slot, now))
            .flatMap(slot -> slot.transfer().flatMap(medium::find).stream())
            .filter(payment -> payment.state() == TransferState.IN_FLIGHT)
            .map(StoredTransfer::id)
            .forEach(
                id -> {
                  TransferState doubt = TransferState.QUARANTINED;
                  changes.add(new TransferMoved(id, TransferState.IN_FLIGHT, doubt, "DROPPED", ""));
                  changes.add(new TransferMoved(id, doubt, TransferState.UNPAID_FINAL, "", ""));
                });
        return changes;
      }
    };
  }

  private static boolean dropped(StoredSlot slot, Moment now) {
    return slot.attempts().get(0).createdAt().plus(PATIENCE).isBefore(now.wall());
  }
}
