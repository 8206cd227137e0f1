package io.payonce.submit.internal;

import io.payonce.LaneId;
import io.payonce.store.StoreUnavailableException;
import io.payonce.submit.internal.LaneReads.Counts;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a wallet becomes a lane of the journal, where {@link Registration} says. Any instance may do
 * it; the first one decides. Confined to the lane's serial executor.
 */
final class LaneRegistration {
  private static final Logger log = LoggerFactory.getLogger(LaneRegistration.class);

  private final LaneId lane;
  private final LaneRunner.Surroundings with;
  private final LaneReads reads;
  private final Serial serial;
  private boolean done;
  private boolean asking;
  private final Registration registration = new Registration();

  LaneRegistration(LaneId lane, LaneRunner.Surroundings with, LaneReads reads, Serial serial) {
    this.lane = lane;
    this.with = with;
    this.reads = reads;
    this.serial = serial;
  }

  /** Whether the journal knows the lane. */
  boolean isDone() {
    return done;
  }

  /** Looks into the journal and at the chain; the follower comes again until it is done. */
  void attempt(ChainHead head, Runnable whenDone) {
    if (done || asking) {
      return;
    }
    try {
      if (with.store().lane(lane).isPresent()) {
        done = true;
        whenDone.run();
        return;
      }
    } catch (StoreUnavailableException unavailable) {
      with.listener().trouble(lane, String.valueOf(unavailable.getMessage()));
      return;
    }
    CompletableFuture<Counts> reading = reads.counts(head);
    asking = true;
    Futures.end(
        reading.handle(
            (counts, failure) -> {
              serial.execute(() -> counted(head, counts, failure, whenDone));
              return counts;
            }));
  }

  private void counted(
      ChainHead head, @Nullable Counts counts, @Nullable Throwable failure, Runnable whenDone) {
    asking = false;
    if (counts == null) {
      log.debug("lane {}: not registered: {}", lane, Futures.reason(failure));
      return;
    }
    Optional<Registration.Start> start = registration.start(counts, head.block().ref().number());
    registration.news().forEach(what -> with.listener().trouble(lane, what));
    if (start.isEmpty()) {
      return;
    }
    try {
      with.store()
          .registerLane(
              lane, start.get().firstNonce(), start.get().nextNonce(), with.clock().instant());
      attempt(head, whenDone);
    } catch (StoreUnavailableException unavailable) {
      with.listener().trouble(lane, String.valueOf(unavailable.getMessage()));
    }
  }
}
