package io.payonce.examples.simulate;

import io.payonce.AttemptId;
import io.payonce.failure.SendAction;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.submit.Actor;
import io.payonce.submit.internal.Decision;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneEvent.CancelAsked;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;
import io.payonce.testing.MemoryTransferStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One operator says that the transaction can never be in a block, and its payment is cancelled, as
 * where a "fatal" text ends the matter. The others have it, and it was as good as paid.
 */
final class CancelAtTheWordOfSome implements Seams {
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
        if (!(event instanceof LaneEvent.SendAnswered answer)) {
          return event;
        }
        List<LaneEvent> events = new ArrayList<>(List.of(event));
        for (int i = 0; i < answer.attempts().size(); i++) {
          if (isRefusedBySome(answer.evidence().get(i))) {
            payment(answer.attempts().get(i))
                .map(CancelAtTheWordOfSome::cancel)
                .ifPresent(events::add);
          }
        }
        return new LaneEvent.Several(events);
      }

      private Optional<StoredTransfer> payment(AttemptId attempt) {
        return medium
            .slot(attempt.slot())
            .flatMap(StoredSlot::transfer)
            .flatMap(medium::find)
            .filter(payment -> payment.state() == TransferState.IN_FLIGHT);
      }
    };
  }

  private static boolean isRefusedBySome(BroadcastEvidence evidence) {
    return evidence.answers().stream()
        .anyMatch(answer -> answer.action().filter(SendAction.HOLD_PAYLOAD::equals).isPresent());
  }

  private static LaneEvent cancel(StoredTransfer payment) {
    return new CancelAsked(
        payment,
        new Decision(new Actor("payonce"), "HOLD_PAYLOAD"),
        LaneEvent.Asker.here(new CompletableFuture<>()));
  }
}
