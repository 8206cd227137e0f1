package io.payonce;

/**
 * The EIP-155 chain id.
 *
 * @param value 1 to 2^62: {@code v = 35 + 2 * chainId + yParity} of a legacy transaction must fit a
 *     signed 64-bit integer
 */
public record ChainId(long value) implements Comparable<ChainId> {
  private static final long LIMIT = (Long.MAX_VALUE - 36) / 2;

  public ChainId {
    if (value < 1 || value > LIMIT) {
      throw new IllegalArgumentException("chainId " + value + " must be 1 to " + LIMIT);
    }
  }

  public static ChainId of(long value) {
    return new ChainId(value);
  }

  @Override
  public int compareTo(ChainId other) {
    return Long.compare(value, other.value);
  }

  @Override
  public String toString() {
    return Long.toString(value);
  }
}
