package io.payonce.failure;

/** The meanings of refusals that Payonce tells apart, each with the one step that it may cause. */
public enum FailureCode {
  /** The node says that it has this very transaction. */
  ALREADY_KNOWN(SendAction.CHECK_CHAIN),
  /** The nonce is consumed, by this transaction or by another one. */
  NONCE_TOO_LOW(SendAction.CHECK_CHAIN),
  /** A nonce below is missing at this node. */
  NONCE_TOO_HIGH(SendAction.FILL_LOWER_NONCES),
  /** The fee is below what this node's pool takes. */
  UNDERPRICED(SendAction.REPLACE_SAME_NONCE),
  /** The pool holds another transaction of this nonce, and the bump is too small. */
  REPLACEMENT_UNDERPRICED(SendAction.REPLACE_SAME_NONCE),
  /** The fee cap is below the base fee. */
  FEE_BELOW_BASE(SendAction.REPLACE_SAME_NONCE),
  /** Balance below value plus highest fee, as this node sees it. */
  INSUFFICIENT_FUNDS(SendAction.HOLD_FUNDS),
  /** The pool has no room now, for anyone or for this account. */
  POOL_FULL(SendAction.WAIT_AND_RESEND),
  /** The provider wants fewer requests. */
  RATE_LIMITED(SendAction.WAIT_AND_RESEND),
  /** The gas limit is below what the bytes alone cost. */
  INTRINSIC_GAS(SendAction.HOLD_PAYLOAD),
  /** The gas limit is above what a block or a transaction may use. */
  EXCEEDS_BLOCK_GAS(SendAction.HOLD_PAYLOAD),
  /** The call reverts in the node's own run. */
  REVERTED(SendAction.HOLD_PAYLOAD),
  /** Signed for another chain than the node serves. */
  WRONG_CHAIN(SendAction.HOLD_CONFIG),
  /** Above the highest fee that the node's own setting lets through. */
  NODE_FEE_CAP(SendAction.HOLD_CONFIG),
  /** Words that no rule knows. */
  UNKNOWN(SendAction.UNKNOWN);

  private final SendAction action;

  FailureCode(SendAction action) {
    this.action = action;
  }

  /** The one step that this meaning may cause. */
  public SendAction action() {
    return action;
  }
}
