package io.payonce.submit;

import io.payonce.LaneId;
import io.payonce.Ticker;
import io.payonce.store.LaneRequest;
import io.payonce.store.Lease;
import io.payonce.store.StoredLane;
import io.payonce.store.TransferStore;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Brings lanes to this instance by asking their owners in the journal: so that no instance has two
 * lanes more than another, and where an operator works on a lane. Nothing here is needed for
 * safety, and nobody waits for it: an owner that does not answer loses its lane when its lease
 * ends.
 *
 * <p>{@link #round} is called by one thread at a time; the rest is thread-safe.
 */
final class LaneBalance {
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** A request that led to nothing is asked again after this long; so long may lanes be uneven. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final TransferStore store;
  private final Lease lease;
  private final List<LaneId> lanes;
  private final Predicate<LaneId> isHere;
  private final Clock clock;
  private final Ticker ticker;
  private final Map<LaneId, CompletableFuture<Void>> wanted = new ConcurrentHashMap<>();
  private volatile boolean closed;

  // Confined to the rounds.
  private final Map<LaneId, Long> asked = new LinkedHashMap<>();
  private OptionalLong unevenSince = OptionalLong.empty();
  private long nextLook;

  /**
   * For one instance.
   *
   * @param lanes that it can work on, in an order that is the same in each run
   * @param isHere whether it works on one just now
   */
  LaneBalance(
      TransferStore store,
      Lease lease,
      List<LaneId> lanes,
      Predicate<LaneId> isHere,
      Clock clock,
      Ticker ticker) {
    this.store = store;
    this.lease = lease;
    this.lanes = List.copyOf(lanes);
    this.isHere = isHere;
    this.clock = clock;
    this.ticker = ticker;
    this.nextLook = ticker.nanos();
  }

  /** Completes when the lane is worked on here, at once unless another instance has it. */
  CompletableFuture<Void> bring(LaneId lane) {
    boolean elsewhere =
        !isHere.test(lane)
            && store
                .lane(lane)
                .flatMap(StoredLane::leaseOwner)
                .filter(owner -> !owner.equals(lease.owner()))
                .isPresent();
    return elsewhere ? want(lane) : CompletableFuture.completedFuture(null);
  }

  private CompletableFuture<Void> want(LaneId lane) {
    CompletableFuture<Void> wish =
        wanted.computeIfAbsent(lane, l -> new CompletableFuture<>()).copy();
    if (closed) {
      failWishes();
    }
    return wish;
  }

  /** Asks for what is wanted here, and for a lane of whoever has too many. */
  void round() {
    for (LaneId lane : lanes) {
      CompletableFuture<Void> wish = wanted.get(lane);
      if (wish != null && isHere.test(lane)) {
        wanted.remove(lane, wish);
        wish.complete(null);
      }
    }
    if (ticker.nanos() - nextLook < 0) {
      return;
    }
    nextLook = ticker.nanos() + PAUSE.toNanos();
    asked
        .entrySet()
        .removeIf(
            entry ->
                isHere.test(entry.getKey())
                    || ticker.nanos() - entry.getValue() > PATIENCE.toNanos());
    for (LaneId lane : lanes) {
      if (wanted.containsKey(lane) && !asked.containsKey(lane)) {
        ask(lane, "an operator works here");
      }
    }
    if (lanes.size() > 1 && asked.isEmpty()) {
      even();
    }
  }

  /** Fails those who wait. */
  void close() {
    closed = true;
    failWishes();
  }

  private void failWishes() {
    wanted
        .values()
        .forEach(
            wish -> wish.completeExceptionally(new IllegalStateException("submitter is closed")));
  }

  private void ask(LaneId lane, String why) {
    asked.put(lane, ticker.nanos());
    long unused =
        store.ask(
            lane,
            LaneRequest.Kind.GIVE_AWAY,
            Optional.empty(),
            lease.owner(),
            why,
            clock.instant());
  }

  /**
   * Not at once: an operator there may have brought the lane just now, and has work to do on it.
   */
  private void even() {
    Optional<LaneId> tooMany = tooManyElsewhere();
    if (tooMany.isEmpty()) {
      unevenSince = OptionalLong.empty();
    } else if (unevenSince.isEmpty()) {
      unevenSince = OptionalLong.of(ticker.nanos());
    } else if (ticker.nanos() - unevenSince.getAsLong() >= PATIENCE.toNanos()) {
      ask(tooMany.get(), "fewer lanes here");
    }
  }

  private Optional<LaneId> tooManyElsewhere() {
    long here = lanes.stream().filter(isHere).count();
    Map<String, LaneId> one = new TreeMap<>();
    Map<String, Long> counts = new TreeMap<>();
    for (StoredLane lane : store.lanes()) {
      if (lane.leaseOwner().isPresent() && lanes.contains(lane.id()) && !isHere.test(lane.id())) {
        one.put(lane.leaseOwner().get(), lane.id());
        counts.merge(lane.leaseOwner().get(), 1L, Long::sum);
      }
    }
    return counts.entrySet().stream()
        .filter(entry -> !entry.getKey().equals(lease.owner()))
        .filter(entry -> entry.getValue() >= here + 2)
        .max(Map.Entry.comparingByValue())
        .map(entry -> one.get(entry.getKey()));
  }
}
