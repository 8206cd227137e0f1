package io.payonce.submit.internal;

import io.payonce.LaneId;
import io.payonce.Ticker;
import io.payonce.store.LaneOffer;
import io.payonce.store.Lease;
import io.payonce.store.StoredLane;
import io.payonce.store.TransferStore;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/**
 * This instance's claim to work on one lane. It makes several instances quick, never safe: what
 * shuts a former owner out is the epoch of each commit, whatever clocks, pauses and leases do.
 *
 * <p>Renewed after 3/10 of its length. After 2/3 without renewal nothing new is signed, measured on
 * the monotonic clock from before the journal was asked. Thread-safe; nothing is held while the
 * journal is asked.
 */
final class LaneLease {
  private final TransferStore store;
  private final LaneId lane;
  private final Lease lease;
  private final Clock clock;
  private final Ticker ticker;
  private volatile Optional<Held> held = Optional.empty();

  private record Held(long epoch, long renewedAt) {}

  LaneLease(TransferStore store, LaneId lane, Lease lease, Clock clock, Ticker ticker) {
    this.store = store;
    this.lane = lane;
    this.lease = lease;
    this.clock = clock;
    this.ticker = ticker;
  }

  /** Takes the lane under a new epoch; empty while another instance has it. */
  Optional<StoredLane> take() {
    long asked = ticker.nanos();
    Optional<StoredLane> taken = store.takeLane(lane, lease, clock.instant());
    held = taken.map(mine -> new Held(mine.epoch(), asked));
    return taken;
  }

  /** What came of a look at the lease. */
  enum Renewal {
    NOT_DUE,
    RENEWED,
    /** The lane is somebody else's. */
    LOST
  }

  /** Renews it when that is due. */
  Renewal renew(Optional<LaneOffer> offer) {
    Optional<Held> mine = held;
    if (mine.isEmpty() || age(mine.get()).compareTo(part(3, 10)) < 0) {
      return Renewal.NOT_DUE;
    }
    long asked = ticker.nanos();
    boolean renewed = store.renewLane(lane, mine.get().epoch(), lease, offer);
    held = renewed ? Optional.of(new Held(mine.get().epoch(), asked)) : Optional.empty();
    return renewed ? Renewal.RENEWED : Renewal.LOST;
  }

  /** Whether something new may be signed. */
  boolean allowsSigning() {
    return held.filter(mine -> age(mine).compareTo(part(2, 3)) < 0).isPresent();
  }

  /** Gives it back, so that nobody has to wait for its end. */
  void release() {
    Optional<Held> mine = held;
    held = Optional.empty();
    mine.ifPresent(given -> store.releaseLane(lane, given.epoch()));
  }

  private Duration age(Held mine) {
    return Duration.ofNanos(ticker.nanos() - mine.renewedAt());
  }

  private Duration part(int of, int all) {
    return lease.duration().multipliedBy(of).dividedBy(all);
  }
}
