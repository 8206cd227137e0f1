package io.payonce.rpc;

import io.payonce.TransactionHash;

/**
 * A transaction was sent in private, and the call would have shown it, or its hash, to others.
 * Nobody was told anything. It goes public only by {@link Route.PrivateThenPublic}.
 */
public final class PrivateTransactionException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  private final String transaction;

  public PrivateTransactionException(TransactionHash transaction) {
    super(
        transaction
            + " was sent in private: only Route.PrivateThenPublic may show it to the public");
    this.transaction = transaction.value();
  }

  /** Which one. */
  public TransactionHash transaction() {
    return TransactionHash.of(transaction);
  }
}
