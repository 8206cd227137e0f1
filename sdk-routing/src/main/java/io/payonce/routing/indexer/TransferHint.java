package io.payonce.routing.indexer;

import io.payonce.Address;
import io.payonce.BlockRef;
import io.payonce.TokenAmount;
import io.payonce.TransactionHash;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An asset is said to have moved.
 *
 * @param to empty where coins went into a contract that the transaction created
 * @param amount more than 0
 * @param logIndex of the token's log, its position in the block; empty for native coins
 */
public record TransferHint(
    Address from,
    Optional<Address> to,
    TokenAmount amount,
    TransactionHash transaction,
    BlockRef block,
    OptionalLong logIndex)
    implements Hint {
  public TransferHint {
    if (amount.units().signum() == 0) {
      throw new IllegalArgumentException("amount 0 must be at least 1");
    }
  }
}
