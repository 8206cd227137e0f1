package io.payonce.store;

/** What took a nonce on the chain. */
public enum ConsumerClass {
  /** A payment of ours, and it paid. */
  PAYMENT,
  /** A payment of ours that reverted. */
  REVERTED,
  /** A payment of ours with status 1 that did not move what was promised. */
  UNPROVEN,
  /** Our cancel. */
  CANCEL,
  /** Our filling of a gap. */
  FILL,
  /** The transaction that the host intended for a nonce which it had reserved, with status 1. */
  HOST,
  /** The same, and it reverted. */
  HOST_REVERTED,
  /** A transaction that the journal does not know. */
  FOREIGN,
  /** An authorization of the wallet in somebody's type-4 transaction (EIP-7702). */
  AUTH_7702,
  /**
   * Delegated code of the wallet that created a contract (EIP-7702); no transaction tells which.
   */
  CODE_7702;

  /** Whether it is what the host intended for a nonce of its own. */
  public boolean isHost() {
    return this == HOST || this == HOST_REVERTED;
  }

  /** Whether somebody else took the nonce: no transaction of this journal did. */
  public boolean isForeign() {
    return this == FOREIGN || this == AUTH_7702 || this == CODE_7702;
  }
}
