package io.payonce.signing.software;

import io.payonce.PublicKey;
import io.payonce.signing.internal.RawSigner.RawSignature;
import java.nio.ByteBuffer;

/**
 * Computes with a private key that rests in a buffer of 32 bytes, read from its start and never
 * changed. Both kinds give the same signature for the same key and digest. Thread-safe.
 */
sealed interface Curve permits PortableCurve, NativeCurve {
  int KEY_LENGTH = 32;

  /**
   * The public key.
   *
   * @throws IllegalArgumentException when the buffer holds no key, 1 to n - 1
   */
  PublicKey publicKey(ByteBuffer key);

  /**
   * Signs with the k of RFC 6979.
   *
   * @param digest 32 bytes
   */
  RawSignature sign(ByteBuffer key, byte[] digest);

  static IllegalArgumentException notAKey() {
    return new IllegalArgumentException("key must be 1 to n - 1");
  }
}
