package io.payonce;

/** One hot wallet on one chain: everything that shares a nonce sequence. */
public record LaneId(ChainId chain, Address address) {
  @Override
  public String toString() {
    return chain + "/" + address.value();
  }
}
