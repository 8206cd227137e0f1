package io.payonce.store;

/** Another process, or another store in this one, writes this journal. Nothing was changed. */
public final class JournalInUseException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public JournalInUseException(String message) {
    super(message);
  }
}
