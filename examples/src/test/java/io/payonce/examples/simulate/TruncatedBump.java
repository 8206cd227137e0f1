package io.payonce.examples.simulate;

import io.payonce.AttemptId;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.store.JournalChange;
import io.payonce.store.JournalChange.AttemptAdded;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredSlot;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;
import io.payonce.testing.MemoryTransferStore;
import java.math.BigInteger;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A replacement that pays ten per cent more, the fraction of a wei cut off: the strictest pools ask
 * for one wei more than that, and the payment hangs as it did before.
 */
final class TruncatedBump implements Seams {
  private @Nullable MemoryTransferStore journal;

  @Override
  public TransferStore store(TransferStore store, MemoryTransferStore medium) {
    journal = medium;
    return store;
  }

  @Override
  public LaneStep engine(LaneStep engine) {
    MemoryTransferStore medium = Objects.requireNonNull(journal);
    return new RewritingStep(engine) {
      @Override
      List<JournalChange> rewrite(List<JournalChange> committing, Moment now) {
        return committing.stream().map(this::truncated).toList();
      }

      private JournalChange truncated(JournalChange change) {
        if (change instanceof AttemptAdded added
            && added.attempt().sequence() > 1
            && added.transaction() instanceof UnsignedTransaction.DynamicFee tx) {
          UnsignedTransaction old = before(added.attempt()).transaction();
          return new AttemptAdded(
              added.attempt(),
              added.kind(),
              Rebuilt.withFees(
                  tx,
                  tenPerCentMore(old.maxPriorityFeePerGas()),
                  tenPerCentMore(old.maxFeePerGas())));
        }
        return change;
      }

      private StoredAttempt before(AttemptId attempt) {
        List<StoredAttempt> attempts =
            medium.slot(attempt.slot()).map(StoredSlot::attempts).orElseThrow();
        return attempts.get(attempt.sequence() - 2);
      }

      private static Wei tenPerCentMore(Wei old) {
        return Wei.of(
            old.value().multiply(BigInteger.valueOf(110)).divide(BigInteger.valueOf(100)));
      }
    };
  }
}
