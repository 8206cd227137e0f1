package io.payonce.submit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.Asset;
import io.payonce.LaneId;
import io.payonce.Ticker;
import io.payonce.store.Intake;
import io.payonce.store.OpenCount;
import io.payonce.store.TransferStore;
import io.payonce.submit.RateLimit.Per;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How many payments have not ended, in all and per tenant, wallet or asset: counted in the journal
 * once a minute, and by what this instance accepted since. So a limit holds on one instance, and
 * may be passed by what several accept in a minute: it guards the disk, not money. While payments
 * are refused it is counted each second, so that what ends makes room at once. Thread-safe.
 */
final class Backlog {
  private static final Duration COUNT_EVERY = Duration.ofMinutes(1);
  private static final Duration COUNT_WHEN_FULL_EVERY = Duration.ofSeconds(1);

  /** Counting takes no more than a twentieth of the time, however many payments are open. */
  private static final int PAUSES_PER_COUNT = 19;

  /** The group of all payments. */
  private static final String ALL = "";

  private final TransferStore store;
  private final Ticker ticker;
  private final long max;
  private final EnumMap<Per, Long> maxPer;

  /** By the name of the group, as all maps here; never iterated. */
  @GuardedBy("this")
  private Map<String, Long> counted = new HashMap<>();

  /** What was taken in since the count began that {@link #counted} is from. */
  @GuardedBy("this")
  private Map<String, Long> since = new HashMap<>();

  /** And since one began that is not done. */
  @GuardedBy("this")
  private Map<String, Long> sinceNext = new HashMap<>();

  @GuardedBy("this")
  private boolean refused;

  @GuardedBy("this")
  private long countedAt;

  @GuardedBy("this")
  private long countTook;

  Backlog(TransferStore store, Ticker ticker, long max, Map<Per, Long> maxPer) {
    this.store = store;
    this.ticker = ticker;
    this.max = max;
    this.maxPer = new EnumMap<>(Per.class);
    this.maxPer.putAll(maxPer);
    this.countedAt = ticker.nanos() - COUNT_EVERY.toNanos();
  }

  /** Counts the payment in, or refuses it when a limit is reached that it falls under. */
  synchronized Optional<SubmitResult> take(Intake intake) {
    List<String> groups = groups(intake);
    if (open(ALL) >= max) {
      return Optional.of(refusal(max, "payments"));
    }
    int next = 1;
    for (Map.Entry<Per, Long> limit : maxPer.entrySet()) {
      String group = groups.get(next++);
      if (open(group) >= limit.getValue()) {
        return Optional.of(refusal(limit.getValue(), "payments of " + group));
      }
    }
    add(intake);
    return Optional.empty();
  }

  /** Counts a payment in that no limit applies to: its key is known. */
  synchronized void add(Intake intake) {
    groups(intake).forEach(group -> sinceNext.merge(group, 1L, Long::sum));
  }

  /** It was not accepted after all. */
  synchronized void giveBack(Intake intake) {
    groups(intake).forEach(group -> sinceNext.merge(group, -1L, Long::sum));
  }

  @GuardedBy("this")
  private long open(String group) {
    return counted.getOrDefault(group, 0L)
        + since.getOrDefault(group, 0L)
        + sinceNext.getOrDefault(group, 0L);
  }

  @GuardedBy("this")
  private SubmitResult refusal(long limit, String what) {
    refused = true;
    return new SubmitResult.NotAccepted(
        "BACKLOG_FULL",
        "maxBacklog " + limit + " " + what + " have not ended yet",
        Duration.ofNanos(Math.max(1, nextCount() - ticker.nanos())));
  }

  @GuardedBy("this")
  private long nextCount() {
    Duration pause = refused ? COUNT_WHEN_FULL_EVERY : COUNT_EVERY;
    return countedAt + Math.max(pause.toNanos(), PAUSES_PER_COUNT * countTook);
  }

  /** Called by one thread at a time. */
  void round() {
    long begin = ticker.nanos();
    synchronized (this) {
      if (begin - nextCount() < 0) {
        return;
      }
      sinceNext.forEach((group, payments) -> since.merge(group, payments, Long::sum));
      sinceNext = new HashMap<>();
      refused = false;
    }
    Map<String, Long> open = new HashMap<>();
    for (OpenCount count : store.openCounts()) {
      for (String group : groups(count.tenant(), count.lane(), count.asset())) {
        open.merge(group, count.transfers(), Long::sum);
      }
    }
    synchronized (this) {
      counted = open;
      since = new HashMap<>();
      countedAt = ticker.nanos();
      countTook = countedAt - begin;
    }
  }

  private List<String> groups(Intake intake) {
    return groups(
        intake.submission().key().tenant(),
        intake.lane(),
        intake.submission().transfer().amount().asset());
  }

  /** All payments, then one group for each kind of limit. */
  private List<String> groups(String tenant, LaneId lane, Asset asset) {
    List<String> groups = new ArrayList<>();
    groups.add(ALL);
    maxPer.keySet().forEach(per -> groups.add(per.group(tenant, lane, asset)));
    return groups;
  }
}
