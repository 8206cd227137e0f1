package io.payonce.routing.indexer;

import io.payonce.BlockRef;
import io.payonce.TransactionHash;

/**
 * What one source says about the past: a reason to look, and never a proof. Nothing of Payonce
 * takes one as the ground of a payment's state; {@link HintCheck} says what a quorum knows of it.
 *
 * <p>Two hints are equal when they say the same of the same block, by its hash.
 */
public sealed interface Hint permits TransferHint, TransactionHint {
  TransactionHash transaction();

  /** Where the source says it is included. */
  BlockRef block();
}
