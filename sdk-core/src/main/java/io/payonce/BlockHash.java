package io.payonce;

import io.payonce.internal.Hex;

/**
 * Keccak-256 of a block header.
 *
 * @param value {@code 0x} and 64 hex digits, kept in lower case
 */
public record BlockHash(String value) implements Comparable<BlockHash> {
  public BlockHash {
    value = Hex.fixed("block hash", value, 32);
  }

  public static BlockHash of(String value) {
    return new BlockHash(value);
  }

  public static BlockHash of(byte[] bytes) {
    return new BlockHash(Hex.encode(bytes));
  }

  public byte[] toArray() {
    return Hex.decode("block hash", value);
  }

  @Override
  public int compareTo(BlockHash other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
