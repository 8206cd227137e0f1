package io.payonce;

import io.payonce.internal.Hex;

/**
 * Keccak-256 of a transaction's wire bytes, computed locally.
 *
 * @param value {@code 0x} and 64 hex digits, kept in lower case
 */
public record TransactionHash(String value) implements Comparable<TransactionHash> {
  public TransactionHash {
    value = Hex.fixed("transaction hash", value, 32);
  }

  public static TransactionHash of(String value) {
    return new TransactionHash(value);
  }

  public static TransactionHash of(byte[] bytes) {
    return new TransactionHash(Hex.encode(bytes));
  }

  public byte[] toArray() {
    return Hex.decode("transaction hash", value);
  }

  @Override
  public int compareTo(TransactionHash other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
