package io.payonce.examples.simulate;

import io.payonce.AttemptId;
import io.payonce.TransferId;
import io.payonce.rpc.BroadcastEvidence.Outcome;
import io.payonce.store.SlotState;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;
import io.payonce.testing.MemoryTransferStore;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A send that was refused or gave no answer counts as not sent: the nonce goes to the next payment,
 * and this one is tried again later. Chainlink's TXM v1 after a text that it calls fatal, ethers'
 * nonce manager reset on error. The node had the bytes, or its refusal was a lie.
 */
final class FailedSendFreesNonce implements Seams {
  private static final String CODE = "SEND_FAILED";

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
      private final Set<TransferId> backingOff = new HashSet<>();

      @Override
      LaneEvent before(LaneEvent event, Moment now) {
        if (event instanceof LaneEvent.SendAnswered answer) {
          boolean freed = false;
          for (int i = 0; i < answer.attempts().size(); i++) {
            Outcome outcome = answer.evidence().get(i).outcome();
            if (outcome == Outcome.REJECTED || outcome == Outcome.AMBIGUOUS) {
              freed |= free(answer.attempts().get(i));
            }
          }
          return freed ? loadAgain() : event;
        }
        return event instanceof LaneEvent.Prepared ready ? delayed(ready) : event;
      }

      private LaneEvent delayed(LaneEvent.Prepared ready) {
        List<LaneEvent.Preparation> preparations = new ArrayList<>(ready.preparations());
        for (int i = 0; i < preparations.size(); i++) {
          if (backingOff.remove(ready.transfers().get(i))) {
            preparations.set(i, new LaneEvent.Preparation.Refused(CODE, "tried again later"));
          }
        }
        return new LaneEvent.Prepared(ready.transfers(), preparations);
      }

      private boolean free(AttemptId attempt) {
        Optional<StoredSlot> slot =
            medium
                .slot(attempt.slot())
                .filter(s -> s.state() == SlotState.EXPOSED && s.attempts().size() == 1);
        Optional<StoredTransfer> payment = slot.flatMap(StoredSlot::transfer).flatMap(medium::find);
        payment.ifPresent(
            failed -> {
              backingOff.add(failed.id());
              FreedNonces.free(medium, attempt.slot());
              FreedNonces.queueAgain(medium, failed, CODE);
            });
        return payment.isPresent();
      }
    };
  }
}
