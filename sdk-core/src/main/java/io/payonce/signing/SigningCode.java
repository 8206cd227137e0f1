package io.payonce.signing;

/** Why a signer did not sign. Stable: hosts match on the names. */
public enum SigningCode {
  /** The chain is not bound to this key. */
  WRONG_CHAIN,
  /** The transaction's sender is not this key. */
  WRONG_ACCOUNT,
  /** Kind and content do not fit together, or the content differs from the intent. */
  CONTENT_MISMATCH,
  /** The journal holds no claim for exactly this transaction. */
  NO_CLAIM,
  /** Another transaction holds this nonce. */
  NONCE_EQUIVOCATION,
  /** The payment is bound to another nonce. */
  INTENT_ALREADY_BOUND,
  /** A replacement that changes more than fees. */
  REPLACEMENT_NOT_SAME_INTENT,
  /** A replacement that raises a fee field by less than the chain's rule. */
  BUMP_TOO_SMALL,
  /** More value than the guard's cap for this asset. */
  VALUE_CAP,
  /** More fee than the guard's cap. */
  FEE_CAP,
  /** The signer produced something that does not verify. */
  KEY_SUSPECT,
  /** The journal could not be read. */
  CLAIMS_UNREADABLE,
  /** The device or service did not answer. */
  DEVICE_UNAVAILABLE,
  /** The signer was closed. */
  KEY_CLOSED
}
