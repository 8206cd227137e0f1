package io.payonce.fee;

import io.payonce.UnsignedTransaction;
import io.payonce.UnsignedTransaction.DynamicFee;
import io.payonce.Wei;
import java.math.BigInteger;

/**
 * Whether a node's pool accepts one transaction in place of another with the same nonce, per client
 * family. Pure functions over exact integers; any thread.
 *
 * <p>They judge replacement only: nonce, balance, gas limits and floors are other checks. A price
 * of the types before EIP-1559 counts as cap and as tip. Blob transactions have no place here.
 */
public enum PoolRules {
  /**
   * geth, Erigon, op-geth, bor: both fields strictly higher, and each at least {@code floor(old x
   * (100 + q) / 100)}.
   */
  GETH {
    @Override
    boolean accepts(Fees old, Fees next, BigInteger baseFee, int percent) {
      return next.cap.compareTo(old.cap) > 0
          && next.tip.compareTo(old.tip) > 0
          && next.cap.compareTo(raised(old.cap, percent)) >= 0
          && next.tip.compareTo(raised(old.tip, percent)) >= 0;
    }
  },

  /**
   * reth: both fields strictly above {@code floor(old x (100 + q) / 100)}; the tip is compared only
   * when both tips are above zero.
   */
  RETH {
    @Override
    boolean accepts(Fees old, Fees next, BigInteger baseFee, int percent) {
      boolean tipsCompared = old.tip.signum() > 0 && next.tip.signum() > 0;
      return next.cap.compareTo(raised(old.cap, percent)) > 0
          && (!tipsCompared || next.tip.compareTo(raised(old.tip, percent)) > 0);
    }
  },

  /**
   * Besu, at the current base fee: the price paid rises by q percent and the tip paid does not
   * fall, or the price is equal and the tip paid rises by q percent.
   */
  BESU {
    @Override
    boolean accepts(Fees old, Fees next, BigInteger baseFee, int percent) {
      BigInteger oldPrice = old.price(baseFee);
      BigInteger nextPrice = next.price(baseFee);
      BigInteger oldTip = oldPrice.subtract(baseFee).max(BigInteger.ZERO);
      BigInteger nextTip = nextPrice.subtract(baseFee).max(BigInteger.ZERO);
      if (nextPrice.equals(oldPrice)) {
        return nextTip.compareTo(raised(oldTip, percent)) >= 0 && nextTip.compareTo(oldTip) > 0;
      }
      return nextPrice.compareTo(raised(oldPrice, percent)) >= 0 && nextTip.compareTo(oldTip) >= 0;
    }
  },

  /**
   * Nethermind: the price paid at the current base fee rises by q percent, and rises at all; one
   * with a cap of zero may always be replaced. Two legacy transactions are compared by their price.
   */
  NETHERMIND {
    @Override
    boolean accepts(Fees old, Fees next, BigInteger baseFee, int percent) {
      boolean byPrice = old.legacy && next.legacy;
      BigInteger oldPrice = byPrice ? old.cap : old.price(baseFee);
      BigInteger nextPrice = byPrice ? next.cap : next.price(baseFee);
      return old.cap.signum() == 0
          || (nextPrice.compareTo(raised(oldPrice, percent)) >= 0
              && nextPrice.compareTo(oldPrice) > 0);
    }
  };

  /** What pools of this family ask for unless their operator says otherwise. */
  public static final int DEFAULT_PERCENT = 10;

  /**
   * Whether a pool that holds {@code pooled} takes {@code replacement} in its place.
   *
   * @param baseFee of the head that the pool sees; zero on legacy chains
   * @param percent the pool's setting, normally {@link #DEFAULT_PERCENT}
   */
  public final boolean accepts(
      UnsignedTransaction pooled, UnsignedTransaction replacement, Wei baseFee, int percent) {
    return accepts(Fees.of(pooled), Fees.of(replacement), baseFee.value(), percent);
  }

  abstract boolean accepts(Fees old, Fees next, BigInteger baseFee, int percent);

  private static BigInteger raised(BigInteger old, int percent) {
    return old.multiply(BigInteger.valueOf(100L + percent)).divide(BigInteger.valueOf(100));
  }

  private record Fees(BigInteger cap, BigInteger tip, boolean legacy) {
    static Fees of(UnsignedTransaction tx) {
      return new Fees(
          tx.maxFeePerGas().value(),
          tx.maxPriorityFeePerGas().value(),
          !(tx instanceof DynamicFee));
    }

    /** What a block with this base fee takes per gas; the cap alone when that is lower. */
    BigInteger price(BigInteger baseFee) {
      return cap.min(baseFee.add(tip));
    }
  }
}
