package io.payonce.submit.internal;

import io.payonce.IdempotencyKey;
import io.payonce.TransferId;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredTransfer;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Whether a journal may have lost commits, as an old backup has or a replica that was behind when
 * it took over. A person says so, or the journal itself: the nonces and the epoch of a lane only
 * ever rise, and what ended without a nonce stays so. Confined, and lives as long as its process:
 * the memory of a lane may be dropped.
 */
final class LostCommits {
  /** Ends without a nonce that are remembered: what a replica lacks is the work of seconds. */
  private static final int MOST_ENDS = 512;

  /** Until the lane counts as behind the chain for it. */
  private Optional<String> suspicion;

  /** What the journal has shown or confirmed to this process. */
  private long givenOut;

  private long finalNonce;

  /** The last one that anybody worked under, as far as this process saw. */
  private long epoch;

  /** With their keys, as a journal that lost commits gives their numbers to others. */
  private final Map<TransferId, IdempotencyKey> ends = new LinkedHashMap<>();

  /**
   * Nothing was seen yet.
   *
   * @param restored who put an old backup of the journal back, and why, if somebody did
   */
  LostCommits(Optional<String> restored) {
    this.suspicion = restored;
  }

  /** Looks at the lane as it is stored now; whether it shows less than before. */
  boolean sees(StoredLane lane) {
    boolean less = showsLess(lane);
    if (less) {
      suspicion =
          Optional.of(
              "the journal has lost commits: it gave out %s nonces, %s of them final, under epoch %s, now %s, %s, under %s"
                  .formatted(
                      givenOut,
                      finalNonce,
                      epoch,
                      lane.nextNonce(),
                      lane.finalNonce(),
                      lane.epoch()));
    }
    givenOut = lane.nextNonce();
    finalNonce = lane.finalNonce();
    epoch = lane.epoch();
    forgetIfKnown(lane);
    return less;
  }

  /** Whether a lane shows less than was seen of it. */
  boolean showsLess(StoredLane lane) {
    return lane.nextNonce() < givenOut || lane.finalNonce() < finalNonce || lane.epoch() < epoch;
  }

  /** A payment ended without a nonce, by a commit of this process. */
  void ended(StoredTransfer transfer) {
    ends.put(transfer.id(), transfer.key());
    if (ends.size() > MOST_ENDS) {
      ends.remove(ends.keySet().iterator().next());
    }
  }

  /** Whether this process had ended it, and somebody may have been told so. */
  boolean hasEnded(StoredTransfer waiting) {
    return waiting.key().equals(ends.get(waiting.id()));
  }

  /** Looks at what waits for a nonce, as it is stored now. */
  void seesWaiting(Collection<StoredTransfer> waiting) {
    for (StoredTransfer transfer : waiting) {
      if (hasEnded(transfer)) {
        suspicion =
            Optional.of(
                "the journal has lost commits: %s had ended, and waits again"
                    .formatted(transfer.key()));
        ends.remove(transfer.id()); // a person was told; it may end again, or be paid
      }
    }
  }

  /** Why nothing may be given out before a person has looked; empty when that is known already. */
  Optional<String> suspicion(StoredLane lane) {
    forgetIfKnown(lane);
    return suspicion;
  }

  private void forgetIfKnown(StoredLane lane) {
    if (lane.isBehindTheChain()) {
      suspicion = Optional.empty();
    }
  }
}
