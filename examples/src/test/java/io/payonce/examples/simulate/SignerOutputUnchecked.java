package io.payonce.examples.simulate;

import io.payonce.AttemptId;
import io.payonce.SignedTransaction;
import io.payonce.signing.SigningOutcome;
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
import org.jspecify.annotations.Nullable;

/**
 * What the signer gives back is stored and sent as it is. A device or service that is broken, or
 * bribed, pays what it likes.
 */
final class SignerOutputUnchecked implements Seams {
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
        return event instanceof LaneEvent.SignAnswered answer
                && answer.outcome() instanceof SigningOutcome.Signed signed
                && storedUnchecked(medium, answer.attempt(), signed.transaction())
            ? loadAgain()
            : event;
      }
    };
  }

  /** Whether this was something else than was asked for. */
  private static boolean storedUnchecked(
      MemoryTransferStore medium, AttemptId id, SignedTransaction bytes) {
    StoredSlot slot = medium.slot(id.slot()).orElseThrow();
    List<StoredAttempt> attempts =
        slot.attempts().stream()
            .map(attempt -> attempt.id().equals(id) ? attempt.signed(bytes) : attempt)
            .toList();
    boolean other =
        slot.attempts().stream()
            .filter(attempt -> attempt.id().equals(id))
            .anyMatch(attempt -> !attempt.transaction().equals(bytes.transaction()));
    if (other) {
      medium.overwrite(
          new StoredSlot(
              slot.id(), SlotState.EXPOSED, slot.transfer(), attempts, slot.consumption()));
    }
    return other;
  }
}
