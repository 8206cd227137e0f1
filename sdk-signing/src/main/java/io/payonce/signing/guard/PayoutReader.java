package io.payonce.signing.guard;

import io.payonce.TokenAmount;
import io.payonce.UnsignedTransaction;
import java.util.Optional;

/**
 * Says what a call of one payout contract moves, all its payments together, so that the guard can
 * hold it against the cap of the asset. Called on the executor of the guard: it must be pure and
 * quick. When it throws, the call is refused.
 */
@FunctionalInterface
public interface PayoutReader {
  /**
   * The sum of what the call pays, in one asset; empty when this is no call that the contract
   * understands, or not one whose payments can be told: then it is refused.
   */
  Optional<TokenAmount> moves(UnsignedTransaction call);
}
