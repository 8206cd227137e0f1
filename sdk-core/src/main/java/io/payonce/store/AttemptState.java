package io.payonce.store;

/** Where one transaction of a slot stands. */
public enum AttemptState {
  /** All fields are stored; not signed here. */
  INTENT,
  /** Signed bytes and hash are stored; not sent by this record. */
  SIGNED,
  /** A node took it. */
  SENT,
  /** Sent, and nobody knows what became of it. */
  UNKNOWN,
  /** In a final block. Only finality that breaks leads out. */
  WON,
  /** Another transaction of its slot was in a final block. Never sent again, whatever happens. */
  LOST;

  /** Whether its slot was final with it. */
  public boolean isEnded() {
    return this == WON || this == LOST;
  }
}
