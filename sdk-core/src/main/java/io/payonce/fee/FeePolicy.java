package io.payonce.fee;

import io.payonce.Wei;
import java.util.Optional;

/**
 * Limits on fees, all in wei of the native coin. Both required limits have no default: a missing
 * cap on money is an error.
 *
 * @param maxFeePerPayment the most that all attempts of one payment may cost; only one can be
 *     mined, so this bounds each of them
 * @param maxFeePerHour the most that may be spent in a rolling hour on one chain; worst cost while
 *     in flight, actual cost once final
 * @param maxFeePerGas optional bound of the cap of any transaction
 * @param latencyBlocks blocks that may pass between quote and inclusion at which the cap still has
 *     to cover the base fee, 0 to 50
 */
public record FeePolicy(
    Wei maxFeePerPayment, Wei maxFeePerHour, Optional<Wei> maxFeePerGas, int latencyBlocks) {
  public FeePolicy {
    if (maxFeePerPayment.isZero()) {
      throw new IllegalArgumentException(
          "maxFeePerPayment " + maxFeePerPayment + " must be above 0");
    }
    if (maxFeePerHour.compareTo(maxFeePerPayment) < 0) {
      throw new IllegalArgumentException(
          "maxFeePerHour "
              + maxFeePerHour
              + " must be at least maxFeePerPayment "
              + maxFeePerPayment);
    }
    if (latencyBlocks < 0 || latencyBlocks > 50) {
      throw new IllegalArgumentException("latencyBlocks " + latencyBlocks + " must be 0 to 50");
    }
  }

  /** The same policy, in which a payment costs no more than this. */
  public FeePolicy cappedAt(Wei most) {
    return most.compareTo(maxFeePerPayment) < 0
        ? new FeePolicy(most, maxFeePerHour, maxFeePerGas, latencyBlocks)
        : this;
  }

  /** The usual policy: caps cover six full blocks, in which the base fee can about double. */
  public static FeePolicy of(Wei maxFeePerPayment, Wei maxFeePerHour) {
    return new FeePolicy(maxFeePerPayment, maxFeePerHour, Optional.empty(), 6);
  }
}
