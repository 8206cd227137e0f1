package io.payonce.examples.cli;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.Erc20Calls;
import io.payonce.TokenAmount;
import io.payonce.rpc.Fact;
import io.payonce.rpc.QuorumResult;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How many decimals each asset has, as the chain says: a wrong value multiplies money, so the
 * quorum has to agree on it.
 */
final class Decimals {
  private static final int COIN = 18;

  private Decimals() {}

  /**
   * Reads them.
   *
   * @param asserted what the person says about tokens; a chain that says otherwise is refused
   */
  static Map<Asset, Integer> read(
      Network network, BlockRef head, List<Asset> assets, Map<Address, Integer> asserted) {
    Map<Asset, Integer> decimals = new LinkedHashMap<>();
    for (Asset asset : assets) {
      decimals.put(
          asset,
          asset instanceof Asset.Erc20 token
              ? ofToken(network, head, token.contract(), asserted)
              : COIN);
    }
    return decimals;
  }

  private static int ofToken(
      Network network, BlockRef head, Address token, Map<Address, Integer> asserted) {
    if (network.agreed(new Fact.Code(token, head)).isEmpty()) {
      throw Refusal.badInput(
          "token "
              + token
              + " has no contract on chain "
              + network.chain()
              + "; check its address");
    }
    Optional<Integer> said = Optional.ofNullable(asserted.get(token));
    Optional<Integer> onChain = onChain(network, head, token);
    if (said.isPresent() && onChain.isPresent() && !said.get().equals(onChain.get())) {
      throw Refusal.badInput(
          "--token says that "
              + token
              + " has "
              + said.get()
              + " decimals, the chain says "
              + onChain.get()
              + "; correct the option");
    }
    return onChain
        .or(() -> said)
        .orElseThrow(
            () ->
                Refusal.badInput(
                    "token "
                        + token
                        + " does not say its decimals; give --token "
                        + token
                        + "=DECIMALS if you know them"));
  }

  /** Empty when the contract, which is there, has no such answer. */
  private static Optional<Integer> onChain(Network network, BlockRef head, Address token) {
    QuorumResult<Bytes> answer =
        network.ask(new Fact.CallResult(token, Erc20Calls.decimals(), head));
    if (!(answer instanceof QuorumResult.Agreed<Bytes> agreed)) {
      network.agreed(new Fact.Balance(token, head)); // throws unless it is the contract's own no
      return Optional.empty();
    }
    return Erc20Calls.integer(agreed.value())
        .filter(value -> value.compareTo(BigInteger.valueOf(TokenAmount.MAX_DECIMALS)) <= 0)
        .map(BigInteger::intValueExact);
  }
}
