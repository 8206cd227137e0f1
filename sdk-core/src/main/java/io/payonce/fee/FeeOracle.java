package io.payonce.fee;

import io.payonce.Block;
import io.payonce.ChainProfile;
import io.payonce.ChainProfile.FeeModel;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.math.BigInteger;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * What a transaction on one chain should offer: fees that cover the base fee for as long as the
 * policy asks, replacement fees that pools accept, and never more than the policy's limits.
 *
 * <p>Only {@link #snapshot} uses the network. The rest is pure: the same snapshot, policy and
 * arguments give the same decision. In every quote the tip is at most the cap, and {@link
 * FeeQuote#worst()} is at most {@code maxFeePerPayment}. The hourly limit is not checked here: it
 * needs the journal, where it is booked.
 *
 * <p>Thread-safe; without state, locks or threads of its own.
 */
public final class FeeOracle {
  private static final BigInteger PLAIN_TRANSFER_GAS = BigInteger.valueOf(21_000);
  private static final BigInteger HUNDRED = BigInteger.valueOf(100);

  /** A suggestion is not worth a longer wait: without it the profile's minimum is offered. */
  private static final CallOptions SUGGESTION = CallOptions.within(Duration.ofSeconds(2));

  /** How often its value the base fee is assumed to reach where it follows no known rule. */
  private static final long OBSERVED_GUARD = 2;

  private final ChainProfile profile;
  private final RpcClient rpc;
  private final BaseFeeRule rule;

  private FeeOracle(ChainProfile profile, RpcClient rpc) {
    this.profile = profile.requireSupported();
    this.rpc = rpc;
    this.rule = BaseFeeRule.of(profile.fees());
    if (!rpc.chainId().equals(profile.id())) {
      throw new IllegalArgumentException(
          "rpc client is for chain " + rpc.chainId() + ", profile is for " + profile.id());
    }
  }

  /**
   * Refuses a chain whose fee has a part that cannot be priced yet ({@code PROFILE_UNSUPPORTED}),
   * and a client of another chain.
   */
  public static FeeOracle of(ChainProfile profile, RpcClient rpc) {
    return new FeeOracle(profile, rpc);
  }

  /**
   * The fee market as of an agreed block, with one request to a node for its suggestion.
   *
   * <p>A missing suggestion is no failure: the profile's minimum takes its place. The future fails
   * only when the block contradicts the profile (no base fee on an EIP-1559 chain). It completes on
   * the client's executor.
   */
  public CompletableFuture<FeeSnapshot> snapshot(Block head) {
    boolean legacy = profile.fees().model() == FeeModel.LEGACY;
    if (!legacy && head.baseFee().isEmpty()) {
      return CompletableFuture.failedFuture(
          new IllegalStateException(
              "block "
                  + head.ref()
                  + " of "
                  + profile.name()
                  + " has no base fee: its profile must say LEGACY, not "
                  + profile.fees().model()));
    }
    Wei nextBaseFee = head.baseFee().map(baseFee -> nextBaseFee(head, baseFee)).orElse(Wei.ZERO);
    // Without a base fee the price is all tip, and that is what eth_gasPrice tells.
    RpcRequest<Wei> suggestion =
        legacy || nextBaseFee.isZero() ? Requests.gasPrice() : Requests.maxPriorityFeePerGas();
    return rpc.call(suggestion, SUGGESTION)
        .thenApply(
            outcome -> {
              Wei tip =
                  outcome instanceof RpcOutcome.Ok<Wei> ok ? ok.value() : profile.fees().minTip();
              return new FeeSnapshot(head.ref(), legacy ? tip : nextBaseFee, tip, head.gasLimit());
            });
  }

  private Wei nextBaseFee(Block head, Wei baseFee) {
    return switch (profile.fees().model()) {
      case EIP1559 -> rule.next(baseFee, head.gasUsed(), head.gasLimit());
      case OBSERVED, LEGACY -> baseFee.max(profile.fees().minBaseFee());
    };
  }

  /**
   * Fees and gas limit for a first attempt.
   *
   * <p>The gas limit is the estimate and a fifth, for contract calls and a quarter, at most the
   * chain's {@code txGasCap}; a plain transfer of 21,000 stays so. The cap covers the base fee of
   * any {@code latencyBlocks} blocks and the whole tip; where the limits do not allow that much, it
   * is lowered to them as long as it covers the next block, and else there is no quote.
   *
   * @param gasEstimate 21,000 or more
   * @param contractCall whether code runs, whose gas may change between estimate and inclusion
   */
  public FeeDecision quote(
      FeeSnapshot snapshot, FeePolicy policy, BigInteger gasEstimate, boolean contractCall) {
    return quote(snapshot, policy, gasEstimate, withMargin(gasEstimate, contractCall));
  }

  /**
   * The same with a gas limit that somebody has chosen, and that stays as it is.
   *
   * @param gasLimit 21,000 or more
   */
  public FeeDecision quoteExactly(FeeSnapshot snapshot, FeePolicy policy, BigInteger gasLimit) {
    return quote(snapshot, policy, gasLimit, gasLimit);
  }

  private FeeDecision quote(
      FeeSnapshot snapshot, FeePolicy policy, BigInteger gasEstimate, BigInteger most) {
    if (gasEstimate.compareTo(PLAIN_TRANSFER_GAS) < 0) {
      throw new IllegalArgumentException("gasEstimate " + gasEstimate + " must be 21000 or more");
    }
    BigInteger gasCap = profile.limits().txGasCap().min(snapshot.gasLimit());
    if (gasEstimate.compareTo(gasCap) > 0) {
      return new FeeDecision.Refused(
          FeeRefusal.GAS_LIMIT_TOO_LARGE,
          "estimate " + gasEstimate + " is over " + gasCap + ", the most of one transaction");
    }
    BigInteger gasLimit = most.min(gasCap);
    Wei tip = tip(snapshot);
    Wei ceiling = ceiling(policy, gasLimit);
    Wei least = least(snapshot, tip);
    if (least.isGreaterThan(ceiling)) {
      return refused(policy, least, gasLimit);
    }
    Wei cap = covering(snapshot, policy, tip).min(ceiling);
    return new FeeDecision.Priced(new FeeQuote(cap, tipOf(cap, tip), gasLimit, snapshot.block()));
  }

  /**
   * Fees for the replacement of a transaction that is not mined, with its gas limit.
   *
   * <p>Both fields rise by more than the chain's {@code replacementPercent} over the previous ones,
   * so that geth and reth take it, and at least to today's quote, so that it helps. The limits hold
   * for each attempt, because only one of them can be mined.
   *
   * @param previous the attempt that was tried last, accepted or not: a refused number is never
   *     offered twice
   * @param force replace although the fee is not the reason for waiting (speed up)
   */
  public BumpDecision bump(
      FeeSnapshot snapshot, FeePolicy policy, UnsignedTransaction previous, boolean force) {
    Wei tip = tip(snapshot);
    Wei least = least(snapshot, tip);
    boolean stillGood =
        previous.maxFeePerGas().compareTo(least) >= 0
            && previous.maxPriorityFeePerGas().compareTo(tip) >= 0;
    if (stillGood && !force) {
      return new BumpDecision.NotNeeded(
          "cap " + previous.maxFeePerGas() + " and tip still cover the next block: " + least);
    }
    return replacement(snapshot, policy, previous, previous.gasLimit());
  }

  /**
   * Fees for a transfer of nothing to the wallet itself that takes the nonce of {@code previous}:
   * the same rule as {@link #bump}, always, and 21,000 gas.
   */
  public BumpDecision bumpForCancel(
      FeeSnapshot snapshot, FeePolicy policy, UnsignedTransaction previous) {
    return replacement(snapshot, policy, previous, PLAIN_TRANSFER_GAS);
  }

  private BumpDecision replacement(
      FeeSnapshot snapshot, FeePolicy policy, UnsignedTransaction previous, BigInteger gasLimit) {
    Wei tip = tip(snapshot).max(legalMinimum(previous.maxPriorityFeePerGas()));
    Wei legalCap = legalMinimum(previous.maxFeePerGas());
    Wei least = legalCap.max(least(snapshot, tip));
    Wei ceiling = ceiling(policy, gasLimit);
    if (least.isGreaterThan(ceiling)) {
      return new BumpDecision.Exhausted(
          "a replacement needs a cap of "
              + least
              + " for "
              + gasLimit
              + " gas, the limits allow "
              + ceiling);
    }
    Wei cap = legalCap.max(covering(snapshot, policy, tip)).min(ceiling);
    return new BumpDecision.Bump(new FeeQuote(cap, tipOf(cap, tip), gasLimit, snapshot.block()));
  }

  /**
   * The least that geth and reth take together: reth wants strictly more than the rounded-down
   * raise, and its boundary is refused for ever.
   */
  private Wei legalMinimum(Wei old) {
    BigInteger percent = BigInteger.valueOf(100L + profile.fees().replacementPercent());
    return Wei.of(old.value().multiply(percent).divide(HUNDRED).add(BigInteger.ONE));
  }

  private static BigInteger withMargin(BigInteger estimate, boolean contractCall) {
    if (!contractCall && estimate.equals(PLAIN_TRANSFER_GAS)) {
      return estimate;
    }
    BigInteger percent = BigInteger.valueOf(contractCall ? 125 : 120);
    return estimate.multiply(percent).add(HUNDRED).subtract(BigInteger.ONE).divide(HUNDRED);
  }

  /** The suggestion within the profile's limits: neither stuck for ever nor a node's fantasy. */
  private Wei tip(FeeSnapshot snapshot) {
    return snapshot.suggestedTip().max(profile.fees().minTip()).min(profile.fees().maxTip());
  }

  /** Cap below which the next block does not take the transaction with its whole tip. */
  private Wei least(FeeSnapshot snapshot, Wei tip) {
    return isLegacy() ? tip : snapshot.nextBaseFee().plus(tip);
  }

  /** Cap that covers every base fee possible within the policy's latency, and the whole tip. */
  private Wei covering(FeeSnapshot snapshot, FeePolicy policy, Wei tip) {
    Wei next = snapshot.nextBaseFee();
    int blocks = policy.latencyBlocks();
    return switch (profile.fees().model()) {
      case LEGACY -> tip;
      case EIP1559 -> rule.sureBound(next, snapshot.gasLimit(), blocks).plus(tip);
      // One step more: the snapshot has the base fee of the head, not of the block after it.
      case OBSERVED ->
          rule.sureBound(next, snapshot.gasLimit(), blocks + 1)
              .max(next.times(OBSERVED_GUARD))
              .plus(tip);
    };
  }

  /** On legacy chains the price is the cap and the tip in one. */
  private Wei tipOf(Wei cap, Wei tip) {
    return isLegacy() ? cap : tip;
  }

  private boolean isLegacy() {
    return profile.fees().model() == FeeModel.LEGACY;
  }

  private static Wei ceiling(FeePolicy policy, BigInteger gasLimit) {
    Wei affordable = Wei.of(policy.maxFeePerPayment().value().divide(gasLimit));
    return policy.maxFeePerGas().map(affordable::min).orElse(affordable);
  }

  private static FeeDecision refused(FeePolicy policy, Wei least, BigInteger gasLimit) {
    boolean market = policy.maxFeePerGas().map(least::isGreaterThan).orElse(false);
    return market
        ? new FeeDecision.Refused(
            FeeRefusal.CAP_BELOW_MARKET,
            "the next block takes "
                + least
                + " per gas, maxFeePerGas allows "
                + policy.maxFeePerGas().orElseThrow())
        : new FeeDecision.Refused(
            FeeRefusal.BUDGET_PAYMENT,
            gasLimit
                + " gas at "
                + least
                + " cost more than maxFeePerPayment "
                + policy.maxFeePerPayment());
  }
}
