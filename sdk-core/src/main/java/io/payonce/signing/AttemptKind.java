package io.payonce.signing;

/** What a transaction is for. */
public enum AttemptKind {
  /** The first transaction that pays. */
  PAYMENT,
  /** The same payment at the same nonce with higher fees. */
  REPLACEMENT,
  /** A self transfer of nothing that takes a payment's nonce. */
  CANCEL,
  /** A self transfer of nothing that takes a nonce which no payment holds. */
  FILL,
  /**
   * A transaction of the host's own, at a nonce that it reserved. The host signs it: no signer is
   * ever asked to, and every guard refuses.
   */
  HOST;

  /** Whether it carries a payment. */
  public boolean pays() {
    return this == PAYMENT || this == REPLACEMENT;
  }
}
