package io.payonce.submit;

import io.payonce.IdempotencyKey;
import io.payonce.nonce.LaneStatus;
import io.payonce.rpc.BroadcastEvidence;

/**
 * Told about progress after it is committed: on the SDK's executor, in order per transfer, at most
 * once per process. Must not block and must not throw. Whoever has to hear of everything uses an
 * {@link io.payonce.event.OutboxRelay}.
 */
public interface SubmissionListener {
  /** A transfer changed its state. */
  default void changed(TransferStatus status) {}

  /** Bytes were sent; this is what the nodes said. */
  default void sent(IdempotencyKey key, BroadcastEvidence evidence) {}

  /**
   * A lane was paused, frozen or resumed, or was loaded again from the journal: then changes may
   * have gone untold, and a host that follows payments by this listener asks for their status.
   */
  default void laneChanged(LaneStatus lane) {}

  /** The journal or the chain gives trouble; the engine goes on trying. */
  default void trouble(String what) {}
}
