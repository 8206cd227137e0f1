package io.payonce.store;

import java.util.EnumSet;
import java.util.Set;

/** Where a transfer stands. */
public enum TransferState {
  /** Stored under its key; nothing decided. */
  ACCEPTED,
  /** Waits for funds, fees, a rule or a person; holds no nonce. */
  HELD,
  /** Checked; waits for a nonce. */
  READY,
  /** Bound to one nonce for ever; nothing signed is stored yet. */
  BOUND,
  /** Signed bytes are stored and may be anywhere. */
  IN_FLIGHT,
  /** In a block, paid there. */
  INCLUDED,
  /** In a block that the chain calls safe. */
  SAFE,
  /** In a block, and failed there. */
  REVERTED,
  /** A cancel races for the nonce. */
  CANCELLING,
  /** Contradiction or foreign use: a person decides. */
  QUARANTINED,
  /** Ended before a nonce was taken. */
  REJECTED,
  /** Paid, final. */
  PAID_FINAL,
  /** Failed on chain, final: not paid. */
  REVERTED_FINAL,
  /** The cancel won, final: not paid. */
  CANCELLED_FINAL,
  /** Something foreign took the nonce, final and confirmed by a person or rule: not paid. */
  UNPAID_FINAL;

  /** The states of payments that have not ended: all but the terminal ones. */
  public static Set<TransferState> open() {
    EnumSet<TransferState> open = EnumSet.allOf(TransferState.class);
    open.removeIf(TransferState::isTerminal);
    return open;
  }

  /**
   * No edge leads out, but from those that a final block proves to {@link #QUARANTINED}, when that
   * block is replaced.
   */
  public boolean isTerminal() {
    return this == PAID_FINAL || isUnpaid();
  }

  /** Ended without payment and beyond doubt: safe to refund. */
  public boolean isUnpaid() {
    return this == REJECTED
        || this == REVERTED_FINAL
        || this == CANCELLED_FINAL
        || this == UNPAID_FINAL;
  }

  /** Whether a nonce may still be given. */
  public boolean isUnbound() {
    return this == ACCEPTED || this == HELD || this == READY;
  }

  /** The edges of the state machine. */
  public Set<TransferState> next() {
    return switch (this) {
      case ACCEPTED -> EnumSet.of(HELD, READY, REJECTED, QUARANTINED);
      case HELD -> EnumSet.of(HELD, READY, REJECTED, QUARANTINED, PAID_FINAL); // by an orphan
      case READY -> EnumSet.of(BOUND, HELD, REJECTED, QUARANTINED);
      case BOUND, IN_FLIGHT ->
          this == BOUND
              ? EnumSet.of(IN_FLIGHT, INCLUDED, REVERTED, CANCELLING, QUARANTINED)
              : EnumSet.of(INCLUDED, REVERTED, CANCELLING, QUARANTINED);
      case INCLUDED -> EnumSet.of(SAFE, PAID_FINAL, IN_FLIGHT, REVERTED, CANCELLING, QUARANTINED);
      case SAFE -> EnumSet.of(PAID_FINAL, IN_FLIGHT, INCLUDED, REVERTED, QUARANTINED);
      case REVERTED -> EnumSet.of(REVERTED_FINAL, IN_FLIGHT, INCLUDED, CANCELLING, QUARANTINED);
      case CANCELLING -> EnumSet.of(CANCELLED_FINAL, PAID_FINAL, REVERTED_FINAL, QUARANTINED);
      case QUARANTINED -> // itself: finality may break under it too
          EnumSet.of(QUARANTINED, UNPAID_FINAL, PAID_FINAL, REVERTED_FINAL, CANCELLED_FINAL);
      case PAID_FINAL, REVERTED_FINAL, CANCELLED_FINAL, UNPAID_FINAL -> EnumSet.of(QUARANTINED);
      case REJECTED -> EnumSet.noneOf(TransferState.class); // no block is its proof
    };
  }
}
