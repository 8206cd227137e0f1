package io.payonce.failure;

/** What somebody should do about a payment. None of these pays it again. */
public enum NextAction {
  /** Nothing to do: the engine goes on, or goes on when it is started again. */
  WAIT,
  /** Start the writer: it sends the same bytes again. */
  REBROADCAST,
  /** Speed it up: a transaction of the same nonce with a higher fee. */
  REPLACE,
  /** Send money to the wallet. */
  FUND,
  /** The request cannot be paid as it is: correct it under a new key, once this one has ended. */
  FIX_REQUEST,
  /** Repair a service: endpoints or signer. */
  REPAIR_SERVICE,
  /** A person decides, with the evidence. */
  ASK_OPERATOR,
  /** It has ended. */
  NONE
}
