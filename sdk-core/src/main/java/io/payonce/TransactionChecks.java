package io.payonce;

import java.math.BigInteger;

/** Limits shared by the transaction types. */
final class TransactionChecks {
  static final BigInteger MIN_GAS = BigInteger.valueOf(21_000);

  private TransactionChecks() {}

  static void check(long nonce, BigInteger gasLimit, Wei maxFee, Wei priorityFee) {
    if (nonce < 0) {
      throw new IllegalArgumentException("nonce " + nonce + " must be 0 or more");
    }
    if (gasLimit.compareTo(MIN_GAS) < 0 || gasLimit.bitLength() > 63) {
      throw new IllegalArgumentException("gasLimit " + gasLimit + " must be 21000 to 2^63 - 1");
    }
    if (priorityFee.isGreaterThan(maxFee)) {
      throw new IllegalArgumentException(
          "maxPriorityFeePerGas " + priorityFee + " must not exceed maxFeePerGas " + maxFee);
    }
  }
}
