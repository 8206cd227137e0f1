package io.payonce.nonce;

import io.payonce.TransactionHash;
import java.util.List;

/**
 * A lane compared with the chain.
 *
 * @param nextNonce by the journal
 * @param countAtHead transactions of the wallet on the chain
 * @param pendingClaim transactions that a quorum of nodes knows of, pools included
 * @param unknown transactions above the journal's nonces, oldest first
 */
public record LaneAudit(
    long nextNonce, long countAtHead, long pendingClaim, List<TransactionHash> unknown) {
  public LaneAudit {
    unknown = List.copyOf(unknown);
  }

  /** The journal knows of everything that the chain and the pools know. */
  public boolean isClean() {
    return countAtHead <= nextNonce && pendingClaim <= nextNonce;
  }
}
