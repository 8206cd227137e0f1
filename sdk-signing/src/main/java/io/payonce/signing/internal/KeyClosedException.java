package io.payonce.signing.internal;

/** The key was closed before the call: nothing was signed. */
public final class KeyClosedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public KeyClosedException() {
    super("key is closed");
  }
}
