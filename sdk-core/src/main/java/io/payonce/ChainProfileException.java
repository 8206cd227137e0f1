package io.payonce;

/**
 * A chain has no usable profile: the configuration cannot be built. Nothing was accepted or sent.
 *
 * <p>The message begins with the code and says what to do.
 */
public final class ChainProfileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Code code;

  public ChainProfileException(Code code, String message) {
    super(code + ": " + message);
    this.code = code;
  }

  ChainProfileException(Code code, String message, Throwable cause) {
    super(code + ": " + message, cause);
    this.code = code;
  }

  public Code code() {
    return code;
  }

  /** What is wrong; stable. */
  public enum Code {
    /** The chain is unknown: describe it in a profile file. */
    PROFILE_MISSING,
    /** The chain's fee has a part that cannot be priced yet: it cannot be used. */
    PROFILE_UNSUPPORTED,
    /** A profile file does not say what it must: correct the named field. */
    PROFILE_INVALID
  }
}
