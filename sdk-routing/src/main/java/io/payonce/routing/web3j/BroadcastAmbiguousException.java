package io.payonce.routing.web3j;

import io.payonce.rpc.BroadcastEvidence;
import java.io.IOException;

/**
 * The transaction may have reached a node, and no node has been seen to have it. It may still be
 * mined: a payment with another nonce after this exception may be a second one. Send the same bytes
 * again, or ask for the receipt of {@link #evidence()}'s hash.
 */
public final class BroadcastAmbiguousException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient BroadcastEvidence evidence;

  BroadcastAmbiguousException(BroadcastEvidence evidence) {
    super(
        "transaction "
            + evidence.hash()
            + " may have been sent, and may be mined; never pay again under another nonce: "
            + Evidence.words(evidence));
    this.evidence = evidence;
  }

  /** What each endpoint said. */
  public BroadcastEvidence evidence() {
    return evidence;
  }
}
