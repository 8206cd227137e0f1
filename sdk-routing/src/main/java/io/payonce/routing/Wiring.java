package io.payonce.routing;

import io.payonce.ChainId;
import io.payonce.Ticker;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What every part of one pool shares: settings, time, randomness and threads. Thread-safe. */
final class Wiring {
  private static final Logger LOG = LoggerFactory.getLogger(RpcPool.class);

  static final int RETRY_BURST = 100;
  static final int HEDGE_BURST = 50;

  /** Nobody used the pool for so long: its healthy endpoints are left alone. */
  static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** JSON numbers are exact up to here in every implementation. */
  private static final long ID_MASK = (1L << 52) - 1;

  private static final int FIRST_RECONNECT_MILLIS = 250;
  private static final int LAST_RECONNECT_MILLIS = 30_000;
  private static final int MOST_DOUBLINGS = 10;

  final ChainId chainId;

  /** Replaced as a whole by a reload: read it once where two settings belong together. */
  volatile RoutingPolicy policy;

  final JsonRpcCodec codec;
  final Announcer announcer;
  final Meters meters;
  final Tracer tracer;
  final PrivateSends privates = new PrivateSends();

  /** For calls; broadcasts need none, and hedges and critical reads have their own. */
  final Budget retries;

  final Budget hedges;
  final Budget secondVotes;
  final Budget canaries;
  private final Ticker ticker;
  private final Clock clock;
  private final Executor executor;
  private final boolean ownThreads;
  private final ScheduledExecutorService scheduler;

  /** Lots without a lock, as every call draws some: SplitMix64 from a drawn seed on. */
  private final AtomicLong lots;

  private final AtomicLong nextId;

  /** Counts changes of endpoints that others act upon. */
  private final AtomicInteger changes = new AtomicInteger();

  private volatile boolean closed;
  private volatile Runnable onEndpointChange = () -> {};
  private volatile Consumer<Boolean> onStateChange = atOnce -> {};
  private final AtomicLong usedAt = new AtomicLong(Long.MIN_VALUE);

  /**
   * @param ownThreads whether the executor is the pool's own, so that any thread of it will do
   */
  Wiring(
      ChainId chainId,
      RoutingPolicy policy,
      Ticker ticker,
      Clock clock,
      RandomGenerator random,
      ScheduledExecutorService scheduler,
      Executor executor,
      boolean ownThreads,
      @Nullable RoutingListener listener,
      @Nullable RoutingMetrics metrics) {
    this.chainId = chainId;
    this.policy = policy;
    this.announcer = new Announcer(listener, this::run);
    this.meters = new Meters(metrics);
    this.tracer = new Tracer(policy.traces(), this);
    this.retries = new Budget(policy.retryPercent(), RETRY_BURST);
    this.hedges = new Budget(policy.hedgePercent(), HEDGE_BURST);
    this.secondVotes = new Budget(policy.retryPercent(), HEDGE_BURST);
    this.canaries = new Budget(policy.canaryPercent(), 1);
    this.codec = new JsonRpcCodec(policy.bodyCap());
    this.ticker = ticker;
    this.clock = clock;
    this.scheduler = scheduler;
    this.executor = executor;
    this.ownThreads = ownThreads;
    this.nextId = new AtomicLong(random.nextLong() & ID_MASK);
    this.lots = new AtomicLong(random.nextLong());
  }

  /** Works by other settings from now on. */
  void policy(RoutingPolicy other) {
    policy = other;
    retries.percent(other.retryPercent());
    hedges.percent(other.hedgePercent());
    secondVotes.percent(other.retryPercent());
    canaries.percent(other.canaryPercent());
    changed();
  }

  long now() {
    return ticker.nanos();
  }

  Clock clock() {
    return clock;
  }

  /**
   * How long a WebSocket that was lost is left alone, in nanoseconds: up to 250 ms, doubling to 30
   * s, any part of it (full jitter), so that clients of one provider do not come back together.
   */
  long reconnectPause(int failuresBefore) {
    int most =
        Math.min(
            LAST_RECONNECT_MILLIS,
            FIRST_RECONNECT_MILLIS << Math.min(failuresBefore, MOST_DOUBLINGS));
    return TimeUnit.MILLISECONDS.toNanos(1 + random(most));
  }

  /** 0 to {@code bound - 1}. */
  int random(int bound) {
    long lot = lots.addAndGet(0x9e3779b97f4a7c15L);
    lot = (lot ^ (lot >>> 30)) * 0xbf58476d1ce4e5b9L;
    lot = (lot ^ (lot >>> 27)) * 0x94d049bb133111ebL;
    return (int) (((lot ^ (lot >>> 31)) >>> 1) % bound);
  }

  /** The first of {@code count} ids in a row that no other request of this pool has. */
  long ids(int count) {
    return nextId.getAndAdd(count);
  }

  /** Another number than before when an endpoint stands otherwise. */
  int changes() {
    return changes.get();
  }

  void changed() {
    changes.incrementAndGet();
  }

  /** On the pool's executor; never inline while that one takes work. */
  void run(Runnable task) {
    try {
      executor.execute(task);
    } catch (RejectedExecutionException hostShutItDown) {
      task.run(); // the caller's future must complete even then
    }
  }

  /**
   * The same for a reply, which needs no second thread when it comes on one of the pool's own, or
   * on one that its caller lends: a hand-over would cost as much as half of a call on loopback.
   */
  void runReply(Runnable task) {
    if (LentThread.isCurrent()) {
      task.run();
    } else if (ownThreads && Thread.currentThread() instanceof OkHttpTransports.Worker worker) {
      worker.runUnderOwnName(task);
    } else {
      run(task);
    }
  }

  /** On the executor, after a delay; for what is never called off. */
  void later(long nanos, Runnable task) {
    try {
      ScheduledFuture<?> unused = after(nanos, task);
    } catch (RejectedExecutionException shutDown) {
      if (!closed) {
        throw shutDown;
      }
    }
  }

  /** On the executor, after a delay. */
  ScheduledFuture<?> after(long nanos, Runnable task) {
    return scheduler.schedule(() -> run(task), nanos, TimeUnit.NANOSECONDS);
  }

  /** Ends a chain of steps that nobody waits for: a defect in one of them is logged, not lost. */
  static void detach(CompletableFuture<?> chain) {
    if (chain.isDone() && !chain.isCompletedExceptionally()) {
      return;
    }
    CompletableFuture<?> unused =
        chain.exceptionally(
            defect -> {
              LOG.error("defect in the pool", defect);
              return null;
            });
  }

  /** Books a use of the pool; whether it was idle before, so that nobody probes its endpoints. */
  boolean wakes() {
    long now = now();
    long before = usedAt.getAndSet(now);
    return before == Long.MIN_VALUE || now - before >= IDLE_NANOS;
  }

  boolean isIdle() {
    return now() - usedAt.get() >= IDLE_NANOS;
  }

  void whenEndpointsChange(Runnable action) {
    onEndpointChange = action;
  }

  void whenStateChanges(Consumer<Boolean> action) {
    onStateChange = action;
  }

  /** What the pool shall know after a restart is another thing now. */
  void stateChanged(boolean atOnce) {
    onStateChange.accept(atOnce);
  }

  void endpointChanged() {
    onEndpointChange.run();
  }

  boolean isClosed() {
    return closed;
  }

  void close() {
    closed = true;
  }
}
