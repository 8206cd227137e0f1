package io.payonce.store.internal;

/** A change does not fit the records; the message says which and why. Nothing was changed. */
public final class IllegalChangeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public IllegalChangeException(String what) {
    super(what);
  }
}
