package io.payonce.examples.simulate;

import io.payonce.SlotId;
import io.payonce.store.JournalChange;
import io.payonce.store.SlotState;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.LaneCommand;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;
import io.payonce.testing.MemoryTransferStore;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * No receipt after a while is taken for "dropped", and the payment goes out again under a new
 * nonce: web3j's receipt poll that times out in the hands of code that retries, and thirdweb
 * engine-core, whose null receipt requeues. Both transactions are mined in the end.
 */
final class NewNonceAfterNullReceipt implements Seams {
  private static final long PATIENCE = Duration.ofSeconds(30).toNanos();

  private @Nullable TwicePayable queue;

  @Override
  public TransferStore store(TransferStore store, MemoryTransferStore medium) {
    TwicePayable payable = new TwicePayable(store, medium);
    queue = payable;
    return payable;
  }

  @Override
  public LaneStep engine(LaneStep engine) {
    TwicePayable into = Objects.requireNonNull(queue);
    return new PlantedStep(engine) {
      private final Map<SlotId, Long> withoutReceiptSince = new LinkedHashMap<>();
      private boolean queued;

      @Override
      LaneEvent before(LaneEvent event, Moment now) {
        if (queued && event instanceof LaneEvent.Woken) {
          queued = false;
          return new LaneEvent.MayHaveArrived();
        }
        return event;
      }

      @Override
      List<LaneCommand> after(List<LaneCommand> commands, Moment now) {
        for (JournalChange change : changes(commands)) {
          if (change instanceof JournalChange.AttemptSent sent) {
            withoutReceiptSince.putIfAbsent(sent.attempt().slot(), now.nanos());
          } else if (change instanceof JournalChange.SlotMoved moved
              && moved.to() == SlotState.CONSUMED) {
            withoutReceiptSince.remove(moved.slot());
          }
        }
        withoutReceiptSince.entrySet().removeIf(waiting -> dropped(waiting, now));
        return commands;
      }

      private boolean dropped(Map.Entry<SlotId, Long> waiting, Moment now) {
        boolean over = now.nanos() - waiting.getValue() > PATIENCE;
        if (over) {
          into.payAgain(waiting.getKey(), now.wall());
          queued = true;
        }
        return over;
      }
    };
  }
}
