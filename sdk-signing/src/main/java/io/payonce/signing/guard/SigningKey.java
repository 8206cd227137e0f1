package io.payonce.signing.guard;

import io.payonce.Address;
import io.payonce.Bytes;
import io.payonce.PublicKey;
import io.payonce.Signature;
import io.payonce.SignedTransaction;
import io.payonce.TransactionCodec;
import io.payonce.UnsignedTransaction;
import io.payonce.internal.Secp256k1;
import io.payonce.signing.internal.RawSigner;
import java.math.BigInteger;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A key of any kind, which only a guard can use: it has no public method that signs.
 *
 * <p>It pins its public key. Whatever the device behind it answers is range-checked, made low-s
 * (EIP-2) and verified against that public key and our own digest. The verification computes the
 * signature's point R, and with it the parity, or the key from the parity that the answer came
 * with: nothing is guessed and nothing recovered by trial. The first answer that does not verify
 * makes the key suspect, and a suspect key never signs again.
 *
 * <p>Thread-safe. {@link #close()} waits for running calls.
 */
public abstract class SigningKey implements AutoCloseable {
  private final RawSigner raw;
  private final PublicKey publicKey;
  private final AtomicBoolean suspect = new AtomicBoolean();

  /**
   * Pins a key.
   *
   * @param publicKey any SEC 1 encoding; checked to lie on the curve
   */
  protected SigningKey(Bytes publicKey, RawSigner raw) {
    this(PublicKey.of(publicKey), raw);
  }

  /** Pins a key, whose signatures are verified by the code that it has for that. */
  protected SigningKey(PublicKey publicKey, RawSigner raw) {
    this.raw = raw;
    this.publicKey = publicKey;
  }

  public final Address address() {
    return publicKey.address();
  }

  /** The pinned public key, 65 bytes uncompressed. */
  public final Bytes publicKey() {
    return publicKey.bytes();
  }

  /** Signs and verifies; the only way to a signature. The digest is derived here. */
  final SignedTransaction sign(UnsignedTransaction transaction) {
    RawSigner.RawSignature answer = raw.sign(TransactionCodec.signingDigest(transaction));
    BigInteger r = answer.r();
    BigInteger s = answer.s();
    if (!inRange(r) || !inRange(s) || answer.yParity().orElse(0) >>> 1 != 0) {
      throw suspect("r, s or the parity is out of range");
    }
    boolean high = s.compareTo(Secp256k1.HALF_N) > 0;
    BigInteger low = high ? Secp256k1.N.subtract(s) : s;
    Optional<SignedTransaction> signed =
        answer.yParity().isPresent()
            ? SignedTransaction.by(
                publicKey,
                transaction,
                new Signature(r, low, answer.yParity().getAsInt() ^ (high ? 1 : 0)))
            : SignedTransaction.by(publicKey, transaction, r, low);
    return signed.orElseThrow(
        () -> suspect("the signature does not verify against the pinned public key"));
  }

  final boolean isSuspect() {
    return suspect.get();
  }

  /** Ends the key's use for good; only a person may bring it back, by a new start. */
  final KeySuspectException suspect(String evidence) {
    suspect.set(true);
    return new KeySuspectException(evidence);
  }

  @Override
  public void close() {
    raw.close();
  }

  /** Kind and address; never anything of the key. */
  @Override
  public final String toString() {
    return getClass().getSimpleName() + "[" + address() + "]";
  }

  private static boolean inRange(BigInteger scalar) {
    return scalar.signum() > 0 && scalar.compareTo(Secp256k1.N) < 0;
  }

  /** The key answered with something that it cannot have signed rightly. */
  static final class KeySuspectException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    KeySuspectException(String evidence) {
      super(evidence);
    }
  }
}
