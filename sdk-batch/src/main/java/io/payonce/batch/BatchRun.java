package io.payonce.batch;

import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.submit.SubmitResult;
import io.payonce.submit.TransferStatus;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A batch whose rows are submitted. Keeps the last known status of each row, about 1 KiB a row.
 * Thread-safe.
 */
public final class BatchRun {
  private final Batch batch;
  private final Payments payments;
  private final AtomicReferenceArray<RowOutcome> outcomes;
  private final AtomicInteger open;
  private final CompletableFuture<BatchReport> done = new CompletableFuture<>();

  private BatchRun(Batch batch, Payments payments) {
    this.batch = batch;
    this.payments = payments;
    this.outcomes = new AtomicReferenceArray<>(batch.rows().size());
    this.open = new AtomicInteger(batch.rows().size());
  }

  static BatchRun start(Batch batch, Payments payments) {
    checkLanes(batch, payments);
    BatchRun run = new BatchRun(batch, payments);
    for (int i = 0; i < batch.rows().size(); i++) {
      run.submit(i);
    }
    return run;
  }

  /** What the submitter would refuse halfway is refused here, before the first row. */
  private static void checkLanes(Batch batch, Payments payments) {
    Set<LaneId> lanes = new HashSet<>(payments.lanes());
    if (!lanes.contains(batch.payer())) {
      throw new IllegalArgumentException("payer " + batch.payer() + " is no lane of the submitter");
    }
    for (int i = 0; i < batch.rows().size(); i++) {
      PayoutRow row = batch.rows().get(i);
      if (lanes.contains(new LaneId(batch.payer().chain(), row.to()))) {
        throw new IllegalArgumentException(
            "row " + i + " (key '" + row.key() + "'): to is a lane of the submitter");
      }
    }
  }

  private void submit(int index) {
    PayoutRow row = batch.rows().get(index);
    IdempotencyKey key = batch.idempotencyKey(row);
    SubmitResult result =
        payments.submit(key, row.paidBy(batch.payer().address()), batch.metadata(row));
    if (result instanceof SubmitResult.Accepted accepted) {
      watch(index, row, accepted.status());
    } else if (result instanceof SubmitResult.AlreadyKnown known) {
      watch(index, row, known.status());
    } else if (result instanceof SubmitResult.KeyConflict conflict) {
      end(index, new RowOutcome.Conflict(row, key, conflict.differingFields()));
    } else if (result instanceof SubmitResult.NotAccepted refused) {
      end(index, new RowOutcome.NotSubmitted(row, key, refused.code(), refused.reason()));
    }
  }

  private void watch(int index, PayoutRow row, TransferStatus status) {
    if (status.state().isTerminal()) {
      end(index, new RowOutcome.Submitted(row, status));
      return;
    }
    outcomes.set(index, new RowOutcome.Submitted(row, status));
    CompletableFuture<Void> unused = // both outcomes are handled here
        payments
            .whenFinal(status.key())
            .handle(
                (@Nullable TransferStatus last, @Nullable Throwable failure) -> {
                  if (last != null) {
                    end(index, new RowOutcome.Submitted(row, last));
                  } else if (failure != null) {
                    done.completeExceptionally(failure);
                  }
                  return null;
                });
  }

  private void end(int index, RowOutcome outcome) {
    outcomes.set(index, outcome);
    if (open.decrementAndGet() == 0) {
      done.complete(BatchReport.of(batch, known()));
    }
  }

  /**
   * Completes when every row is at its end: paid or not paid for good, quarantined until a person
   * decides, in conflict, or not submitted. The report says which. Completes on a thread of the
   * submitter, so what depends on it must not block; never completes once the submitter is closed:
   * submit the batch again with the next one. Cancelling the future cancels no payment.
   */
  public CompletableFuture<BatchReport> whenDone() {
    return done.copy();
  }

  /**
   * How the rows stand now. Reads the journal for each submitted row; no node is asked.
   *
   * @throws IllegalStateException when the journal no longer knows a row that it accepted
   */
  public BatchReport report() {
    List<RowOutcome> now = new ArrayList<>(outcomes.length());
    for (RowOutcome outcome : known()) {
      now.add(
          outcome instanceof RowOutcome.Submitted submitted
              ? new RowOutcome.Submitted(outcome.row(), stored(submitted.idempotencyKey()))
              : outcome);
    }
    return BatchReport.of(batch, now);
  }

  private TransferStatus stored(IdempotencyKey key) {
    return payments
        .status(key)
        .orElseThrow(
            () -> new IllegalStateException("the journal has lost key " + key + "; do not pay it"));
  }

  private List<RowOutcome> known() {
    List<RowOutcome> known = new ArrayList<>(outcomes.length());
    for (int i = 0; i < outcomes.length(); i++) {
      known.add(outcomes.get(i));
    }
    return known;
  }
}
