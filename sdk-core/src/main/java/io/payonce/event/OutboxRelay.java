package io.payonce.event;

import io.payonce.Ticker;
import io.payonce.TransferId;
import io.payonce.store.Lease;
import io.payonce.store.Outbox;
import io.payonce.store.OutboxEvent;
import io.payonce.store.SinkBacklog;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferStore;
import io.payonce.submit.TransferStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the transitions of payments from the outbox of a journal to a sink.
 *
 * <p>An event that was not taken comes again after 1 s, doubling to 5 min, while other payments go
 * on; what follows in its payment waits. When the events of 1,000 payments are not taken the sink
 * is the cause: nothing is sent for a minute, and then all is tried anew, the oldest first. Each
 * instance of a host runs a relay of its own: the one that holds the lease of the sink works.
 *
 * <p>Thread-safe. The journal is asked on the threads of the scheduler.
 */
public final class OutboxRelay implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(OutboxRelay.class);
  private static final Duration LEASE = Duration.ofSeconds(10);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
  private static final int MOST_FAILING = 1_000;
  private static final Duration PAUSE_OF_ALL = Duration.ofMinutes(1);
  private static final int PAGE = 256;

  private final TransferStore journal;
  private final Outbox outbox;
  private final String sink;
  private final EventSink target;
  private final Lease lease;
  private final RelaySettings settings;
  private final Ticker ticker;
  private final ScheduledExecutorService scheduler;
  private final boolean ownsScheduler;
  private final Consumer<String> trouble;

  private final Queue<Outcome> outcomes = new ConcurrentLinkedQueue<>();
  private final AtomicInteger turns = new AtomicInteger();
  private volatile boolean closed;

  // What follows is touched in turns only, of which one runs at a time.
  private final Set<TransferId> inFlight = new HashSet<>(); // never iterated
  private final Map<TransferId, Failing> failing = new HashMap<>(); // never iterated
  private final List<OutboxEvent> taken = new ArrayList<>();
  private boolean leased;
  private long leaseAgainAt;
  private long pausedUntil;
  private @Nullable ScheduledFuture<?> nextPoll;

  /** What became of a delivery. */
  private record Outcome(OutboxEvent event, @Nullable Throwable failure) {}

  /** A payment whose event was not taken. */
  private record Failing(int tries, long againAt) {}

  private OutboxRelay(Builder builder) {
    this.journal = builder.journal;
    this.outbox = journal.outbox();
    this.sink = builder.sink;
    this.target = builder.target;
    this.lease = new Lease(builder.instance.orElseGet(() -> Lease.randomOwner("relay")), LEASE);
    this.settings = builder.settings;
    this.ticker = builder.ticker;
    this.ownsScheduler = builder.scheduler.isEmpty();
    this.scheduler = builder.scheduler.orElseGet(() -> ownScheduler(builder.sink));
    this.trouble = builder.trouble;
    this.leaseAgainAt = ticker.nanos();
    this.pausedUntil = ticker.nanos();
  }

  /**
   * A relay from this journal to this sink.
   *
   * @param sink as the journal knows it; added when the relay starts, and from then on every
   *     transition is kept until it was taken: remove it from the outbox when it is given up
   */
  public static Builder builder(TransferStore journal, String sink, EventSink target) {
    return new Builder(journal, sink, target);
  }

  /** Optional parts of a relay. Not thread-safe. */
  public static final class Builder {
    private final TransferStore journal;
    private final String sink;
    private final EventSink target;
    private Optional<String> instance = Optional.empty();
    private RelaySettings settings = RelaySettings.defaults();
    private Ticker ticker = Ticker.system();
    private Optional<ScheduledExecutorService> scheduler = Optional.empty();
    private Consumer<String> trouble = log::warn;

    private Builder(TransferStore journal, String sink, EventSink target) {
      this.journal = Objects.requireNonNull(journal, "journal");
      this.sink = SinkBacklog.checkName(sink);
      this.target = Objects.requireNonNull(target, "target");
    }

    /** Names this instance, as in {@link Lease}; a random name by default. */
    public Builder instance(String name) {
      this.instance = Optional.of(name);
      return this;
    }

    public Builder settings(RelaySettings settings) {
      this.settings = settings;
      return this;
    }

    public Builder ticker(Ticker ticker) {
      this.ticker = ticker;
      return this;
    }

    /** Where it works; it stays the host's. By default one daemon thread of its own. */
    public Builder scheduler(ScheduledExecutorService scheduler) {
      this.scheduler = Optional.of(scheduler);
      return this;
    }

    /**
     * Told of events that are not taken, at the first try and whenever their number of tries
     * doubled, and of a journal that does not answer. By default the log is.
     */
    public Builder trouble(Consumer<String> trouble) {
      this.trouble = trouble;
      return this;
    }

    /**
     * Adds the sink to the journal and begins to deliver.
     *
     * @throws StoreUnavailableException when the journal does not answer; start it again then
     */
    public OutboxRelay start() {
      journal.outbox().addSink(sink);
      OutboxRelay relay = new OutboxRelay(this);
      relay.wake();
      return relay;
    }
  }

  /** Looks at the journal now, where a host knows that something happened. */
  public void wake() {
    if (turns.getAndIncrement() == 0) {
      try {
        scheduler.execute(this::takeTurns);
      } catch (RejectedExecutionException shutDown) {
        log.debug("relay of {} has no thread any more", sink);
        if (!turns.compareAndSet(1, 0)) { // a close meanwhile relied on this turn
          takeTurns();
        }
      }
    }
  }

  /**
   * Begins no further delivery and gives the lease back; what is on its way may come once more.
   * Idempotent.
   */
  @Override
  public void close() {
    closed = true;
    if (turns.getAndIncrement() == 0) { // else the turn that runs does it
      takeTurns();
    }
  }

  private void takeTurns() {
    int seen;
    do {
      seen = turns.get();
      turn();
    } while (!turns.compareAndSet(seen, 0));
  }

  private void turn() {
    try {
      settleOutcomes();
      if (closed) {
        leave();
      } else if (isLeased() && isPast(pausedUntil)) {
        deliver();
      }
    } catch (Throwable e) { // an Error too: the turn after this one has to come
      report("outbox of " + sink + ": " + e);
    } finally {
      poll();
    }
  }

  private void poll() {
    if (nextPoll != null) {
      nextPoll.cancel(false);
    }
    if (!closed) {
      try {
        nextPoll =
            scheduler.schedule(this::wake, settings.pollInterval().toNanos(), TimeUnit.NANOSECONDS);
      } catch (RejectedExecutionException shutDown) {
        log.debug("relay of {} has no thread any more", sink);
      }
    } else if (ownsScheduler) {
      scheduler.shutdown();
    }
  }

  private void leave() {
    if (leased) {
      leased = false;
      outbox.releaseSink(sink, lease.owner());
    }
  }

  /** What was taken leaves the journal; until that is written its payment sends nothing more. */
  private void settleOutcomes() {
    for (Outcome outcome = outcomes.poll(); outcome != null; outcome = outcomes.poll()) {
      if (outcome.failure() == null) {
        taken.add(outcome.event());
      } else {
        fail(outcome.event(), outcome.failure());
      }
    }
    if (!taken.isEmpty()) {
      outbox.delivered(sink, taken);
      for (OutboxEvent event : taken) {
        inFlight.remove(event.transfer());
        failing.remove(event.transfer());
      }
      taken.clear();
    }
  }

  private void fail(OutboxEvent event, Throwable failure) {
    Failing before = failing.get(event.transfer());
    int tries = before == null ? 1 : before.tries() + 1;
    long pause =
        Math.min(
            LONGEST_PAUSE.toNanos(),
            FIRST_PAUSE.toNanos() << Math.min(tries - 1, Integer.SIZE / 2));
    failing.put(event.transfer(), new Failing(tries, ticker.nanos() + pause));
    inFlight.remove(event.transfer());
    if (failing.size() >= MOST_FAILING) {
      failing.clear();
      pausedUntil = ticker.nanos() + PAUSE_OF_ALL.toNanos();
      report("sink " + sink + " takes nothing: all of it waits for " + PAUSE_OF_ALL);
    } else if (Integer.bitCount(tries) == 1) {
      report(
          "sink %s has not taken event %s of transfer %s, tried %s times: %s"
              .formatted(sink, event.id(), event.transfer(), tries, failure));
    }
  }

  /** Whoever has not got it asks as seldom as whoever has. */
  private boolean isLeased() {
    if (isPast(leaseAgainAt)) {
      long asked = ticker.nanos();
      leased = outbox.leaseSink(sink, lease);
      leaseAgainAt = asked + LEASE.toNanos() / 3;
    }
    return leased;
  }

  /** From the oldest on; what is in flight or failing is few enough to pass over. */
  private void deliver() {
    List<OutboxEvent> heads;
    long after = 0;
    do {
      heads = outbox.heads(sink, after, PAGE);
      for (OutboxEvent head : heads) {
        if (inFlight.size() >= settings.maxInFlight()) {
          return;
        }
        if (isDue(head)) {
          deliver(head);
        }
        after = head.number();
      }
    } while (heads.size() == PAGE);
  }

  private boolean isDue(OutboxEvent head) {
    Failing before = failing.get(head.transfer());
    return !inFlight.contains(head.transfer()) && (before == null || isPast(before.againAt()));
  }

  private boolean isPast(long nanos) {
    return ticker.nanos() - nanos >= 0;
  }

  private void report(String what) {
    try {
      trouble.accept(what);
    } catch (Throwable e) {
      log.warn("told of trouble, the host threw; it was: {}", what, e);
    }
  }

  private void deliver(OutboxEvent head) {
    PaymentEvent event;
    try {
      event = event(head);
    } catch (StoreUnavailableException e) {
      throw e;
    } catch (RuntimeException e) { // rows that cannot be read hold up their own payment alone
      fail(head, e);
      return;
    }
    inFlight.add(head.transfer());
    CompletableFuture<Void> delivery = hand(event).copy(); // a time-out ends the copy alone
    ScheduledFuture<?> limit =
        scheduler.schedule(
            () -> delivery.completeExceptionally(new TimeoutException(late())),
            settings.deliveryTimeout().toNanos(),
            TimeUnit.NANOSECONDS);
    CompletableFuture<Void> unused =
        delivery.whenComplete(
            (done, failure) -> {
              limit.cancel(false);
              outcomes.add(new Outcome(head, failure));
              wake();
            });
  }

  private PaymentEvent event(OutboxEvent head) {
    StoredTransfer transfer =
        journal
            .find(head.transfer())
            .orElseThrow(() -> new IllegalStateException("no transfer " + head.transfer()));
    return new PaymentEvent(
        head.id(),
        head.at(),
        head.state(),
        head.code(),
        head.reason(),
        TransferStatus.of(journal, transfer));
  }

  private CompletableFuture<Void> hand(PaymentEvent event) {
    try {
      return Objects.requireNonNull(target.deliver(event), "the sink answered null");
    } catch (Throwable e) { // whatever it is, the event was not taken
      return CompletableFuture.failedFuture(e);
    }
  }

  private String late() {
    return "no answer in " + settings.deliveryTimeout();
  }

  private static ScheduledExecutorService ownScheduler(String sink) {
    ScheduledThreadPoolExecutor scheduler =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "payonce-relay-" + sink);
              thread.setDaemon(true);
              return thread;
            });
    scheduler.setRemoveOnCancelPolicy(true);
    scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    return scheduler;
  }
}
