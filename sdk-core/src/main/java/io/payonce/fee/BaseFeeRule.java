package io.payonce.fee;

import io.payonce.ChainProfile.FeeRules;
import io.payonce.Wei;
import java.math.BigInteger;

/**
 * The base fee rule of EIP-1559, exact to the wei, and the bound that no run of blocks can exceed.
 * Pure; any thread.
 *
 * @param denominator the base fee moves by at most about one part in this many, 1 or more
 * @param elasticity block gas limit over gas target, 1 or more
 * @param minBaseFee the base fee never falls below it
 */
public record BaseFeeRule(long denominator, long elasticity, Wei minBaseFee) {
  /** A block's gas limit differs from its parent's by less than the parent's 1/1024. */
  private static final BigInteger GAS_LIMIT_STEP = BigInteger.valueOf(1024);

  public BaseFeeRule {
    if (denominator < 1 || elasticity < 1) {
      throw new IllegalArgumentException(
          "denominator " + denominator + " and elasticity " + elasticity + " must be 1 or more");
    }
  }

  public static BaseFeeRule of(FeeRules fees) {
    return new BaseFeeRule(fees.denominator(), fees.elasticity(), fees.minBaseFee());
  }

  /** The base fee of the block after one with these header fields. */
  public Wei next(Wei baseFee, BigInteger gasUsed, BigInteger gasLimit) {
    BigInteger target = target(gasLimit);
    BigInteger base = baseFee.value();
    BigInteger distance = gasUsed.subtract(target);
    // The order of the two divisions is part of the rule: the other way is off by a wei.
    BigInteger change =
        base.multiply(distance.abs()).divide(target).divide(BigInteger.valueOf(denominator));
    BigInteger next =
        switch (distance.signum()) {
          case 1 -> base.add(change.max(BigInteger.ONE));
          case -1 -> base.subtract(change).max(BigInteger.ZERO);
          default -> base;
        };
    return Wei.of(next).max(minBaseFee);
  }

  /**
   * The highest base fee that can stand after {@code blocks} more blocks, whatever is in them.
   *
   * <p>It is not {@code 1.125^blocks}: a full block whose gas limit leaves a remainder over the
   * elasticity grows the base fee by slightly more, the more so the lower the limit, and near zero
   * the step is one wei. So it iterates in integers, rounded up, over the lowest gas limit that can
   * be reached on the way and its worst remainder.
   *
   * @param next base fee of the next block
   * @param gasLimit of the head that {@code next} was computed from
   * @param blocks 0 or more
   */
  public Wei sureBound(Wei next, BigInteger gasLimit, int blocks) {
    BigInteger lowest = gasLimit;
    for (int i = 0; i < blocks; i++) {
      lowest = lowest.subtract(lowest.divide(GAS_LIMIT_STEP));
    }
    BigInteger target = target(lowest);
    BigInteger full =
        target.multiply(BigInteger.valueOf(elasticity)).add(BigInteger.valueOf(elasticity - 1));
    BigInteger excess = full.subtract(target);
    BigInteger divisor = target.multiply(BigInteger.valueOf(denominator));
    BigInteger bound = next.value();
    for (int i = 0; i < blocks; i++) {
      BigInteger growth =
          bound.multiply(excess).add(divisor).subtract(BigInteger.ONE).divide(divisor);
      bound = bound.add(growth.max(BigInteger.ONE));
    }
    return Wei.of(bound);
  }

  private BigInteger target(BigInteger gasLimit) {
    BigInteger target = gasLimit.divide(BigInteger.valueOf(elasticity));
    if (target.signum() <= 0) {
      throw new IllegalArgumentException(
          "block gas limit " + gasLimit + " must be at least the elasticity " + elasticity);
    }
    return target;
  }
}
