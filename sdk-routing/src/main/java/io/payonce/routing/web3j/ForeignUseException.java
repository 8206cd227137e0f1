package io.payonce.routing.web3j;

import io.payonce.Address;
import java.io.IOException;

/**
 * A quorum counts more transactions of a wallet than the host has given out nonces: its key is used
 * by somebody else, or the host's bounds are of an old state. Stop paying from this wallet.
 */
public final class ForeignUseException extends IOException {
  private static final long serialVersionUID = 1L;

  ForeignUseException(Address account, long agreed, long next) {
    super(
        "FOREIGN_USE: the chain counts "
            + agreed
            + " transactions of "
            + account
            + ", this host gave out "
            + next);
  }
}
