package io.payonce.signing.software;

import org.jspecify.annotations.Nullable;

/** A keystore file could not be read or written. The message names file, problem and remedy. */
public final class KeystoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Code code;

  /** What is wrong. Stable: hosts match on the names. */
  public enum Code {
    /** The password is wrong, or key derivation or cipher text were altered. */
    KEYSTORE_PASSWORD,
    /** A limit is exceeded; nothing was computed. */
    KEYSTORE_LIMIT,
    /** Not a well-formed Web3 Secret Storage file. */
    KEYSTORE_FORMAT,
    /** Well-formed, with a version, key derivation or cipher that is not supported. */
    KEYSTORE_UNSUPPORTED,
    /** The key inside belongs to another address than the file says. */
    KEYSTORE_ADDRESS,
    /** The file system refused. */
    KEYSTORE_IO
  }

  KeystoreException(Code code, String message) {
    super(message);
    this.code = code;
  }

  KeystoreException(Code code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public Code code() {
    return code;
  }
}
