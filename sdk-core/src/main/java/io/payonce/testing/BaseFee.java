package io.payonce.testing;

import java.math.BigInteger;

/** The base fee rule of EIP-1559 with mainnet's constants. */
final class BaseFee {
  private static final long ELASTICITY = 2;
  private static final BigInteger DENOMINATOR = BigInteger.valueOf(8);

  private BaseFee() {}

  /** The base fee of the block after one with these values; the order of divisions is the rule. */
  static BigInteger next(BigInteger baseFee, long gasUsed, long gasLimit) {
    long target = gasLimit / ELASTICITY;
    if (gasUsed == target) {
      return baseFee;
    }
    BigInteger distance = BigInteger.valueOf(Math.abs(gasUsed - target));
    BigInteger delta =
        baseFee.multiply(distance).divide(BigInteger.valueOf(target)).divide(DENOMINATOR);
    return gasUsed > target
        ? baseFee.add(delta.max(BigInteger.ONE))
        : baseFee.subtract(delta).max(BigInteger.ZERO);
  }
}
