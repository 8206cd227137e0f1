package io.payonce.signing.software;

import io.payonce.signing.guard.SigningKey;
import java.util.Objects;
import java.util.function.Function;

/**
 * A secp256k1 key in this process's memory. It signs deterministically (RFC 6979 with SHA-256), so
 * the same transaction has the same bytes and hash after a crash.
 *
 * <p>The key rests in one 32-byte buffer outside the heap, which {@link #close()} wipes after
 * running calls. Limit: while a call runs, the JDK's integers hold copies on the heap that cannot
 * be wiped and wait for the garbage collector; a key that must not be readable by this process
 * belongs in a device.
 *
 * <p>Thread-safe; calls do not wait for one another.
 */
public final class SoftwareKey extends SigningKey {
  private final SoftwareSigner signer;

  private SoftwareKey(SoftwareSigner signer) {
    super(signer.publicKey(), signer);
    this.signer = signer;
  }

  /**
   * A key from its raw bytes.
   *
   * @param key 32 bytes, big-endian, 1 to n - 1; copied, and left to the caller to wipe
   */
  public static SoftwareKey fromBytes(byte[] key, InsecureKeyAccess access) {
    Objects.requireNonNull(access, "access");
    return of(key);
  }

  static SoftwareKey of(byte[] key) {
    return new SoftwareKey(new SoftwareSigner(key));
  }

  /** Lends a copy of the key, wiped on return; throws when the key was closed. */
  <T> T lend(Function<byte[], T> use) {
    return signer.lend(use);
  }
}
