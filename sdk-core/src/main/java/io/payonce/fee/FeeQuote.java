package io.payonce.fee;

import io.payonce.BlockRef;
import io.payonce.Wei;
import java.math.BigInteger;

/**
 * Fee fields for one transaction.
 *
 * @param maxFeePerGas gas price on legacy chains
 * @param maxPriorityFeePerGas equal to {@code maxFeePerGas} on legacy chains
 * @param basis the block it was computed from
 */
public record FeeQuote(
    Wei maxFeePerGas, Wei maxPriorityFeePerGas, BigInteger gasLimit, BlockRef basis) {
  /** The most that the transaction can cost, value not included. */
  public Wei worst() {
    return maxFeePerGas.times(gasLimit);
  }
}
