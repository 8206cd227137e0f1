package io.payonce.routing.indexer;

import io.payonce.Address;
import io.payonce.BlockRef;
import io.payonce.TransactionHash;

/** A transaction of this sender and nonce is said to be in a block, whether or not it succeeded. */
public record TransactionHint(
    Address sender, long nonce, TransactionHash transaction, BlockRef block) implements Hint {}
