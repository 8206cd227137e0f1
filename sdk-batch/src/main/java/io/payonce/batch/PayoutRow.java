package io.payonce.batch;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Source;
import io.payonce.TokenAmount;
import io.payonce.Transfer;

/**
 * One payment of a batch, before anyone decided which wallet pays it.
 *
 * @param key the host's name of the row, unique in its batch: 1 to {@value #MAX_KEY_LENGTH} visible
 *     ASCII characters, not beginning with {@value #RESERVED_KEY_PREFIX}. Rows with different keys
 *     are different payments, however alike they are
 * @param to the payee; neither the zero address nor the token's own contract
 * @param amount more than 0, in the asset's smallest unit
 */
public record PayoutRow(String key, Address to, TokenAmount amount) {
  public static final int MAX_KEY_LENGTH = 128;

  /** Keys that begin so are made by {@link Batch} and never by a host. */
  public static final String RESERVED_KEY_PREFIX = "batch/";

  public PayoutRow {
    if (key.isEmpty() || key.length() > MAX_KEY_LENGTH) {
      throw new IllegalArgumentException(
          "key has " + key.length() + " characters, must have 1 to " + MAX_KEY_LENGTH);
    }
    if (!isVisibleAscii(key)) {
      throw new IllegalArgumentException("key must be visible ASCII");
    }
    if (key.startsWith(RESERVED_KEY_PREFIX)) {
      throw new IllegalArgumentException(
          "key '" + key + "' begins with " + RESERVED_KEY_PREFIX + ", which is reserved");
    }
    if (to.isZero()) {
      throw new IllegalArgumentException("to is the zero address");
    }
    if (amount.asset() instanceof Asset.Erc20 token && to.equals(token.contract())) {
      throw new IllegalArgumentException("to " + to + " is the token's own contract");
    }
    if (amount.units().signum() == 0) {
      throw new IllegalArgumentException("amount 0 must be at least 1");
    }
  }

  /**
   * The payment that {@code payer} makes for this row, a wallet or a pool of them.
   *
   * @throws IllegalArgumentException when the payee is the payer itself
   */
  public Transfer paidBy(Source payer) {
    return new Transfer(payer, to, amount, false);
  }

  private static boolean isVisibleAscii(String text) {
    return text.chars().allMatch(c -> c > 0x20 && c < 0x7f);
  }
}
