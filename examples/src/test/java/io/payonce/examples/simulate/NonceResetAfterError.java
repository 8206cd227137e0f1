package io.payonce.examples.simulate;

import io.payonce.rpc.BroadcastEvidence.Outcome;
import io.payonce.store.SlotState;
import io.payonce.store.StoredSlot;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;
import io.payonce.testing.MemoryTransferStore;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * After an error of a send, counting begins anew at what is mined: op-service's transaction manager
 * does so, and whoever calls {@code reset()} on ethers' nonce manager. What waits in the pools is
 * forgotten, and its nonces are given to other payments.
 */
final class NonceResetAfterError implements Seams {
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
      private OptionalLong mined = OptionalLong.empty();

      @Override
      LaneEvent before(LaneEvent event, Moment now) {
        if (event instanceof LaneEvent.Observed observed) {
          mined = OptionalLong.of(observed.observation().countAtHead());
        }
        boolean error =
            event instanceof LaneEvent.SendAnswered answer
                && answer.evidence().stream().anyMatch(e -> e.outcome() != Outcome.ACCEPTED);
        return error && mined.isPresent() && lane().isPresent() && reset() ? loadAgain() : event;
      }

      private boolean reset() {
        List<StoredSlot> forgotten =
            medium.openSlots(lane().orElseThrow().id()).stream()
                .filter(slot -> slot.id().nonce() >= mined.getAsLong())
                .filter(slot -> slot.state() == SlotState.EXPOSED)
                .toList();
        forgotten.forEach(slot -> FreedNonces.free(medium, slot.id()));
        return !forgotten.isEmpty();
      }
    };
  }
}
