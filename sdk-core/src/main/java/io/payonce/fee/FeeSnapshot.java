package io.payonce.fee;

import io.payonce.BlockRef;
import io.payonce.Wei;
import java.math.BigInteger;

/**
 * The fee market as of one agreed block.
 *
 * @param nextBaseFee exact base fee of the next block; on legacy chains the nodes' gas price
 * @param suggestedTip the nodes' suggestion, before limits
 * @param gasLimit gas limit of the block
 */
public record FeeSnapshot(BlockRef block, Wei nextBaseFee, Wei suggestedTip, BigInteger gasLimit) {}
