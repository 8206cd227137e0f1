package io.payonce.examples.simulate;

import io.payonce.rpc.BroadcastEvidence.Outcome;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;
import io.payonce.testing.MemoryTransferStore;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A send that timed out puts its payment back into the queue, where it gets the next nonce: the
 * worker that "retries on exception". The nonce of the first try is not given away, it just stands
 * there, and its bytes may be in a pool.
 */
final class TimedOutSendBackToReady implements Seams {
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
        boolean again = false;
        if (event instanceof LaneEvent.SendAnswered answer) {
          for (int i = 0; i < answer.attempts().size(); i++) {
            if (answer.evidence().get(i).outcome() == Outcome.AMBIGUOUS) {
              Optional<StoredTransfer> payment =
                  medium
                      .slot(answer.attempts().get(i).slot())
                      .flatMap(StoredSlot::transfer)
                      .flatMap(medium::find)
                      .filter(transfer -> transfer.state() == TransferState.IN_FLIGHT);
              payment.ifPresent(timedOut -> FreedNonces.queueAgain(medium, timedOut, "TIMED_OUT"));
              again |= payment.isPresent();
            }
          }
        }
        return again ? loadAgain() : event;
      }
    };
  }
}
