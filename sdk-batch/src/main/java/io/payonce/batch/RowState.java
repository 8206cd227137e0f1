package io.payonce.batch;

import io.payonce.store.TransferState;
import io.payonce.submit.TransferStatus;
import io.payonce.submit.Verdict;

/** What may be said about one row of a batch. */
public enum RowState {
  /** Paid in a final block. */
  PAID,
  /** Ended unpaid beyond doubt; its key can never pay, so the host may refund or pay anew. */
  NOT_PAID,
  /** Waits for funds, fees, a rule or a person. */
  HELD,
  /** Nobody knows yet. Never refund, never pay it under another key. */
  UNDECIDED,
  /** On its way; in a block that is not final yet, perhaps. */
  PENDING,
  /** The key stands for another payment. This row's payment does not exist. */
  CONFLICT,
  /** Nothing is stored. Submitting the batch again submits the row. */
  NOT_SUBMITTED;

  /** Only a final verdict makes a row {@link #PAID} or {@link #NOT_PAID}. */
  static RowState of(TransferStatus status) {
    Verdict verdict = status.verdict();
    if (verdict instanceof Verdict.PaidFinal) {
      return PAID;
    }
    if (verdict instanceof Verdict.NotPaidFinal) {
      return NOT_PAID;
    }
    if (verdict instanceof Verdict.Undecided) {
      return UNDECIDED;
    }
    return status.state() == TransferState.HELD ? HELD : PENDING;
  }
}
