package io.payonce;

/** What is paid: the chain's native coin or one ERC-20 token (EIP-20). */
public sealed interface Asset {
  ChainId chain();

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
