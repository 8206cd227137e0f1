package io.payonce.store;

/** The journal cannot answer. */
public final class StoreUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Outcome outcome;

  /** Whether the write happened. */
  public enum Outcome {
    /** Nothing was written. */
    NOT_APPLIED,
    /** It may have been written: read back before anything else. */
    UNKNOWN
  }

  public StoreUnavailableException(Outcome outcome, String message, Throwable cause) {
    super(message, cause);
    this.outcome = outcome;
  }

  public StoreUnavailableException(Outcome outcome, String message) {
    super(message);
    this.outcome = outcome;
  }

  public Outcome outcome() {
    return outcome;
  }
}
