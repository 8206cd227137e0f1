package io.payonce.submit;

import io.payonce.ChainId;
import io.payonce.ChainProfile;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.SlotId;
import io.payonce.Ticker;
import io.payonce.Transfer;
import io.payonce.TransferId;
import io.payonce.fee.FeeOracle;
import io.payonce.fee.FeePolicy;
import io.payonce.nonce.NonceManager;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.RpcClient;
import io.payonce.signing.Signer;
import io.payonce.store.AcceptResult;
import io.payonce.store.JournalChange;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.ChainFollower;
import io.payonce.submit.internal.ChainHead;
import io.payonce.submit.internal.LaneContext;
import io.payonce.submit.internal.LaneEngine;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneRunner;
import io.payonce.submit.internal.LaneStep;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes payments under keys and brings each to an end exactly once, across crashes, restarts, lying
 * and silent providers. The composition root: journal, chains and wallets meet here.
 *
 * <p>Thread-safe. {@link #submit} blocks for one commit of the journal; everything else runs in the
 * background on the executor, which must not run tasks on the caller's thread. Building starts the
 * work, recovery of what an earlier process left included. {@link #close} stops it and leaves every
 * payment resumable.
 */
public final class IdempotentSubmitter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(IdempotentSubmitter.class);

  private final TransferStore store;
  private final Clock clock;
  private final Executor executor;
  private final List<SubmissionListener> listeners;
  private final Map<LaneId, LaneRunner> lanes = new ConcurrentHashMap<>();
  private final Map<ChainId, ChainFollower> followers = new TreeMap<>();
  private final Map<ChainId, RpcClient> clients = new TreeMap<>();
  private final Map<IdempotencyKey, CompletableFuture<TransferStatus>> waiters =
      new ConcurrentHashMap<>();
  private final List<ExecutorService> ownExecutors;
  private final FromLane news = new FromLane();
  private volatile boolean accepting = true;

  private IdempotentSubmitter(Builder builder, List<ExecutorService> ownExecutors) {
    this.store = builder.store();
    this.clock = builder.clock;
    this.executor = builder.executor();
    this.listeners = List.copyOf(builder.listeners);
    this.ownExecutors = ownExecutors;
    builder.chains.forEach(
        (id, chain) -> {
          FeeOracle fees = FeeOracle.of(chain.profile(), chain.rpc());
          SubmissionSettings settings = builder.settings(chain.profile());
          clients.put(id, chain.rpc());
          followers.put(
              id,
              new ChainFollower(
                  chain.profile(),
                  chain.rpc(),
                  fees,
                  settings.pollInterval(),
                  builder.scheduler(),
                  executor,
                  new ToLanes(id)));
        });
    for (Builder.Lane lane : builder.lanes) {
      addLane(builder, lane);
    }
    followers.values().forEach(ChainFollower::start);
  }

  private void addLane(Builder builder, Builder.Lane lane) {
    Builder.Chain chain = Objects.requireNonNull(builder.chains.get(lane.chain()));
    ChainFollower follower = Objects.requireNonNull(followers.get(lane.chain()));
    LaneId id = new LaneId(lane.chain(), lane.signer().address());
    LaneContext context =
        new LaneContext(
            id,
            chain.profile(),
            FeeOracle.of(chain.profile(), chain.rpc()),
            builder.fees(),
            builder.settings(chain.profile()));
    LaneRunner.Surroundings surroundings =
        new LaneRunner.Surroundings(
            store,
            chain.rpc(),
            lane.signer(),
            follower,
            news,
            clock,
            builder.ticker,
            executor,
            builder.scheduler());
    lanes.put(id, new LaneRunner(id, builder.engine.apply(new LaneEngine(context)), surroundings));
  }

  public static Builder builder() {
    return new Builder();
  }

  /**
   * Accepts a payment. When this returns {@link SubmitResult.Accepted} it is durable.
   *
   * @throws IllegalArgumentException for a wallet that is no lane of this submitter
   * @throws io.payonce.store.StoreUnavailableException when the journal did not confirm: repeat
   *     with the same key
   */
  public SubmitResult submit(IdempotencyKey key, Transfer transfer) {
    return submit(key, transfer, Map.of());
  }

  /**
   * The same with the host's own metadata, which is stored and returned as given.
   *
   * @param metadata at most 16 entries and 4 KiB
   */
  public SubmitResult submit(IdempotencyKey key, Transfer transfer, Map<String, String> metadata) {
    LaneRunner lane = lanes.get(transfer.lane());
    if (lane == null) {
      throw new IllegalArgumentException(
          "from " + transfer.lane() + " is no lane of this submitter, lanes are " + lanes.keySet());
    }
    if (lanes.containsKey(new LaneId(transfer.chain(), transfer.to()))
        && !transfer.allowUnusualPayee()) {
      throw new IllegalArgumentException(
          "to " + transfer.to() + " is a lane of this submitter; allowUnusualPayee is not set");
    }
    if (!accepting) {
      return new SubmitResult.NotAccepted("CLOSED", "the submitter drains or is closed");
    }
    AcceptResult result = accept(lane, key, transfer, metadata);
    if (result instanceof AcceptResult.Accepted accepted) {
      TransferStatus status = Statuses.of(store, accepted.transfer());
      lane.inOrder(() -> news.tell(listener -> listener.changed(status)));
      lane.tell(new LaneEvent.Arrived(accepted.transfer()));
      return new SubmitResult.Accepted(status.id(), status);
    }
    if (result instanceof AcceptResult.AlreadyKnown known) {
      return new SubmitResult.AlreadyKnown(
          known.transfer().id(), Statuses.of(store, known.transfer()));
    }
    AcceptResult.KeyConflict conflict = (AcceptResult.KeyConflict) result;
    return new SubmitResult.KeyConflict(conflict.transfer().id(), conflict.differingFields());
  }

  /** An acceptance of unknown outcome may be in the journal, and nobody else tells the lane. */
  private AcceptResult accept(
      LaneRunner lane, IdempotencyKey key, Transfer transfer, Map<String, String> metadata) {
    try {
      return store.accept(key, transfer, metadata, clock.instant());
    } catch (StoreUnavailableException unavailable) {
      if (unavailable.outcome() == StoreUnavailableException.Outcome.UNKNOWN) {
        lane.tell(new LaneEvent.MayHaveArrived());
      }
      throw unavailable;
    }
  }

  /** What the journal knows; no node is asked. */
  public Optional<TransferStatus> status(IdempotencyKey key) {
    return store.find(key).map(transfer -> Statuses.of(store, transfer));
  }

  /**
   * Completes when the payment is terminal or quarantined, at once if it is. Cancelling the future
   * cancels no payment. Fails with {@link IllegalArgumentException} for an unknown key.
   */
  public CompletableFuture<TransferStatus> whenFinal(IdempotencyKey key) {
    CompletableFuture<TransferStatus> future =
        waiters.computeIfAbsent(key, k -> new CompletableFuture<>());
    Optional<TransferStatus> now = status(key); // after the registration: no end is missed
    if (now.isEmpty()) {
      waiters.remove(key, future);
      return CompletableFuture.failedFuture(
          new IllegalArgumentException("key " + key + " is unknown"));
    }
    if (isEnd(now.get().state())) {
      waiters.remove(key, future);
      future.complete(now.get());
    }
    return future.copy();
  }

  /** Replaces the payment's transaction with higher fees now, within the limits. */
  public CompletableFuture<SpeedUpResult> speedUp(IdempotencyKey key) {
    Optional<StoredTransfer> transfer = store.find(key);
    LaneRunner lane = transfer.map(t -> lanes.get(t.transfer().lane())).orElse(null);
    if (transfer.isEmpty() || lane == null) {
      return CompletableFuture.completedFuture(SpeedUpResult.UNKNOWN_KEY);
    }
    CompletableFuture<SpeedUpResult> reply = new CompletableFuture<>();
    lane.tell(new LaneEvent.SpeedUpAsked(transfer.get().id(), reply));
    return reply;
  }

  /** Stops a payment before it has a nonce, or lets a cancel race for its nonce. */
  public CompletableFuture<CancelResult> cancel(IdempotencyKey key, Actor actor, String reason) {
    Optional<StoredTransfer> transfer = store.find(key);
    LaneRunner lane = transfer.map(t -> lanes.get(t.transfer().lane())).orElse(null);
    if (transfer.isEmpty() || lane == null) {
      return CompletableFuture.completedFuture(new CancelResult.UnknownKey());
    }
    CompletableFuture<CancelResult> reply = new CompletableFuture<>();
    lane.tell(new LaneEvent.CancelAsked(transfer.get(), actor, reason, reply));
    return reply;
  }

  /** Closes a held payment, or confirms that a foreign transaction took its nonce for good. */
  public CompletableFuture<GiveUpResult> giveUp(IdempotencyKey key, Actor actor, String reason) {
    Optional<StoredTransfer> transfer = store.find(key);
    LaneRunner lane = transfer.map(t -> lanes.get(t.transfer().lane())).orElse(null);
    if (transfer.isEmpty() || lane == null) {
      return CompletableFuture.completedFuture(new GiveUpResult.UnknownKey());
    }
    CompletableFuture<GiveUpResult> reply = new CompletableFuture<>();
    lane.tell(
        new LaneEvent.GiveUpAsked(
            transfer.get(), transfer.get().slot().flatMap(store::slot), actor, reason, reply));
    return reply;
  }

  public NonceManager nonces() {
    return new Lanes(lanes, clients, followers);
  }

  /** Accepts and binds nothing more; what is out goes on to its end. */
  public void drain() {
    accepting = false;
    lanes.values().forEach(lane -> lane.tell(new LaneEvent.DrainAsked()));
  }

  /**
   * Idempotent. Stops all work; every payment resumes with the next submitter on this journal.
   * Waits for a running commit as long as the threads are this submitter's own, at most {@code 5
   * s}; with an executor of the host's, stop that executor before closing the journal.
   */
  @Override
  public void close() {
    accepting = false;
    followers.values().forEach(ChainFollower::close);
    lanes.values().forEach(LaneRunner::close);
    ownExecutors.forEach(ExecutorService::shutdown);
    try {
      for (ExecutorService own : ownExecutors) {
        if (!own.awaitTermination(5, TimeUnit.SECONDS)) {
          own.shutdownNow();
        }
      }
    } catch (InterruptedException interrupted) {
      ownExecutors.forEach(ExecutorService::shutdownNow);
      Thread.currentThread().interrupt();
    }
  }

  private static boolean isEnd(TransferState state) {
    return state.isTerminal() || state == TransferState.QUARANTINED;
  }

  /** Hands heads to the lanes of one chain. */
  private final class ToLanes implements ChainFollower.Listener {
    private final ChainId chain;

    ToLanes(ChainId chain) {
      this.chain = chain;
    }

    @Override
    public void onHead(ChainHead head) {
      mine().forEach(lane -> lane.onHead(head));
    }

    @Override
    public void onReorg(long ancestor, boolean belowFinal) {
      mine().forEach(lane -> lane.tell(new LaneEvent.Reorged(ancestor, belowFinal)));
    }

    private List<LaneRunner> mine() {
      List<LaneRunner> mine = new ArrayList<>();
      lanes.forEach(
          (id, lane) -> {
            if (id.chain().equals(chain)) {
              mine.add(lane);
            }
          });
      mine.sort((a, b) -> a.id().address().compareTo(b.id().address()));
      return mine;
    }
  }

  /** Tells listeners and waiting callers about commits. */
  private final class FromLane implements LaneRunner.LaneListener {
    @Override
    public void committed(LaneId lane, List<JournalChange> changes) {
      for (JournalChange change : changes) {
        if (change instanceof JournalChange.TransferMoved moved) {
          changed(moved.transfer());
        } else if (change instanceof JournalChange.AttemptSigned signed) {
          owner(signed.attempt().slot()).ifPresent(this::changed);
        } else if (change instanceof JournalChange.LaneMoved) {
          store
              .lane(lane)
              .map(Lanes::status)
              .ifPresent(status -> tell(listener -> listener.laneChanged(status)));
        }
      }
    }

    private Optional<TransferId> owner(SlotId slot) {
      return store.slot(slot).flatMap(StoredSlot::transfer);
    }

    private void changed(TransferId id) {
      Optional<TransferStatus> status = store.find(id).map(t -> Statuses.of(store, t));
      status.ifPresent(
          now -> {
            tell(listener -> listener.changed(now));
            if (isEnd(now.state())) {
              Optional.ofNullable(waiters.remove(now.key()))
                  .ifPresent(waiter -> executor.execute(() -> waiter.complete(now)));
            }
          });
    }

    @Override
    public void sent(LaneId lane, LaneEvent.SendAnswered answer) {
      for (int i = 0; i < answer.attempts().size(); i++) {
        BroadcastEvidence evidence = answer.evidence().get(i);
        owner(answer.attempts().get(i).slot())
            .flatMap(store::find)
            .ifPresent(t -> tell(listener -> listener.sent(t.key(), evidence)));
      }
    }

    @Override
    public void trouble(LaneId lane, String what) {
      tell(listener -> listener.trouble("lane " + lane + ": " + what));
    }

    private void tell(Consumer<SubmissionListener> news) {
      for (SubmissionListener listener : listeners) {
        try {
          news.accept(listener);
        } catch (RuntimeException broken) {
          log.warn("a submission listener threw", broken); // it must not stop a payment
        }
      }
    }
  }

  /** Collects the parts. {@link #build} checks them all and starts the work. */
  public static final class Builder {
    private Optional<TransferStore> store = Optional.empty();
    private final Map<ChainId, Chain> chains = new TreeMap<>();
    private final List<Lane> lanes = new ArrayList<>();
    private Optional<FeePolicy> fees = Optional.empty();
    private Optional<SubmissionSettings> settings = Optional.empty();
    private final List<SubmissionListener> listeners = new ArrayList<>();
    private Clock clock = Clock.systemUTC();
    private Ticker ticker = Ticker.system();
    private Optional<Executor> executor = Optional.empty();
    private Optional<ScheduledExecutorService> scheduler = Optional.empty();
    private UnaryOperator<LaneStep> engine = UnaryOperator.identity();

    private record Chain(ChainProfile profile, RpcClient rpc) {}

    private record Lane(ChainId chain, Signer signer) {}

    private Builder() {}

    /** The journal. Required; stays the caller's to close. */
    public Builder store(TransferStore store) {
      this.store = Optional.of(store);
      return this;
    }

    /** A chain and how to reach it. The client stays the caller's to close. */
    public Builder chain(ChainProfile profile, RpcClient rpc) {
      profile.requireSupported();
      if (!profile.id().equals(rpc.chainId())) {
        throw new IllegalArgumentException(
            "rpc is for chain " + rpc.chainId() + ", the profile for " + profile.id());
      }
      chains.put(profile.id(), new Chain(profile, rpc));
      return this;
    }

    /** A hot wallet. The signer stays the caller's to close. */
    public Builder lane(ChainId chain, Signer signer) {
      lanes.add(new Lane(chain, signer));
      return this;
    }

    /** Limits on fees. Required. */
    public Builder fees(FeePolicy policy) {
      this.fees = Optional.of(policy);
      return this;
    }

    /** Pace; {@link SubmissionSettings#forBlockTime} by default. */
    public Builder settings(SubmissionSettings settings) {
      this.settings = Optional.of(settings);
      return this;
    }

    public Builder listener(SubmissionListener listener) {
      listeners.add(listener);
      return this;
    }

    public Builder clock(Clock clock) {
      this.clock = clock;
      return this;
    }

    public Builder ticker(Ticker ticker) {
      this.ticker = ticker;
      return this;
    }

    /**
     * Runs the engine; own daemon threads by default. Must not run tasks on the caller's thread.
     */
    public Builder executor(Executor executor) {
      this.executor = Optional.of(executor);
      return this;
    }

    /** Fires timers; an own daemon thread by default. */
    public Builder scheduler(ScheduledExecutorService scheduler) {
      this.scheduler = Optional.of(scheduler);
      return this;
    }

    /** For tests of this SDK: plants something between engine and shell. Not for hosts. */
    public Builder engineForTesting(UnaryOperator<LaneStep> wrapper) {
      this.engine = wrapper;
      return this;
    }

    public IdempotentSubmitter build() {
      require(store.isPresent(), "store is required");
      require(fees.isPresent(), "fees is required: a missing cap on money is an error");
      require(!lanes.isEmpty(), "lane is required: at least one hot wallet");
      for (Lane lane : lanes) {
        require(
            chains.containsKey(lane.chain()),
            "lane "
                + lane.signer().address()
                + " is on chain "
                + lane.chain()
                + ", which is not configured");
        require(
            lane.signer().chains().contains(lane.chain()),
            "signer of " + lane.signer().address() + " is not bound to chain " + lane.chain());
      }
      List<ExecutorService> own = new ArrayList<>();
      if (executor.isEmpty()) {
        ExecutorService workers = Executors.newFixedThreadPool(4, daemon("payonce-worker"));
        own.add(workers);
        executor = Optional.of(workers);
      }
      if (scheduler.isEmpty()) {
        ScheduledThreadPoolExecutor timer =
            new ScheduledThreadPoolExecutor(1, daemon("payonce-timer"));
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        timer.setRemoveOnCancelPolicy(true);
        own.add(timer);
        scheduler = Optional.of(timer);
      }
      return new IdempotentSubmitter(this, own);
    }

    private static ThreadFactory daemon(String name) {
      return task -> {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
      };
    }

    private static void require(boolean holds, String message) {
      if (!holds) {
        throw new IllegalArgumentException(message);
      }
    }

    private TransferStore store() {
      return store.orElseThrow();
    }

    private FeePolicy fees() {
      return fees.orElseThrow();
    }

    private Executor executor() {
      return executor.orElseThrow();
    }

    private ScheduledExecutorService scheduler() {
      return scheduler.orElseThrow();
    }

    private SubmissionSettings settings(ChainProfile profile) {
      return settings.orElseGet(() -> SubmissionSettings.forBlockTime(profile.blockTime()));
    }
  }
}
