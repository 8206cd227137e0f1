package io.payonce;

import java.math.BigInteger;
import java.util.List;

/**
 * What a block says about one transaction.
 *
 * @param succeeded status 1 (EIP-658)
 * @param effectiveGasPrice wei paid per gas (EIP-1559)
 */
public record Receipt(
    TransactionHash hash,
    BlockRef block,
    Address from,
    boolean succeeded,
    BigInteger gasUsed,
    Wei effectiveGasPrice,
    List<Log> logs) {
  public Receipt {
    logs = List.copyOf(logs);
  }

  /** The execution fee. */
  public Wei fee() {
    return effectiveGasPrice.times(gasUsed);
  }
}
