/**
 * What a transaction may cost: quotes from one agreed block, replacement fees that pools accept,
 * and limits that nothing exceeds.
 *
 * <p>Pricing is pure: a {@link io.payonce.fee.FeeSnapshot} and a {@link io.payonce.fee.FeePolicy}
 * give a decision without clock, randomness or network. All amounts are exact integers.
 *
 * <p>{@link io.payonce.fee.FeeOracle} prices in three steps. The <em>base fee</em> of the next
 * block is computed from the agreed head ({@link io.payonce.fee.BaseFeeRule}), never asked for;
 * where it follows no known rule, the head's own is taken and twice of it covered. The <em>tip</em>
 * is the nodes' suggestion within the profile's limits; a node can make a payment wait or cost as
 * much as those limits allow, no more. The <em>cap</em> covers the base fee that full blocks can
 * reach within the policy's latency, because headroom is refunded and a stuck payment is not cheap.
 *
 * <p>What always holds: the tip is at most the cap; a quote costs at most {@code maxFeePerPayment};
 * its cap covers the next base fee and the whole tip; a replacement raises both fields so that geth
 * and reth take it ({@link io.payonce.fee.PoolRules}) and never lowers either. When the limits
 * leave no such fees there is none: the transfer waits. A chain whose fee has a part that is not
 * built yet is refused when the oracle is made.
 *
 * <p>Deliberate: the cap is the sure bound itself, not a learned quantile below it. It needs no
 * history, covers always, and costs only reserve; a wallet too thin for that lowers {@code
 * latencyBlocks}.
 */
@NullMarked
package io.payonce.fee;

import org.jspecify.annotations.NullMarked;
