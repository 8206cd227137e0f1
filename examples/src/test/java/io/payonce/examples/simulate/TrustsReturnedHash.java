package io.payonce.examples.simulate;

import io.payonce.TransactionHash;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastEvidence.Verdict;
import io.payonce.store.Consumption;
import io.payonce.store.JournalChange;
import io.payonce.store.SlotState;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.LaneCommand;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;
import io.payonce.testing.MemoryTransferStore;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The hash that a node returns is tracked in place of the one of the bytes. Besu under load once
 * answered with another transaction's hash, and proxies do so too. The rule that follows is sound
 * but for that: the nonce is final, and none of the hashes that are tracked took it, hence the
 * payment failed and is paid again.
 */
final class TrustsReturnedHash implements Seams {
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
      private final Set<TransactionHash> replacedByAnother = new HashSet<>();
      private boolean queued;

      @Override
      LaneEvent before(LaneEvent event, Moment now) {
        if (event instanceof LaneEvent.SendAnswered answer) {
          for (BroadcastEvidence evidence : answer.evidence()) {
            if (evidence.answers().stream().anyMatch(a -> a.verdict() == Verdict.WRONG_HASH)) {
              replacedByAnother.add(evidence.hash());
            }
          }
        }
        if (queued && event instanceof LaneEvent.Woken) {
          queued = false;
          return new LaneEvent.MayHaveArrived();
        }
        return event;
      }

      @Override
      List<LaneCommand> after(List<LaneCommand> commands, Moment now) {
        for (JournalChange change : changes(commands)) {
          if (change instanceof JournalChange.SlotMoved moved
              && moved.to() == SlotState.CONSUMED_FINAL
              && moved
                  .consumption()
                  .map(Consumption::hash)
                  .filter(replacedByAnother::contains)
                  .isPresent()) {
            into.payAgain(moved.slot(), now.wall());
            queued = true;
          }
        }
        return commands;
      }
    };
  }
}
