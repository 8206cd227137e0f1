package io.payonce.signing.guard;

import io.payonce.Asset;
import io.payonce.TokenAmount;
import io.payonce.Wei;
import io.payonce.signing.SigningCode;
import io.payonce.signing.SigningOutcome.Refused;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The most that one transaction may move and cost, whatever the rest of the host believes.
 *
 * <p>There are no defaults: a missing cap on money is an error. A token without a cap is not paid.
 *
 * @param maxFeePerPayment in wei, above 0; bounds each attempt of a payment, and cancels and fills
 *     too
 * @param valueCaps one for each asset that may be paid, in its smallest unit; the native coin of
 *     each bound chain is required
 */
public record GuardLimits(Wei maxFeePerPayment, List<TokenAmount> valueCaps) {
  public GuardLimits {
    valueCaps = List.copyOf(valueCaps);
    if (maxFeePerPayment.isZero()) {
      throw new IllegalArgumentException("maxFeePerPayment must be above 0");
    }
    Set<Asset> seen = new HashSet<>();
    for (TokenAmount cap : valueCaps) {
      if (!seen.add(cap.asset())) {
        throw new IllegalArgumentException(
            "valueCap of " + named(cap.asset()) + " is given twice, must be one");
      }
    }
  }

  public static GuardLimits of(Wei maxFeePerPayment, TokenAmount... valueCaps) {
    return new GuardLimits(maxFeePerPayment, List.of(valueCaps));
  }

  /** The cap of one asset, if it may be paid at all. */
  public Optional<BigInteger> valueCap(Asset asset) {
    return valueCaps.stream()
        .filter(cap -> cap.asset().equals(asset))
        .map(TokenAmount::units)
        .findFirst();
  }

  Optional<Refused> check(Content content) {
    // Deliberate: not Wei, whose multiplication throws above 2^256 - 1; this is input.
    BigInteger fee =
        content.transaction().maxFeePerGas().value().multiply(content.transaction().gasLimit());
    if (fee.compareTo(maxFeePerPayment.value()) > 0) {
      return Optional.of(
          new Refused(
              SigningCode.FEE_CAP,
              "fee " + fee + " wei is above maxFeePerPayment " + maxFeePerPayment));
    }
    return content.moves().flatMap(this::checkValue);
  }

  private Optional<Refused> checkValue(TokenAmount amount) {
    Optional<BigInteger> cap = valueCap(amount.asset());
    if (cap.isPresent() && amount.units().compareTo(cap.get()) <= 0) {
      return Optional.empty();
    }
    return Optional.of(
        new Refused(
            SigningCode.VALUE_CAP,
            "amount "
                + amount.units()
                + " of "
                + named(amount.asset())
                + cap.map(units -> " is above valueCap " + units).orElse(" has no valueCap")));
  }

  private static String named(Asset asset) {
    return asset + " on chain " + asset.chain();
  }
}
