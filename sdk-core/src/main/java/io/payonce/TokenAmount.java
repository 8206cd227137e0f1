package io.payonce;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * An exact amount of one asset in its smallest unit.
 *
 * @param units 0 to 2^256 - 1
 */
public record TokenAmount(Asset asset, BigInteger units) {
  /** No token in use has more; a larger claim is a wrong read. */
  public static final int MAX_DECIMALS = 77;

  public TokenAmount {
    if (units.signum() < 0 || units.bitLength() > 256) {
      throw new IllegalArgumentException("amount " + units + " must be 0 to 2^256 - 1");
    }
  }

  public static TokenAmount of(Asset asset, BigInteger units) {
    return new TokenAmount(asset, units);
  }

  public static TokenAmount of(Asset asset, long units) {
    return new TokenAmount(asset, BigInteger.valueOf(units));
  }

  public static TokenAmount ofWei(ChainId chain, Wei wei) {
    return new TokenAmount(new Asset.Native(chain), wei.value());
  }

  /** Parses whole units ("12.5"); a digit that does not fit {@code decimals} throws. */
  public static TokenAmount parse(Asset asset, String wholeUnits, int decimals) {
    checkDecimals(decimals);
    return new TokenAmount(asset, Decimals.parse("amount", wholeUnits, decimals));
  }

  /** Whole units for people, exact. */
  public String toWholeUnits(int decimals) {
    checkDecimals(decimals);
    return new BigDecimal(units, decimals).stripTrailingZeros().toPlainString();
  }

  private static void checkDecimals(int decimals) {
    if (decimals < 0 || decimals > MAX_DECIMALS) {
      throw new IllegalArgumentException("decimals " + decimals + " must be 0 to " + MAX_DECIMALS);
    }
  }
}
