package io.payonce.examples.cli;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.BlockRef;
import io.payonce.Wei;
import io.payonce.rpc.Fact;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Looks before anything is accepted whether the wallets can pay at all, together. */
final class Funds {
  private static final long CHEAPEST_GAS = 21_000;

  private Funds() {}

  /**
   * What is missing for the payments that have no nonce yet, each line naming asset, has and needs.
   * Of fees only one is counted, at the base fee of now: more cannot be known before.
   */
  static List<String> shortages(
      Network network, BlockRef head, List<Address> wallets, PayoutPlan plan) {
    Map<Asset, BigInteger> totals = plan.unboundTotals();
    if (totals.isEmpty()) {
      return List.of();
    }
    List<Address> tokens = new ArrayList<>();
    totals.keySet().stream()
        .filter(Asset.Erc20.class::isInstance)
        .forEach(asset -> tokens.add(((Asset.Erc20) asset).contract()));
    List<Fact.AccountState> accounts =
        wallets.stream()
            .map(wallet -> network.agreed(new Fact.AccountAt(wallet, tokens, head)))
            .toList();
    Wei has = accounts.stream().map(Fact.AccountState::balance).reduce(Wei.ZERO, Wei::plus);
    String who = wallets.size() == 1 ? "the wallet has " : "the wallets have ";
    Wei gasPrice =
        network.agreed(new Fact.BlockAt(head.number())).baseFee().orElse(Wei.ONE).max(Wei.ONE);
    Asset coin = new Asset.Native(network.chain());
    BigInteger coins =
        totals.getOrDefault(coin, BigInteger.ZERO).add(gasPrice.times(CHEAPEST_GAS).value());
    List<String> shortages = new ArrayList<>();
    if (has.value().compareTo(coins) < 0) {
      shortages.add(
          "native: "
              + who
              + has.toCoins()
              + ", needs "
              + Wei.of(coins).toCoins()
              + " with one fee at least");
    }
    for (Address token : tokens) {
      Asset asset = new Asset.Erc20(network.chain(), token);
      BigInteger needed = totals.getOrDefault(asset, BigInteger.ZERO);
      BigInteger there =
          accounts.stream()
              .map(account -> account.tokens().getOrDefault(token, BigInteger.ZERO))
              .reduce(BigInteger.ZERO, BigInteger::add);
      if (there.compareTo(needed) < 0) {
        shortages.add(
            asset
                + ": "
                + who
                + plan.wholeUnits(asset, there)
                + ", needs "
                + plan.wholeUnits(asset, needed));
      }
    }
    return shortages;
  }
}
