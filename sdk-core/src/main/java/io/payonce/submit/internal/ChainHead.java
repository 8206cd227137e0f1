package io.payonce.submit.internal;

import io.payonce.Block;
import io.payonce.BlockRef;
import io.payonce.fee.FeeSnapshot;

/** The agreed head of a chain with what is final below it. */
public record ChainHead(Block block, BlockRef finalBlock, FeeSnapshot fees) {}
