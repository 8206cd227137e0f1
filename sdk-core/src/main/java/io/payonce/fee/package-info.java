/**
 * What a transaction may cost: quotes from one agreed block, replacement fees that pools accept, and
 * limits that nothing exceeds.
 *
 * <p>Pricing is pure: a {@link io.payonce.fee.FeeSnapshot} and a {@link io.payonce.fee.FeePolicy}
 * give a decision without clock, randomness or network. All amounts are exact integers.
 */
@NullMarked
package io.payonce.fee;

import org.jspecify.annotations.NullMarked;
