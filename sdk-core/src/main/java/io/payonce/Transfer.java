package io.payonce;

/**
 * One payment to one payee, as the host asks for it.
 *
 * @param from the hot wallet that pays, or a pool of them
 * @param to the payee; the zero address, the token's own contract and the paying wallet need {@link
 *     #allowUnusualPayee}
 * @param amount more than 0, in the asset's smallest unit
 * @param allowUnusualPayee the explicit opt-in for payees that are nearly always mistakes
 */
public record Transfer(Source from, Address to, TokenAmount amount, boolean allowUnusualPayee) {
  public Transfer {
    if (amount.units().signum() == 0) {
      throw new IllegalArgumentException("amount 0 must be at least 1");
    }
    if (!allowUnusualPayee) {
      refuse(to.isZero(), "to", "the zero address");
      refuse(to.equals(from), "to", "the paying wallet itself");
      refuse(
          amount.asset() instanceof Asset.Erc20 token && to.equals(token.contract()),
          "to",
          "the token's own contract");
    }
  }

  public static From of(TokenAmount amount) {
    return from -> to -> new Transfer(from, to, amount, false);
  }

  public ChainId chain() {
    return amount.asset().chain();
  }

  /** First step of {@link Transfer#of}: names the paying wallet or pool. */
  public interface From {
    To from(Source from);
  }

  /** Second step of {@link Transfer#of}: names the payee. */
  public interface To {
    Transfer to(Address to);
  }

  private static void refuse(boolean unusual, String field, String what) {
    if (unusual) {
      throw new IllegalArgumentException(field + " is " + what + "; allowUnusualPayee is not set");
    }
  }
}
