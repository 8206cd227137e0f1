package io.payonce;

/**
 * Which waiting payments of a wallet get a nonce first: strictly by class, in the order of
 * acceptance inside one. A payment that waits moves up a class now and then, so that none starves.
 * A nonce once given is never reordered.
 */
public enum Priority {
  URGENT(0),
  NORMAL(1),
  BULK(2);

  private final int rank;

  Priority(int rank) {
    this.rank = rank;
  }

  /** Its place in the order, from 0 for the first; journals store it. */
  public int rank() {
    return rank;
  }
}
