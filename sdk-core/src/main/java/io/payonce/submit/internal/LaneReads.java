package io.payonce.submit.internal;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.LaneId;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.RpcClient;
import io.payonce.submit.internal.LaneEvent.Preparation;
import java.math.BigInteger;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** What a lane asks the chain: critical reads, composed. Futures fail when there is no quorum. */
final class LaneReads {
  private static final BigInteger PLAIN_TRANSFER_GAS = BigInteger.valueOf(21_000);
  static final String PRECHECK_REFUSED = "PRECHECK_REFUSED";

  private final LaneId lane;
  private final RpcClient rpc;

  LaneReads(LaneId lane, RpcClient rpc) {
    this.lane = lane;
    this.rpc = rpc;
  }

  /**
   * Transactions of the wallet.
   *
   * @param atFinal up to the final block
   * @param included up to the head
   * @param pending what operators claim, pools included
   */
  record Counts(long atFinal, long included, Fact.Claims pending) {}

  CompletableFuture<Counts> counts(ChainHead head) {
    CompletableFuture<Long> included = agreed(new Fact.Nonce(lane.address(), head.block().ref()));
    CompletableFuture<Fact.Claims> pending = agreed(new Fact.PendingClaims(lane.address()));
    return agreed(new Fact.Nonce(lane.address(), head.finalBlock()))
        .thenCompose(
            atFinal ->
                included.thenCombine(
                    pending, (count, claims) -> new Counts(atFinal, count, claims)));
  }

  CompletableFuture<Observation> observation(ChainHead head, Set<Asset> assets) {
    List<Address> tokens = assets.stream().map(asset -> ((Asset.Erc20) asset).contract()).toList();
    CompletableFuture<Fact.AccountState> account =
        agreed(new Fact.AccountAt(lane.address(), tokens, head.block().ref()));
    CompletableFuture<Long> countAtFinal =
        agreed(new Fact.Nonce(lane.address(), head.finalBlock()));
    CompletableFuture<Optional<Fact.Claims>> pending =
        rpc.criticalRead(new Fact.PendingClaims(lane.address()), CallOptions.DEFAULT)
            .thenApply(
                claims ->
                    claims instanceof QuorumResult.Agreed<Fact.Claims> agreed
                        ? Optional.of(agreed.value())
                        : Optional.empty());
    return account
        .thenCombine(countAtFinal, (state, atFinal) -> observation(head, assets, state, atFinal))
        .thenCombine(pending, Observation::withClaims);
  }

  private Observation observation(
      ChainHead head, Set<Asset> assets, Fact.AccountState state, long countAtFinal) {
    Map<Asset, BigInteger> balances = new HashMap<>();
    Set<Asset> unreadable = new HashSet<>();
    balances.put(new Asset.Native(lane.chain()), state.balance().value());
    for (Asset asset : assets) {
      BigInteger units = state.tokens().get(((Asset.Erc20) asset).contract());
      if (units == null) {
        unreadable.add(asset);
      } else {
        balances.put(asset, units);
      }
    }
    return new Observation(
        head.block().ref(),
        head.finalBlock(),
        state.nonce(),
        countAtFinal,
        !state.code().isEmpty(),
        Optional.empty(),
        balances,
        unreadable,
        head.fees());
  }

  /** Whether a transfer would go through now, and for how much gas. Never fails. */
  CompletableFuture<Preparation> preparation(PaymentCall asked) {
    return answer(estimate(asked)).thenApply(LaneReads::preparation);
  }

  /**
   * The same for many, one result each, in one question as long as all of them would go through. A
   * call that is refused is found by halves, so that it costs its neighbours little. Never fails.
   */
  CompletableFuture<List<Preparation>> preparations(List<PaymentCall> asked) {
    if (asked.size() == 1) {
      return preparation(asked.get(0)).thenApply(List::of);
    }
    Fact.GasEstimates all = new Fact.GasEstimates(asked.stream().map(this::estimate).toList());
    return answer(all)
        .thenCompose(
            result -> {
              if (result instanceof QuorumResult.Agreed<List<BigInteger>> agreed) {
                return CompletableFuture.completedFuture(
                    agreed.value().stream().map(LaneReads::gas).toList());
              }
              Preparation none = refused((QuorumResult.Unavailable<List<BigInteger>>) result);
              return ((Preparation.Refused) none).code().equals(PRECHECK_REFUSED)
                  ? halves(asked)
                  : CompletableFuture.completedFuture(Collections.nCopies(asked.size(), none));
            });
  }

  private CompletableFuture<List<Preparation>> halves(List<PaymentCall> asked) {
    int half = asked.size() / 2;
    return preparations(asked.subList(0, half))
        .thenCombine(
            preparations(asked.subList(half, asked.size())),
            (first, second) -> Stream.concat(first.stream(), second.stream()).toList());
  }

  /** A client that fails has not answered: the transfer would wait for ever for its check. */
  private <T> CompletableFuture<QuorumResult<T>> answer(Fact<T> fact) {
    return rpc.criticalRead(fact, CallOptions.DEFAULT)
        .exceptionally(
            failure -> new QuorumResult.Unavailable<>(0, 0, false, Futures.reason(failure)));
  }

  private Fact.GasEstimate estimate(PaymentCall asked) {
    return new Fact.GasEstimate(lane.address(), asked.to(), asked.value(), asked.data());
  }

  private static Preparation preparation(QuorumResult<BigInteger> estimate) {
    return estimate instanceof QuorumResult.Agreed<BigInteger> agreed
        ? gas(agreed.value())
        : refused((QuorumResult.Unavailable<BigInteger>) estimate);
  }

  private static Preparation gas(BigInteger estimate) {
    return new Preparation.Gas(estimate.max(PLAIN_TRANSFER_GAS));
  }

  private static Preparation refused(QuorumResult.Unavailable<?> none) {
    boolean refused = none.reason().contains(Fact.GasEstimate.REFUSED);
    return new Preparation.Refused(refused ? PRECHECK_REFUSED : "NETWORK_DEGRADED", none.reason());
  }

  private <T> CompletableFuture<T> agreed(Fact<T> fact) {
    return Futures.agreed(rpc.criticalRead(fact, CallOptions.DEFAULT));
  }
}
