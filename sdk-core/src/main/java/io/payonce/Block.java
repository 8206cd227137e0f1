package io.payonce;

import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One block with what Payonce needs of its transactions.
 *
 * @param baseFee empty before EIP-1559
 */
public record Block(
    BlockRef ref,
    BlockHash parent,
    Instant time,
    BigInteger gasUsed,
    BigInteger gasLimit,
    Optional<Wei> baseFee,
    List<Entry> transactions) {
  public Block {
    transactions = List.copyOf(transactions);
  }

  /** One transaction of the block, whoever sent it. */
  public record Entry(
      TransactionHash hash,
      Address from,
      long nonce,
      Optional<Address> to,
      Wei value,
      Bytes data) {}
}
