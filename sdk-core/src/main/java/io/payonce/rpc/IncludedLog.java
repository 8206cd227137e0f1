package io.payonce.rpc;

import io.payonce.BlockRef;
import io.payonce.Log;
import io.payonce.TransactionHash;

/** A log that a node found in a block, and the transaction that it says wrote it. */
public record IncludedLog(Log log, TransactionHash transaction, BlockRef block) {}
