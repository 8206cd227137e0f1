package io.payonce;

import io.payonce.internal.Keccak256;
import io.payonce.internal.Secp256k1;
import java.math.BigInteger;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A transaction with its signature, its wire bytes, its hash and its sender.
 *
 * <p>Deliberate: a class and not a record, so that bytes, hash and sender cannot be given from
 * outside. They are computed from transaction and signature alone; no node and no signer is
 * believed about them.
 */
public final class SignedTransaction {
  private final UnsignedTransaction transaction;
  private final Signature signature;
  private final Bytes raw;
  private final TransactionHash hash;

  /** Recovered when it is asked for, where it is not known yet. */
  private volatile @Nullable Address sender;

  private SignedTransaction(
      UnsignedTransaction transaction, Signature signature, @Nullable Address sender) {
    this.transaction = transaction;
    this.signature = signature;
    this.raw = TransactionCodec.encode(transaction, signature);
    this.hash = TransactionHash.of(Keccak256.of(raw.toArray()));
    this.sender = sender;
  }

  /** Computes the rest; throws when no key can have made the signature. */
  public static SignedTransaction of(UnsignedTransaction transaction, Signature signature) {
    return new SignedTransaction(transaction, signature, recovered(transaction, signature));
  }

  private static Address recovered(UnsignedTransaction transaction, Signature signature) {
    byte[] address =
        Secp256k1.recoverAddress(
            TransactionCodec.signingDigest(transaction),
            signature.r(),
            signature.s(),
            signature.yParity());
    if (address == null) {
      throw new IllegalArgumentException("signature does not belong to any key");
    }
    return Address.of(address);
  }

  /**
   * Wire bytes out of a store that took them from a transaction like this one, with its hash. They
   * are the same bytes when they have the same hash, so the sender needs no second proof: it is
   * recovered when somebody asks for it, which takes longer than all the rest.
   *
   * @throws IllegalArgumentException when they are no transaction, or one with another hash
   */
  public static SignedTransaction restored(Bytes raw, TransactionHash hash) {
    TransactionCodec.Parts parts = TransactionCodec.decodeParts(raw);
    SignedTransaction restored =
        new SignedTransaction(parts.transaction(), parts.signature(), null);
    if (!restored.hash.equals(hash)) {
      throw new IllegalArgumentException(
          "bytes with hash " + restored.hash + " were stored with hash " + hash);
    }
    return restored;
  }

  /**
   * A transaction that this key signed. That the signature verifies against it under the parity
   * that it gets here is the same as to recover the key, and takes half as long.
   *
   * @param r as the signer gave it, 1 to n - 1
   * @param s at most n / 2 (EIP-2)
   * @return empty when the key did not make this signature of the transaction
   */
  public static Optional<SignedTransaction> by(
      PublicKey key, UnsignedTransaction transaction, BigInteger r, BigInteger s) {
    OptionalInt parity = key.yParity(Bytes.of(TransactionCodec.signingDigest(transaction)), r, s);
    return parity.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new SignedTransaction(
                transaction, new Signature(r, s, parity.getAsInt()), key.address()));
  }

  /**
   * A transaction that this key signed, as a signer gives it that tells the parity.
   *
   * @return empty when the key did not make this signature of the transaction, or not with this
   *     parity
   */
  public static Optional<SignedTransaction> by(
      PublicKey key, UnsignedTransaction transaction, Signature signature) {
    return key.verifies(Bytes.of(TransactionCodec.signingDigest(transaction)), signature)
        ? Optional.of(new SignedTransaction(transaction, signature, key.address()))
        : Optional.empty();
  }

  public UnsignedTransaction transaction() {
    return transaction;
  }

  public Signature signature() {
    return signature;
  }

  /** The bytes that {@code eth_sendRawTransaction} takes. */
  public Bytes raw() {
    return raw;
  }

  public TransactionHash hash() {
    return hash;
  }

  /**
   * Throws {@code IllegalArgumentException} where bytes came out of a store that had never proven
   * that a key made their signature.
   */
  public Address sender() {
    Address known = sender;
    if (known == null) {
      known = recovered(transaction, signature);
      sender = known;
    }
    return known;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SignedTransaction signed && raw.equals(signed.raw);
  }

  @Override
  public int hashCode() {
    return raw.hashCode();
  }

  @Override
  public String toString() {
    return hash + " from " + sender() + " nonce " + transaction.nonce();
  }
}
