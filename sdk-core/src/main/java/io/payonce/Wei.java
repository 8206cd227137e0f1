package io.payonce;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * An exact amount of a chain's native coin, or a price per gas, in wei.
 *
 * @param value 0 to 2^256 - 1
 */
public record Wei(BigInteger value) implements Comparable<Wei> {
  public static final Wei ZERO = new Wei(BigInteger.ZERO);
  public static final Wei ONE = new Wei(BigInteger.ONE);

  public Wei {
    if (value.signum() < 0 || value.bitLength() > 256) {
      throw new IllegalArgumentException("wei " + value + " must be 0 to 2^256 - 1");
    }
  }

  public static Wei of(long value) {
    return new Wei(BigInteger.valueOf(value));
  }

  public static Wei of(BigInteger value) {
    return new Wei(value);
  }

  public static Wei gwei(long gwei) {
    return new Wei(BigInteger.valueOf(gwei).multiply(BigInteger.valueOf(1_000_000_000)));
  }

  /** Parses whole coins ("0.01"): at most 18 fraction digits, never rounded. */
  public static Wei ofCoins(String coins) {
    return new Wei(Decimals.parse("amount", coins, 18));
  }

  public Wei plus(Wei other) {
    return new Wei(value.add(other.value));
  }

  /** Throws when the result would be negative. */
  public Wei minus(Wei other) {
    return new Wei(value.subtract(other.value));
  }

  public Wei times(BigInteger factor) {
    return new Wei(value.multiply(factor));
  }

  public Wei times(long factor) {
    return times(BigInteger.valueOf(factor));
  }

  public Wei max(Wei other) {
    return compareTo(other) >= 0 ? this : other;
  }

  public Wei min(Wei other) {
    return compareTo(other) <= 0 ? this : other;
  }

  public boolean isGreaterThan(Wei other) {
    return compareTo(other) > 0;
  }

  public boolean isZero() {
    return value.signum() == 0;
  }

  /** Whole coins for people, exact: "0.01". */
  public String toCoins() {
    return new BigDecimal(value, 18).stripTrailingZeros().toPlainString();
  }

  @Override
  public int compareTo(Wei other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value + " wei";
  }
}
