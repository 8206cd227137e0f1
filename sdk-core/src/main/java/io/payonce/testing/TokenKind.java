package io.payonce.testing;

/** How an ERC-20 contract of a {@link SimulatedChain} behaves. */
public enum TokenKind {
  /** As EIP-20 says: returns true and writes a Transfer log. */
  PLAIN,
  /** Transfers and logs, but returns no value. */
  NO_RETURN_VALUE,
  /** Every transfer reverts. */
  PAUSED,
  /** A transfer from or to a blacklisted account reverts. */
  BLACKLIST,
  /** The payee gets 1 % less than was sent; two Transfer logs say so. */
  FEE_TAKING,
  /** Status 1, returns true, writes no log and moves nothing. */
  LYING_SUCCESS
}
