package io.payonce;

import io.payonce.internal.Keccak256;
import io.payonce.internal.Secp256k1;

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
  private final Address sender;

  private SignedTransaction(UnsignedTransaction transaction, Signature signature) {
    this.transaction = transaction;
    this.signature = signature;
    this.raw = TransactionCodec.encode(transaction, signature);
    this.hash = TransactionHash.of(Keccak256.of(raw.toArray()));
    byte[] address =
        Secp256k1.recoverAddress(
            TransactionCodec.signingDigest(transaction),
            signature.r(),
            signature.s(),
            signature.yParity());
    if (address == null) {
      throw new IllegalArgumentException("signature does not belong to any key");
    }
    this.sender = Address.of(address);
  }

  /** Computes the rest; throws when no key can have made the signature. */
  public static SignedTransaction of(UnsignedTransaction transaction, Signature signature) {
    return new SignedTransaction(transaction, signature);
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

  public Address sender() {
    return sender;
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
    return hash + " from " + sender + " nonce " + transaction.nonce();
  }
}
