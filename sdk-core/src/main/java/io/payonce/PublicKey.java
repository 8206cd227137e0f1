package io.payonce;

import io.payonce.internal.Secp256k1;
import io.payonce.signing.EcdsaVerifier;
import java.math.BigInteger;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A public key of the curve secp256k1 (SEC 2, section 2.4.1), checked to lie on it and made ready
 * to verify many signatures. Immutable and thread-safe.
 */
public final class PublicKey {
  private final Secp256k1.Verifier verifier;
  private final Bytes bytes;
  private final Address address;
  private final @Nullable EcdsaVerifier faster;

  private PublicKey(
      Secp256k1.Verifier verifier, Bytes bytes, Address address, @Nullable EcdsaVerifier faster) {
    this.verifier = verifier;
    this.bytes = bytes;
    this.address = address;
    this.faster = faster;
  }

  /**
   * Reads any SEC 1 encoding (section 2.3.4).
   *
   * @throws IllegalArgumentException for what is no point of the curve, and for infinity
   */
  public static PublicKey of(Bytes encoded) {
    byte[] uncompressed = Secp256k1.uncompressed(encoded.toArray());
    return new PublicKey(
        new Secp256k1.Verifier(uncompressed),
        Bytes.of(uncompressed),
        Address.of(Secp256k1.address(uncompressed)),
        null);
  }

  /** The same key, whose whole signatures ({@link #verifies}) are checked by this code. */
  public PublicKey verifiedBy(EcdsaVerifier faster) {
    return new PublicKey(verifier, bytes, address, faster);
  }

  /** The uncompressed encoding, 65 bytes. */
  public Bytes bytes() {
    return bytes;
  }

  /** The account of this key. */
  public Address address() {
    return address;
  }

  /**
   * Verifies a signature, and computes the parity with which it recovers to this key: it is that of
   * the signature's point, so nothing is guessed and nothing recovered by trial.
   *
   * @param digest 32 bytes
   * @param r 1 to n - 1
   * @param s 1 to n - 1
   * @return 0 or 1; empty when this key did not make {@code (r, s)} for the digest
   */
  public OptionalInt yParity(Bytes digest, BigInteger r, BigInteger s) {
    Integer parity = verifier.yParity(digest.toArray(), r, s);
    return parity == null ? OptionalInt.empty() : OptionalInt.of(parity);
  }

  /**
   * Whether this key made this signature, so that it recovers to this key under its own parity.
   *
   * @param digest 32 bytes
   */
  public boolean verifies(Bytes digest, Signature signature) {
    return faster == null
        ? yParity(digest, signature.r(), signature.s()).equals(OptionalInt.of(signature.yParity()))
        : faster.recover(digest, signature).equals(Optional.of(bytes));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PublicKey key && bytes.equals(key.bytes);
  }

  @Override
  public int hashCode() {
    return bytes.hashCode();
  }

  /** Names the account. */
  @Override
  public String toString() {
    return "PublicKey[" + address + "]";
  }
}
