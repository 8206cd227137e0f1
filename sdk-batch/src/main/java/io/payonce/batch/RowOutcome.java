package io.payonce.batch;

import io.payonce.IdempotencyKey;
import io.payonce.submit.TransferStatus;
import java.util.List;

/** What became of one row. */
public sealed interface RowOutcome {
  PayoutRow row();

  /** The key under which the row was submitted. */
  IdempotencyKey idempotencyKey();

  RowState state();

  /** In the journal, by this run or an earlier one. */
  record Submitted(PayoutRow row, TransferStatus status) implements RowOutcome {
    @Override
    public IdempotencyKey idempotencyKey() {
      return status.key();
    }

    @Override
    public RowState state() {
      return RowState.of(status);
    }
  }

  /**
   * The key stands for another payment, which goes on untouched.
   *
   * @param differingFields in which that payment differs from this row
   */
  record Conflict(PayoutRow row, IdempotencyKey idempotencyKey, List<String> differingFields)
      implements RowOutcome {
    public Conflict {
      differingFields = List.copyOf(differingFields);
    }

    @Override
    public RowState state() {
      return RowState.CONFLICT;
    }
  }

  /** The submitter took no more payments; nothing of the row is stored. */
  record NotSubmitted(PayoutRow row, IdempotencyKey idempotencyKey, String code, String reason)
      implements RowOutcome {
    @Override
    public RowState state() {
      return RowState.NOT_SUBMITTED;
    }
  }
}
