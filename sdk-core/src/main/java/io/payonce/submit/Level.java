package io.payonce.submit;

import io.payonce.store.TransferState;

/** How far a payment has to have come for a caller that waits. */
public enum Level {
  /** Its bytes are stored and may be with the nodes. */
  IN_FLIGHT,
  /** Paid in a block that may still be replaced. */
  INCLUDED,
  /** Ended, or before a person. */
  FINAL;

  boolean isReached(TransferState state) {
    if (state.isTerminal() || state == TransferState.QUARANTINED) {
      return true;
    }
    boolean included = state == TransferState.INCLUDED || state == TransferState.SAFE;
    return switch (this) {
      case IN_FLIGHT ->
          included || state == TransferState.IN_FLIGHT || state == TransferState.REVERTED;
      case INCLUDED -> included;
      case FINAL -> false;
    };
  }
}
