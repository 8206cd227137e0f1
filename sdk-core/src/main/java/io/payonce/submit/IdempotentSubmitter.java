package io.payonce.submit;

import io.payonce.ChainId;
import io.payonce.GroupSubmission;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.Submission;
import io.payonce.SubmitOptions;
import io.payonce.Ticker;
import io.payonce.Transfer;
import io.payonce.fee.FeeOracle;
import io.payonce.nonce.NonceManager;
import io.payonce.rpc.RpcClient;
import io.payonce.store.Lease;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferFilter;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.AskedElsewhere;
import io.payonce.submit.internal.ChainFollower;
import io.payonce.submit.internal.ChainHead;
import io.payonce.submit.internal.Decision;
import io.payonce.submit.internal.Estimates;
import io.payonce.submit.internal.LaneContext;
import io.payonce.submit.internal.LaneEngine;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneEvent.Asker;
import io.payonce.submit.internal.LaneRunner;
import io.payonce.submit.internal.PatientExecutor;
import io.payonce.submit.internal.Proofs;
import io.payonce.submit.internal.SteadyClient;
import java.sql.Connection;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
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

  /** How often the journal is looked at for what other instances did. */
  private static final Duration ROUND = Duration.ofMillis(250);

  private static final Duration CENTURY = Duration.ofDays(36_525);

  private final TransferStore store;
  private final Clock clock;
  private final Ticker ticker;
  private final PatientExecutor executor;
  private final Map<LaneId, LaneRunner> lanes = new ConcurrentHashMap<>();
  private final Map<ChainId, ChainFollower> followers = new TreeMap<>();
  private final Map<ChainId, RpcClient> clients = new TreeMap<>();
  private final List<ExecutorService> ownExecutors;
  private final LaneNews news;
  private final AskedElsewhere asked;
  private final LaneBalance balance;
  private final Backlog backlog;
  private final Awaits awaits;
  private final Queries queries;
  private final Proofs proofs;
  private final Pools pools;
  private final Reception reception;
  private final Map<LaneId, Estimates> estimates = new ConcurrentHashMap<>();
  private final Lease lease;
  private final ScheduledExecutorService scheduler;
  private volatile boolean closed;

  IdempotentSubmitter(SubmitterBuilder builder, List<ExecutorService> ownExecutors) {
    this.store = builder.store();
    this.clock = builder.clock;
    this.ticker = builder.ticker;
    this.scheduler = builder.scheduler();
    this.executor = new PatientExecutor(builder.executor(), scheduler);
    this.lease = builder.lease();
    this.asked = new AskedElsewhere(store, executor);
    this.backlog = new Backlog(store, ticker, builder.maxBacklog, builder.maxBacklogPer);
    this.awaits = new Awaits(store, executor);
    this.queries = new Queries(store);
    this.proofs = new Proofs(builder.proofs);
    this.news = new LaneNews(store, executor, builder.listeners);
    this.ownExecutors = ownExecutors;
    builder.chains.forEach(
        (id, chain) -> {
          SubmissionSettings settings = builder.settings(chain.profile());
          RpcClient rpc = new SteadyClient(chain.rpc(), scheduler, executor);
          FeeOracle fees = FeeOracle.of(chain.profile(), rpc);
          clients.put(id, rpc);
          followers.put(
              id,
              new ChainFollower(
                  chain.profile(),
                  rpc,
                  fees,
                  settings.pollInterval(),
                  scheduler,
                  executor,
                  new ToLanes(id)));
        });
    for (SubmitterBuilder.Lane lane : builder.lanes) {
      addLane(builder, lane);
    }
    this.pools = new Pools(builder.pools, lanes, store, ticker);
    this.reception =
        new Reception(
            store,
            clock,
            lanes,
            pools,
            proofs.byName().keySet(),
            backlog,
            new Buckets(builder.rateLimits, ticker),
            news);
    this.balance =
        new LaneBalance(
            store,
            lease,
            sorted().stream().map(LaneRunner::id).toList(),
            this::isHere,
            clock,
            ticker);
    followers.values().forEach(ChainFollower::start);
    nextRound();
  }

  /** What other instances on the journal did is looked for all the time, in one round for all. */
  private void nextRound() {
    if (!closed) {
      var unused =
          scheduler.schedule(
              () -> {
                if (!closed) {
                  executor.execute(this::round);
                }
              },
              ROUND.toMillis(),
              TimeUnit.MILLISECONDS);
    }
  }

  private void round() {
    try {
      sorted().forEach(LaneRunner::round);
      asked.look();
      news.lookElsewhere(lane -> !isHere(lane));
      awaits.look();
      backlog.round();
      pools.round();
      if (reception.isOpen()) {
        balance.round();
      }
    } catch (StoreUnavailableException unavailable) {
      log.debug("round: {}", unavailable.getMessage()); // the next one comes soon
    } catch (Throwable defect) {
      if (closed && defect instanceof RejectedExecutionException) {
        log.debug("round: closed"); // its own threads end while it runs
      } else {
        log.error("round: internal error", defect);
        news.tell(listener -> listener.trouble("internal error: " + defect));
      }
    } finally {
      nextRound();
    }
  }

  private boolean isHere(LaneId lane) {
    LaneRunner runner = lanes.get(lane);
    return runner != null && runner.lane().isPresent();
  }

  private void addLane(SubmitterBuilder builder, SubmitterBuilder.Lane lane) {
    SubmitterBuilder.Chain chain = Objects.requireNonNull(builder.chains.get(lane.chain()));
    ChainFollower follower = Objects.requireNonNull(followers.get(lane.chain()));
    RpcClient rpc = Objects.requireNonNull(clients.get(lane.chain()));
    LaneId id = new LaneId(lane.chain(), lane.signer().address());
    LaneContext context =
        new LaneContext(
            id,
            chain.profile(),
            FeeOracle.of(chain.profile(), rpc),
            builder.fees(),
            builder.settings(chain.profile()),
            Pools.assets(builder.pools, id),
            proofs,
            lane.route(),
            builder.restored);
    LaneRunner.Surroundings surroundings =
        new LaneRunner.Surroundings(
            store,
            lease,
            asked,
            rpc,
            lane.signer(),
            follower,
            news,
            clock,
            builder.ticker,
            executor,
            scheduler,
            context.settings().rawRetention(),
            context.settings().signTimeout());
    estimates.put(id, new Estimates(context, follower, rpc));
    lanes.put(id, new LaneRunner(id, builder.engine.apply(new LaneEngine(context)), surroundings));
  }

  public static SubmitterBuilder builder() {
    return new SubmitterBuilder();
  }

  /** As {@link #submit(IdempotencyKey, Transfer, SubmitOptions)} with the default options. */
  public SubmitResult submit(IdempotencyKey key, Transfer transfer) {
    return submit(key, transfer, SubmitOptions.defaults());
  }

  /**
   * Accepts a payment. When this returns {@link SubmitResult.Accepted} it is durable.
   *
   * @throws IllegalArgumentException for a wallet that is no lane of this submitter, a pool that is
   *     none, or an asset that the pool does not pay
   * @throws io.payonce.store.StoreUnavailableException when the journal did not confirm: repeat
   *     with the same key
   */
  public SubmitResult submit(IdempotencyKey key, Transfer transfer, SubmitOptions options) {
    return submitAll(List.of(new Submission(key, transfer, options))).get(0);
  }

  /**
   * Accepts several payments in one commit, each answered on its own, in their order: much quicker
   * than one after the other. An illegal one throws before anything is stored.
   *
   * @param submissions 1 to 1,000
   */
  public List<SubmitResult> submitAll(List<Submission> submissions) {
    return reception.takeAll(submissions);
  }

  /**
   * Accepts many payments that one call of a payout contract makes, all of them or none. When this
   * returns {@link SubmitResult.Accepted} it is durable. The group is one payment, under its key:
   * it is cancelled, sped up and followed as a whole, and has an end of its own, which says what
   * became of the call. What became of a member {@link #member} tells; only that may lead to paying
   * or refunding it. Speed-up, cancel and reorganisations never divide a group.
   *
   * <p>A member's key stands for its payee and amount for ever. It has no payment of its own, and a
   * place in one group at a time: another group may have it once this one is proven not to have
   * paid it.
   *
   * @throws IllegalArgumentException for a wallet that is no lane of this submitter, members that
   *     are paid to one, or a proof that it does not know
   * @throws io.payonce.store.StoreUnavailableException when the journal did not confirm: repeat
   *     with the same key
   */
  public SubmitResult submitGroup(GroupSubmission group) {
    return reception.takeGroup(group);
  }

  /** What the journal knows of a member of a group, by the member's own key; no node is asked. */
  public Optional<MemberStatus> member(IdempotencyKey member) {
    return MemberStatus.of(store, member);
  }

  /** What the journal knows of each member of a group, in their order; empty for anything else. */
  public List<MemberStatus> members(IdempotencyKey group) {
    return store.find(group).map(known -> MemberStatus.all(store, known)).orElse(List.of());
  }

  /** As {@link #submit(Connection, IdempotencyKey, Transfer, SubmitOptions)}, by default. */
  public SubmitResult submit(Connection hostTransaction, IdempotencyKey key, Transfer transfer) {
    return submit(hostTransaction, key, transfer, SubmitOptions.defaults());
  }

  /**
   * Accepts a payment in a transaction of the host's own, together with the host's rows: for a
   * PostgreSQL journal in the host's database. {@link SubmitResult.Accepted} holds once the host
   * commits; a rollback leaves the key unused. The transaction is never committed, rolled back or
   * closed here, and a key that is known or in conflict is an answer that leaves it usable. The
   * work begins when the owner of the wallet notices the row after the commit, within a poll.
   *
   * @param hostTransaction an open transaction, isolation READ COMMITTED, whose role has {@code
   *     payonce_accept}
   * @throws IllegalArgumentException as {@link #submit(IdempotencyKey, Transfer, SubmitOptions)}
   * @throws IllegalStateException when the connection does not lead to this journal or cannot
   *     accept in it; the transaction is as it was
   * @throws io.payonce.store.StoreUnavailableException when the database failed: roll back and
   *     repeat with the same key
   */
  public SubmitResult submit(
      Connection hostTransaction, IdempotencyKey key, Transfer transfer, SubmitOptions options) {
    return reception.take(hostTransaction, new Submission(key, transfer, options));
  }

  /**
   * Looks now for what was accepted in transactions of the host or by other instances; without it,
   * that is noticed by the next poll.
   */
  public void wake() {
    sorted().forEach(LaneRunner::round);
  }

  /** What the journal knows; no node is asked. */
  public Optional<TransferStatus> status(IdempotencyKey key) {
    return news.status(key);
  }

  /**
   * Completes when the payment is terminal or quarantined, at once if it is. Cancelling the future
   * cancels no payment. Fails with {@link IllegalArgumentException} for an unknown key, and with
   * {@link IllegalStateException} when this submitter is closed before the end.
   */
  public CompletableFuture<TransferStatus> whenFinal(IdempotencyKey key) {
    return news.whenFinal(key);
  }

  /**
   * Completes when the payment has come so far or has ended, or with its status as it then is when
   * the time is over. Works on every instance. Cancelling the future cancels no payment. Fails with
   * {@link IllegalArgumentException} for an unknown key, and with {@link IllegalStateException}
   * when this submitter is closed before that.
   *
   * @param max how long to wait, at least zero; what is over a hundred years is a hundred years
   */
  public CompletableFuture<TransferStatus> await(IdempotencyKey key, Level level, Duration max) {
    Duration limit = atMostCentury("max", max);
    Optional<StoredTransfer> transfer = store.find(key);
    if (transfer.isEmpty()) {
      return CompletableFuture.failedFuture(
          new IllegalArgumentException("key " + key + " is unknown"));
    }
    CompletableFuture<TransferStatus> reached = awaits.add(transfer.get(), level);
    if (!reached.isDone()) {
      ScheduledFuture<?> timer =
          scheduler.schedule(
              () -> executor.execute(() -> endAwait(key, reached)),
              limit.toNanos(),
              TimeUnit.NANOSECONDS);
      var unused = reached.whenComplete((status, failure) -> timer.cancel(false));
    }
    return reached.copy();
  }

  /** Timers count nanoseconds in 64 bits. */
  private static Duration atMostCentury(String field, Duration duration) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException(field + " " + duration + " must be at least PT0S");
    }
    return duration.compareTo(CENTURY) > 0 ? CENTURY : duration;
  }

  private void endAwait(IdempotencyKey key, CompletableFuture<TransferStatus> reached) {
    try {
      reached.complete(status(key).orElseThrow());
    } catch (Throwable broken) { // of the journal: the caller is told of it
      reached.completeExceptionally(broken);
    }
  }

  /**
   * Payments that fit, newest first, by the journal alone. Each page but the last is full.
   *
   * @param from where the page begins; empty for the first
   * @param limit 1 to 1,000 entries
   */
  public Page<TransferStatus> list(TransferFilter filter, Optional<PageToken> from, int limit) {
    return queries.list(filter, from, limit);
  }

  /**
   * Payments that were accepted so long ago and have not ended, newest first; pages as of {@link
   * #list}.
   *
   * @param age at least zero
   */
  public Page<StuckTransfer> listStuck(
      TransferFilter filter, Duration age, Optional<PageToken> from, int limit) {
    return queries.listStuck(filter, atMostCentury("age", age), clock.instant(), from, limit);
  }

  /** Attempts and events of a payment, by the journal alone. */
  public Optional<TransferHistory> history(IdempotencyKey key) {
    return queries.history(key);
  }

  /**
   * What a payment would cost and meet now: asks the chain, stores nothing, promises nothing. Fails
   * with {@code RpcUnavailableException} while the chain is not agreed on.
   *
   * @throws IllegalArgumentException for a wallet that is no lane of this submitter
   */
  public CompletableFuture<Estimate> estimate(Transfer transfer) {
    Estimates of = Objects.requireNonNull(estimates.get(reception.lane(transfer).id()));
    return of.of(transfer);
  }

  /**
   * Replaces the payment's transaction with higher fees now, within the limits.
   *
   * @throws IllegalArgumentException for a payment from a wallet that is no lane of this submitter,
   *     and for a member of a group: ask with the key of the group
   */
  public CompletableFuture<SpeedUpResult> speedUp(IdempotencyKey key) {
    return ask(
        key,
        SpeedUpResult.UNKNOWN_KEY,
        (transfer, asker) -> new LaneEvent.SpeedUpAsked(transfer.id(), asker));
  }

  /**
   * Stops a payment before it has a nonce, or lets a cancel race for its nonce.
   *
   * @param reason for the history: 1 to 1,000 characters, not blank; U+FFFD is stored for U+0000
   * @throws IllegalArgumentException for another reason, and as {@link #speedUp}; nothing was asked
   */
  public CompletableFuture<CancelResult> cancel(IdempotencyKey key, Actor actor, String reason) {
    Decision decision = Decision.by(actor, reason);
    return ask(
        key,
        new CancelResult.UnknownKey(),
        (transfer, asker) -> new LaneEvent.CancelAsked(transfer, decision, asker));
  }

  /**
   * Closes a held payment, or confirms that a foreign transaction took its nonce for good.
   *
   * @param reason as of {@link #cancel}
   * @throws IllegalArgumentException for another reason, and as {@link #speedUp}; nothing was asked
   */
  public CompletableFuture<GiveUpResult> giveUp(IdempotencyKey key, Actor actor, String reason) {
    Decision decision = Decision.by(actor, reason);
    return ask(
        key,
        new GiveUpResult.UnknownKey(),
        (transfer, asker) ->
            new LaneEvent.GiveUpAsked(
                transfer, transfer.slot().flatMap(store::slot), decision, asker));
  }

  /**
   * The payment of a key, empty when nobody knows the key. Whoever refunds what nobody knows must
   * not be told so of what another instance or a group still pays.
   */
  private Optional<StoredTransfer> askable(IdempotencyKey key) {
    Optional<StoredTransfer> transfer = store.find(key);
    if (transfer.filter(known -> !lanes.containsKey(known.lane())).isPresent()) {
      throw new IllegalArgumentException(
          "key "
              + key
              + " is paid by wallet "
              + transfer.get().lane()
              + ", which is no lane of this submitter; ask an instance that has it");
    }
    Optional<StoredTransfer> group = transfer.isPresent() ? Optional.empty() : store.groupOf(key);
    if (group.isPresent()) {
      throw new IllegalArgumentException(
          "key " + key + " is a member of group " + group.get().key() + "; ask for the group");
    }
    return transfer;
  }

  /** Puts a question to the wallet of a payment, if the key is known. */
  private <T> CompletableFuture<T> ask(
      IdempotencyKey key, T unknown, BiFunction<StoredTransfer, Asker<T>, LaneEvent> question) {
    Optional<StoredTransfer> transfer = askable(key);
    if (transfer.isEmpty()) {
      return CompletableFuture.completedFuture(unknown);
    }
    LaneRunner lane = Objects.requireNonNull(lanes.get(transfer.get().lane()));
    CompletableFuture<T> reply = new CompletableFuture<>();
    lane.tell(question.apply(transfer.get(), Asker.here(reply)));
    return reply;
  }

  /**
   * Takes a payment out of {@code QUARANTINED}, or out of {@code HELD(POSSIBLE_DUPLICATE)}, if the
   * journal has the evidence that the resolution names. Asks the chain only for {@link
   * Resolution.NotPaid}.
   *
   * @throws IllegalArgumentException as {@link #speedUp}
   */
  public CompletableFuture<ResolveResult> resolve(IdempotencyKey key, Resolution how, Actor actor) {
    Optional<StoredTransfer> transfer = askable(key);
    if (transfer.isEmpty()) {
      return CompletableFuture.completedFuture(new ResolveResult.UnknownKey());
    }
    LaneRunner lane = Objects.requireNonNull(lanes.get(transfer.get().lane()));
    ChainId chain = transfer.get().transfer().chain();
    Evidence evidence =
        new Evidence(
            store,
            pools,
            Objects.requireNonNull(clients.get(chain)),
            Objects.requireNonNull(followers.get(chain)));
    return balance
        .bring(lane.id())
        .thenCompose(here -> evidence.resolve(lane, transfer.get(), how, actor))
        .thenComposeAsync(
            result ->
                result instanceof ResolveResult.NotYet && isElsewhere(transfer.get())
                    ? resolve(key, how, actor)
                    : CompletableFuture.completedFuture(result),
            executor);
  }

  /** Another wallet of its pool has taken it over since. */
  private boolean isElsewhere(StoredTransfer transfer) {
    return store.find(transfer.id()).filter(now -> !now.lane().equals(transfer.lane())).isPresent();
  }

  public NonceManager nonces() {
    return new Lanes(store, lanes, clients, followers, balance);
  }

  /** Accepts and binds nothing more; what is out goes on to its end, here. */
  public void drain() {
    reception.close();
    lanes.values().forEach(lane -> lane.tell(new LaneEvent.DrainAsked()));
  }

  /**
   * Leaves for another instance on the same journal: accepts and binds nothing more, signs and
   * sends what has a nonce, and gives each lane up as soon as it has, so that another instance
   * takes it over at once. Afterwards this instance still answers for every payment, but works on
   * none.
   *
   * @param max after which the lanes are given up however they stand; nothing is lost by it, the
   *     next owner signs and sends the rest. At least zero; what is over a hundred years is a
   *     hundred years
   */
  public CompletableFuture<DrainReport> drain(Duration max) {
    Duration limit = atMostCentury("max", max);
    reception.close();
    return Drain.start(sorted(), limit, scheduler, ticker);
  }

  /** In an order that is the same in each run. */
  private List<LaneRunner> sorted() {
    return lanes.values().stream()
        .sorted(Comparator.comparing(lane -> lane.id().toString()))
        .toList();
  }

  /**
   * Idempotent. Stops all work and gives the lanes back; every payment resumes with the next
   * submitter on this journal, or with another instance at once. Futures that are not complete fail
   * with {@link IllegalStateException}, as those of later requests do: they say nothing of
   * payments. Waits for a running commit as long as the threads are this submitter's own, at most
   * {@code 5 s}; with an executor of the host's, stop that executor before closing the journal.
   */
  @Override
  public void close() {
    reception.close();
    closed = true;
    executor.close();
    followers.values().forEach(ChainFollower::close);
    sorted().forEach(LaneRunner::close);
    asked.close();
    balance.close();
    awaits.close();
    news.close();
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
      return sorted().stream().filter(lane -> lane.id().chain().equals(chain)).toList();
    }
  }
}
