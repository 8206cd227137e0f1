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

  /**
   * One transaction of the block, whoever sent it.
   *
   * @param type of EIP-2718; 0 for legacy
   * @param authorizations of a type-4 transaction (EIP-7702); empty for every other
   */
  public record Entry(
      TransactionHash hash,
      int type,
      Address from,
      long nonce,
      Optional<Address> to,
      Wei value,
      Bytes data,
      List<Authorization> authorizations) {
    /** EIP-7702. */
    public static final int SET_CODE = 4;

    /** A deposit of the OP Stack: it takes a nonce of its sender without his signature. */
    public static final int DEPOSIT = 0x7e;

    public Entry {
      authorizations = List.copyOf(authorizations);
    }
  }
}
