package io.payonce.store;

import io.payonce.BlockRef;
import io.payonce.Receipt;
import io.payonce.TransactionHash;
import io.payonce.Wei;
import java.math.BigInteger;
import java.time.Instant;

/**
 * What took a nonce, as agreed by the quorum at its block.
 *
 * @param hash of the transaction; of the one that carried the authorization for {@code AUTH_7702};
 *     {@link #UNNAMED} for {@code CODE_7702}
 * @param gasUsed 0 where no transaction of the wallet took the nonce
 * @param fee wei that the wallet paid for execution
 * @param blockTime the block's own timestamp
 */
public record Consumption(
    ConsumerClass by,
    TransactionHash hash,
    BlockRef block,
    Instant blockTime,
    BigInteger gasUsed,
    Wei fee) {
  /** Stands where no transaction can be named. */
  public static final TransactionHash UNNAMED = TransactionHash.of(new byte[32]);

  public static Consumption of(ConsumerClass by, Receipt receipt, Instant blockTime) {
    return new Consumption(
        by, receipt.hash(), receipt.block(), blockTime, receipt.gasUsed(), receipt.fee());
  }

  /** For a nonce that was taken without a transaction of the wallet. */
  public static Consumption without(
      ConsumerClass by, TransactionHash carrier, BlockRef block, Instant blockTime) {
    return new Consumption(by, carrier, block, blockTime, BigInteger.ZERO, Wei.ZERO);
  }
}
