package io.payonce;

/**
 * A name for several hot wallets of one chain, any of which may pay. Which wallets it stands for is
 * configured at the submitter; the name is part of what a key stands for, the wallet that pays is
 * not.
 *
 * @param name 1 to 64 visible ASCII characters, not beginning with {@code 0x}
 */
public record WalletPool(String name) implements Source {
  private static final int MAX_LENGTH = 64;

  public WalletPool {
    if (name.isEmpty() || name.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "pool name has " + name.length() + " characters, must have 1 to " + MAX_LENGTH);
    }
    if (!name.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new IllegalArgumentException("pool name must be visible ASCII");
    }
    if (name.startsWith("0x")) {
      throw new IllegalArgumentException("pool name " + name + " must not begin with 0x");
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
