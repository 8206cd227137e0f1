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
  /** A transaction that the journal does not know. */
  FOREIGN
}
