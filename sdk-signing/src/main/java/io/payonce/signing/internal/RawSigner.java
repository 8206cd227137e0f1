package io.payonce.signing.internal;

import java.math.BigInteger;
import java.util.OptionalInt;

/**
 * The one place that signs a bare digest: a key's inside, seen by the guard only.
 *
 * <p>Thread-safe and blocking; the guard calls it on its injected executor, after the claim was
 * read back. Deliberate: the answer is not trusted. Range, low s, verification and parity are the
 * guard's, the same for every kind of key.
 */
public interface RawSigner extends AutoCloseable {
  /**
   * Signs.
   *
   * @param digest 32 bytes; not kept and not changed
   * @throws KeyClosedException when the key was closed; nothing was signed
   */
  RawSignature sign(byte[] digest);

  /** Ends the key, after running calls; idempotent. */
  @Override
  void close();

  /**
   * An unchecked answer: s may be high, and nothing proves that it belongs to key or digest.
   *
   * @param yParity of the signature as it is, where the key's code tells it: it saves the guard the
   *     search for it
   */
  record RawSignature(BigInteger r, BigInteger s, OptionalInt yParity) {
    public RawSignature(BigInteger r, BigInteger s) {
      this(r, s, OptionalInt.empty());
    }
  }
}
