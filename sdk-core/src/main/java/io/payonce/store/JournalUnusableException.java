package io.payonce.store;

import org.jspecify.annotations.Nullable;

/** The journal cannot be used as it stands; the message names the cause and the remedy. */
public final class JournalUnusableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public JournalUnusableException(String message) {
    super(message);
  }

  public JournalUnusableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
