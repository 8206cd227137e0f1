package io.payonce.store;

import io.payonce.BlockRef;
import io.payonce.Receipt;
import io.payonce.TransactionHash;
import io.payonce.Wei;
import java.math.BigInteger;
import java.time.Instant;

/**
 * The transaction that took a nonce, as agreed by the quorum at its block.
 *
 * @param fee wei paid for execution
 * @param blockTime the block's own timestamp
 */
public record Consumption(
    ConsumerClass by,
    TransactionHash hash,
    BlockRef block,
    Instant blockTime,
    BigInteger gasUsed,
    Wei fee) {

  public static Consumption of(ConsumerClass by, Receipt receipt, Instant blockTime) {
    return new Consumption(
        by, receipt.hash(), receipt.block(), blockTime, receipt.gasUsed(), receipt.fee());
  }
}
