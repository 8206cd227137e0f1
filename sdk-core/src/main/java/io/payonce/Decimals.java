package io.payonce;

import java.math.BigDecimal;
import java.math.BigInteger;

/** Decimal text to smallest units without rounding. */
final class Decimals {
  private static final int MAX_LENGTH = 100;

  private Decimals() {}

  /** ASCII digits with at most one point and digits on both of its sides; no sign, no exponent. */
  static BigInteger parse(String field, String text, int decimals) {
    if (text.length() > MAX_LENGTH || !text.matches("[0-9]+(\\.[0-9]+)?")) {
      throw new IllegalArgumentException(
          field + " '" + text + "' must be digits with at most one point inside, like 12.5");
    }
    BigDecimal value = new BigDecimal(text);
    if (value.stripTrailingZeros().scale() > decimals) {
      throw new IllegalArgumentException(
          field + " '" + text + "' has more than " + decimals + " fraction digits");
    }
    return value.movePointRight(decimals).toBigIntegerExact();
  }
}
