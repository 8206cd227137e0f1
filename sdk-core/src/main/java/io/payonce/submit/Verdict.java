package io.payonce.submit;

import io.payonce.BlockRef;
import io.payonce.TransactionHash;

/** What may be said about a payment now. */
public sealed interface Verdict {
  /**
   * True only when the payment ended unpaid beyond doubt; its key can never pay. Not even when a
   * chain breaks its own finality does this library send its bytes again; but it says {@code
   * Undecided} from then on, as somebody else might have them mined, and cannot take back a refund
   * that was given before.
   */
  default boolean safeToRefund() {
    return this instanceof NotPaidFinal;
  }

  /** True only when it is paid and final. */
  default boolean paid() {
    return this instanceof PaidFinal;
  }

  /** On its way. */
  record Pending() implements Verdict {}

  /** Paid in a block that is not final yet. */
  record PaidProbable(TransactionHash hash, BlockRef block) implements Verdict {}

  record PaidFinal(TransactionHash hash, BlockRef block) implements Verdict {}

  record NotPaidFinal(String reason) implements Verdict {}

  /** Nobody knows yet; {@code reason} says what would decide it. */
  record Undecided(String reason) implements Verdict {}
}
