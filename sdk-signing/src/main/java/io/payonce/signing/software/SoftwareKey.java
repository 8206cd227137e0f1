package io.payonce.signing.software;

import io.payonce.signing.guard.SigningKey;
import java.util.Objects;
import java.util.function.Function;

/**
 * A secp256k1 key in this process's memory. It signs deterministically (RFC 6979 with SHA-256), so
 * the same transaction has the same bytes and hash after a crash.
 *
 * <p>The key rests in one 32-byte buffer outside the heap, which {@link #close()} wipes after
 * running calls. Native code reads it there. Limit: the portable code ({@link NativeMode}) makes
 * integers of the JDK, copies on the heap that cannot be wiped and wait for the garbage collector;
 * a key that must not be readable by this process belongs in a device.
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
    return fromBytes(key, access, NativeMode.AUTO);
  }

  /**
   * The same, in native code or not.
   *
   * @throws NativeUnavailableException when native code is required and cannot be had
   */
  public static SoftwareKey fromBytes(byte[] key, InsecureKeyAccess access, NativeMode mode) {
    Objects.requireNonNull(access, "access");
    return of(key, mode.curve());
  }

  static SoftwareKey of(byte[] key, Curve curve) {
    return new SoftwareKey(new SoftwareSigner(key, curve));
  }

  /**
   * Whether it computes in native code, for a host that watches what {@link NativeMode#AUTO} took.
   */
  public boolean isNative() {
    return signer.isNative();
  }

  /** Lends a copy of the key, wiped on return; throws when the key was closed. */
  <T> T lend(Function<byte[], T> use) {
    return signer.lend(use);
  }
}
