package io.payonce.submit.internal;

import io.payonce.Asset;
import io.payonce.Transfer;
import io.payonce.Wei;
import io.payonce.fee.FeeDecision;
import io.payonce.fee.FeeQuote;
import io.payonce.fee.FeeSnapshot;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcUnavailableException;
import io.payonce.submit.Estimate;
import io.payonce.submit.internal.LaneEvent.Preparation;
import java.math.BigInteger;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** What a payment of one lane would meet now, by the same checks and quotes that binding uses. */
public final class Estimates {
  private final LaneContext context;
  private final ChainFollower follower;
  private final LaneReads reads;

  public Estimates(LaneContext context, ChainFollower follower, RpcClient rpc) {
    this.context = context;
    this.follower = follower;
    this.reads = new LaneReads(context.lane(), rpc);
  }

  /** Fails with {@link RpcUnavailableException} while no head of the chain is agreed on. */
  public CompletableFuture<Estimate> of(Transfer transfer) {
    Optional<ChainHead> head = follower.head();
    if (head.isEmpty()) {
      return CompletableFuture.failedFuture(
          new RpcUnavailableException(follower.trouble().orElse("no head is agreed on yet")));
    }
    return reads
        .preparation(PaymentCall.of(transfer))
        .thenApply(preparation -> estimate(transfer, head.get().fees(), preparation));
  }

  private Estimate estimate(Transfer transfer, FeeSnapshot market, Preparation preparation) {
    if (preparation instanceof Preparation.Refused refused) {
      return Estimate.held(refused.code(), refused.reason());
    }
    BigInteger gas = ((Preparation.Gas) preparation).estimate();
    boolean call = transfer.amount().asset() instanceof Asset.Erc20;
    FeeDecision decision = context.fees().quote(market, context.policy(), gas, call);
    if (decision instanceof FeeDecision.Refused refused) {
      return Estimate.held(refused.code().name(), refused.detail());
    }
    FeeQuote quote = ((FeeDecision.Priced) decision).quote();
    Wei perGas = market.nextBaseFee().plus(quote.maxPriorityFeePerGas()).min(quote.maxFeePerGas());
    return new Estimate(perGas.times(gas), quote.worst(), Optional.empty());
  }
}
