package io.payonce.submit.internal;

import io.payonce.LaneId;
import io.payonce.store.TransferStore;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Lets the signed bytes of one lane go when their retention is over: a small step at a time, so
 * that payments hardly wait for it, and by the owner alone, so that it waits for nobody. Nothing
 * depends on it: a step that fails or is never made leaves bytes where they are. Confined to the
 * lane's executor.
 */
final class Archiving {
  /** Nonces in one step; while there are more, the next round takes the next. */
  private static final int STEP = 64;

  private static final long LOOK_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final TransferStore store;
  private final LaneId lane;
  private final Duration retention;
  private boolean looked;
  private long lookedAt;

  Archiving(TransferStore store, LaneId lane, Duration retention) {
    this.store = store;
    this.lane = lane;
    this.retention = retention;
  }

  /** Looks once a minute, and archives what is due. */
  void step(long epoch, Moment now) {
    if (looked && now.nanos() - lookedAt < LOOK_NANOS) {
      return;
    }
    looked = true; // also when it fails: a journal in trouble is not asked again at once
    lookedAt = now.nanos();
    int archived = store.archiveBytes(lane, epoch, now.wall().minus(retention), STEP, now.wall());
    looked = archived < STEP;
  }
}
