package io.payonce.failure;

/**
 * The meanings of refusals that Payonce tells apart, each with the strongest step that it may
 * cause. Stable: hosts match on the names.
 */
public enum FailureCode {
  /** The node says that it has this very transaction. */
  ALREADY_KNOWN(SendAction.CHECK_CHAIN),
  /** The nonce is consumed, by this transaction or by another one. */
  NONCE_TOO_LOW(SendAction.CHECK_CHAIN),
  /** A nonce below is missing at this node, or the account has too many waiting there. */
  NONCE_TOO_HIGH(SendAction.FILL_LOWER_NONCES),
  /** The fee is below what this node's pool takes. */
  UNDERPRICED(SendAction.REPLACE_SAME_NONCE),
  /** The pool holds another transaction of this nonce, and the bump is too small. */
  REPLACEMENT_UNDERPRICED(SendAction.REPLACE_SAME_NONCE),
  /** The fee cap is below the base fee. */
  FEE_BELOW_BASE(SendAction.REPLACE_SAME_NONCE),
  /** Balance below value plus highest fee, as this node sees it. */
  INSUFFICIENT_FUNDS(SendAction.HOLD_FUNDS),
  /** The pool has no room now: for anyone, for this account, or for this kind of transaction. */
  POOL_FULL(SendAction.WAIT_AND_RESEND),
  /** The provider wants fewer requests. */
  RATE_LIMITED(SendAction.WAIT_AND_RESEND, false, Throttle.BRIEF),
  /** The provider's allowance of the day or month is used up. */
  QUOTA_EXHAUSTED(SendAction.PROVIDER_FAULT, false, Throttle.LONG),
  /** The gas limit is below what the bytes alone cost. */
  INTRINSIC_GAS(SendAction.HOLD_PAYLOAD),
  /** The gas limit is above what a block or a transaction may use. */
  EXCEEDS_BLOCK_GAS(SendAction.HOLD_PAYLOAD),
  /** The transaction, its data or its init code is larger than the node takes. */
  OVERSIZED(SendAction.HOLD_PAYLOAD),
  /** The call reverts in the node's own run. */
  REVERTED(SendAction.HOLD_PAYLOAD),
  /** Signed for another chain than the node serves. */
  WRONG_CHAIN(SendAction.HOLD_CONFIG),
  /** The node does not take transactions of this type. */
  TYPE_UNSUPPORTED(SendAction.HOLD_CONFIG),
  /** The transaction names no chain, and the node wants one. */
  UNPROTECTED(SendAction.HOLD_CONFIG),
  /** The node refuses this sender or payee: an allow list, a deny list, an account with code. */
  NOT_PERMITTED(SendAction.HOLD_CONFIG),
  /** Above the highest fee that the node's own setting lets through. */
  NODE_FEE_CAP(SendAction.HOLD_CONFIG),
  /**
   * The node cannot read the bytes or recover their sender. They were checked before they were
   * stored, so that they may have been damaged on their way.
   */
  UNREADABLE(SendAction.RESEND_SAME),
  /** No answer in time, somewhere behind the endpoint: the bytes may have arrived. */
  TIMED_OUT(SendAction.RESEND_SAME, true, Throttle.NONE),
  /** The endpoint does not offer this method; that is no fault of its health. */
  METHOD_MISSING(SendAction.PROVIDER_FAULT),
  /** The endpoint does not have this block or state. */
  STATE_MISSING(SendAction.PROVIDER_FAULT),
  /** The request as such is too large for the endpoint. */
  REQUEST_TOO_LARGE(SendAction.PROVIDER_FAULT),
  /** The endpoint does not accept the credential. */
  UNAUTHORIZED(SendAction.PROVIDER_FAULT, true, Throttle.NONE),
  /** The endpoint is down, still syncing, or broken inside. */
  UNAVAILABLE(SendAction.PROVIDER_FAULT, true, Throttle.NONE),
  /** Words that no rule knows, or that rules of different meanings claim. */
  UNKNOWN(SendAction.UNKNOWN);

  private final SendAction action;
  private final boolean affectsHealth;
  private final Throttle throttle;

  FailureCode(SendAction action) {
    this(action, false, Throttle.NONE);
  }

  FailureCode(SendAction action, boolean affectsHealth, Throttle throttle) {
    this.action = action;
    this.affectsHealth = affectsHealth;
    this.throttle = throttle;
  }

  /** The strongest step that this meaning may cause; a single rule may allow less. */
  public SendAction action() {
    return action;
  }

  /** Whether it speaks against the health of the endpoint that said it. */
  public boolean affectsHealth() {
    return affectsHealth;
  }

  public Throttle throttle() {
    return throttle;
  }

  /**
   * Whether these are words about the transaction or call, which only its node can have said.
   * Everything else is said about the endpoint, and another one may answer.
   */
  public boolean isAboutTransaction() {
    return switch (this) {
      case ALREADY_KNOWN,
          NONCE_TOO_LOW,
          NONCE_TOO_HIGH,
          UNDERPRICED,
          REPLACEMENT_UNDERPRICED,
          FEE_BELOW_BASE,
          INSUFFICIENT_FUNDS,
          POOL_FULL,
          INTRINSIC_GAS,
          EXCEEDS_BLOCK_GAS,
          OVERSIZED,
          REVERTED,
          WRONG_CHAIN,
          TYPE_UNSUPPORTED,
          UNPROTECTED,
          NOT_PERMITTED,
          NODE_FEE_CAP,
          UNREADABLE ->
          true;
      case RATE_LIMITED,
          QUOTA_EXHAUSTED,
          TIMED_OUT,
          METHOD_MISSING,
          STATE_MISSING,
          REQUEST_TOO_LARGE,
          UNAUTHORIZED,
          UNAVAILABLE,
          UNKNOWN ->
          false;
    };
  }
}
