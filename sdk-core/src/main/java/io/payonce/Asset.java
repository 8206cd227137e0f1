package io.payonce;

/**
 * What is paid: the chain's native coin or one ERC-20 token (EIP-20). Ordered by chain; of a chain,
 * the coin comes first, then tokens by their contracts.
 */
public sealed interface Asset extends Comparable<Asset> {
  ChainId chain();

  @Override
  default int compareTo(Asset other) {
    int byChain = Long.compare(chain().value(), other.chain().value());
    return byChain != 0 ? byChain : place(this).compareTo(place(other));
  }

  private static String place(Asset asset) {
    return asset instanceof Erc20 token ? token.contract().value() : "";
  }

  /** The native coin of a chain. */
  record Native(ChainId chain) implements Asset {
    @Override
    public String toString() {
      return "native";
    }
  }

  /** A token, identified by its contract alone; symbol and name are not identity. */
  record Erc20(ChainId chain, Address contract) implements Asset {
    public Erc20 {
      if (contract.isZero()) {
        throw new IllegalArgumentException("token contract must not be the zero address");
      }
    }

    @Override
    public String toString() {
      return contract.checksummed();
    }
  }
}
