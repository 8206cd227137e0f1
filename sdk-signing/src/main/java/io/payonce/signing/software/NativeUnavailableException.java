package io.payonce.signing.software;

import org.jspecify.annotations.Nullable;

/** Native signing was required and cannot be had. The message names the problem and the remedy. */
public final class NativeUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  /** What is wrong. Stable: hosts match on the names. */
  public enum Reason {
    /** An optional dependency is not on the class path; the message has its coordinates. */
    DEPENDENCY_MISSING,
    /** There is no library for this operating system and processor. */
    PLATFORM_UNSUPPORTED,
    /** The library file is not the one whose hash is pinned: another version, or altered. */
    LIBRARY_ALTERED,
    /** The operating system or the JVM does not load it. */
    NOT_LOADABLE,
    /** It was loaded and gave another signature than the portable code. */
    RESULTS_DIFFER
  }

  NativeUnavailableException(Reason reason, String message) {
    this(reason, message, null);
  }

  NativeUnavailableException(Reason reason, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** The same again, from where it is thrown now. */
  NativeUnavailableException(NativeUnavailableException first) {
    super(first.getMessage(), first);
    this.reason = first.reason;
  }

  public Reason reason() {
    return reason;
  }
}
