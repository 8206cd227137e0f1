package io.payonce.routing.web3j;

import io.payonce.rpc.BroadcastEvidence;
import java.io.IOException;

/**
 * It is proven for every endpoint that no byte of the transaction left this process. Sending the
 * same bytes again is always safe.
 */
public final class BroadcastNotSentException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient BroadcastEvidence evidence;

  BroadcastNotSentException(BroadcastEvidence evidence) {
    super("transaction " + evidence.hash() + " was not sent: " + Evidence.words(evidence));
    this.evidence = evidence;
  }

  /** What stood in the way at each endpoint. */
  public BroadcastEvidence evidence() {
    return evidence;
  }
}
