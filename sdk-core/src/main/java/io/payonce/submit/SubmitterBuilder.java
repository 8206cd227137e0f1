package io.payonce.submit;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.ChainId;
import io.payonce.ChainProfile;
import io.payonce.LaneId;
import io.payonce.Ticker;
import io.payonce.WalletPool;
import io.payonce.fee.FeePolicy;
import io.payonce.rpc.Route;
import io.payonce.rpc.RpcClient;
import io.payonce.signing.Signer;
import io.payonce.store.Lease;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.Decision;
import io.payonce.submit.internal.LaneStep;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.function.UnaryOperator;

/**
 * Collects the parts of an {@link IdempotentSubmitter}. {@link #build} checks them all and starts
 * the work. Used by one thread.
 */
public final class SubmitterBuilder {
  /** Long enough for a pause of the process, short enough for a takeover within 15 s. */
  private static final Duration LEASE = Duration.ofSeconds(10);

  private Optional<TransferStore> store = Optional.empty();
  final Map<ChainId, Chain> chains = new TreeMap<>();
  final List<Lane> lanes = new ArrayList<>();
  final List<Pools.Pool> pools = new ArrayList<>();
  private Optional<FeePolicy> fees = Optional.empty();
  private Optional<SubmissionSettings> settings = Optional.empty();
  final List<SubmissionListener> listeners = new ArrayList<>();
  Clock clock = Clock.systemUTC();
  Ticker ticker = Ticker.system();
  private Optional<Executor> executor = Optional.empty();
  private Optional<ScheduledExecutorService> scheduler = Optional.empty();
  private Optional<String> instance = Optional.empty();
  final Map<String, SettlementProof> proofs = new TreeMap<>();
  long maxBacklog = 1_000_000;
  final Map<RateLimit.Per, Long> maxBacklogPer = new EnumMap<>(RateLimit.Per.class);
  final List<RateLimit> rateLimits = new ArrayList<>();
  Optional<String> restored = Optional.empty();
  UnaryOperator<LaneStep> engine = UnaryOperator.identity();

  record Chain(ChainProfile profile, RpcClient rpc) {}

  record Lane(ChainId chain, Signer signer, Route route) {}

  SubmitterBuilder() {
    proofs.put(SettlementProof.TRANSFER_LOGS, SettlementProof.transferLogs());
  }

  /** The journal. Required; stays the caller's to close. */
  public SubmitterBuilder store(TransferStore store) {
    this.store = Optional.of(store);
    return this;
  }

  /** A chain and how to reach it. The client stays the caller's to close. */
  public SubmitterBuilder chain(ChainProfile profile, RpcClient rpc) {
    profile.requireSupported();
    if (!profile.id().equals(rpc.chainId())) {
      throw new IllegalArgumentException(
          "rpc is for chain " + rpc.chainId() + ", the profile for " + profile.id());
    }
    require(
        chains.putIfAbsent(profile.id(), new Chain(profile, rpc)) == null,
        "chain " + profile.id() + " is configured twice");
    return this;
  }

  /** A hot wallet. The signer stays the caller's to close. */
  public SubmitterBuilder lane(ChainId chain, Signer signer) {
    return lane(chain, signer, Route.PUBLIC);
  }

  /**
   * The same, with who may hear of its transactions before they are mined: first sends, resends,
   * replacements and cancels all go by this route, and hashes of the wallet are not asked for.
   *
   * <p>It is a setting and not in the journal: give the same one at every start and on every
   * instance. A start with {@link Route#PUBLIC} sends what is open to the public, as far as the
   * client does not remember it as private. An endpoint that the client does not have is told to
   * {@link SubmissionListener#trouble}; nothing is sent then, and it is tried again.
   */
  public SubmitterBuilder lane(ChainId chain, Signer signer, Route route) {
    lanes.add(new Lane(chain, signer, route));
    return this;
  }

  /**
   * Several of the hot wallets under one name: a {@link io.payonce.Transfer} from the pool is paid
   * by whichever has funds and room. The same on every instance of a journal.
   *
   * @param wallets 1 to 1,000, each a {@link #lane} of this chain
   * @param assets what the pool pays, at most 64: their balances are read for each of its wallets
   */
  public SubmitterBuilder pool(
      WalletPool pool, ChainId chain, Collection<Address> wallets, Collection<Asset> assets) {
    require(
        !wallets.isEmpty() && wallets.size() <= 1000,
        "wallets of pool " + pool + " are " + wallets.size() + ", must be 1 to 1000");
    require(
        !assets.isEmpty() && assets.size() <= 64,
        "assets of pool " + pool + " are " + assets.size() + ", must be 1 to 64");
    for (Asset asset : assets) {
      require(
          asset.chain().equals(chain),
          "asset " + asset + " of pool " + pool + " is not of " + chain);
    }
    require(
        pools.stream().noneMatch(known -> known.name().equals(pool) && known.chain().equals(chain)),
        "pool " + pool + " of chain " + chain + " is configured twice");
    List<LaneId> lanes = wallets.stream().distinct().map(w -> new LaneId(chain, w)).toList();
    pools.add(new Pools.Pool(pool, chain, lanes, new LinkedHashSet<>(assets)));
    return this;
  }

  /**
   * The journal is a backup that was put back, so that nobody knows what it has lost. Each wallet
   * is frozen with {@code JOURNAL_BEHIND} before anything else is done, whether the chain shows
   * more than the journal or not: nothing is bound, signed (but fills), cancelled or ends unpaid
   * until somebody {@linkplain io.payonce.nonce.NonceManager#resume resumes} it, by the runbook of
   * the journal. Not set: a wallet is frozen only where chain or pools show more of its nonces.
   *
   * <p>Each start freezes anew what the journal does not hold as behind the chain; so it is set
   * until the last wallet was resumed, and on one instance, which runs alone.
   *
   * @param reason as of {@link IdempotentSubmitter#cancel}
   */
  public SubmitterBuilder restored(Actor actor, String reason) {
    this.restored = Optional.of("restored by " + Decision.by(actor, reason));
    return this;
  }

  /**
   * How the logs of groups that name it are read. The journal keeps the name, so what it stands for
   * never changes: every instance, after every restart, needs the same under it. A group whose
   * proof is missing when its transaction is found is quarantined.
   *
   * @param name 1 to 64 characters of {@code [A-Za-z0-9._-]}
   */
  public SubmitterBuilder settlementProof(String name, SettlementProof proof) {
    require(
        name.matches("[A-Za-z0-9._-]{1,64}"),
        "name " + name + " must be 1 to 64 characters of [A-Za-z0-9._-]");
    require(
        proofs.putIfAbsent(name, proof) == null, "settlement proof " + name + " is there twice");
    return this;
  }

  /** Limits on fees. Required. */
  public SubmitterBuilder fees(FeePolicy policy) {
    this.fees = Optional.of(policy);
    return this;
  }

  /** Pace; {@link SubmissionSettings#forBlockTime} by default. */
  public SubmitterBuilder settings(SubmissionSettings settings) {
    this.settings = Optional.of(settings);
    return this;
  }

  public SubmitterBuilder listener(SubmissionListener listener) {
    listeners.add(listener);
    return this;
  }

  public SubmitterBuilder clock(Clock clock) {
    this.clock = clock;
    return this;
  }

  public SubmitterBuilder ticker(Ticker ticker) {
    this.ticker = ticker;
    return this;
  }

  /**
   * Runs the engine; own daemon threads by default. Must not run tasks on the caller's thread. What
   * it rejects is offered again 100 ms later; what it drops without a word stops a wallet.
   */
  public SubmitterBuilder executor(Executor executor) {
    this.executor = Optional.of(executor);
    return this;
  }

  /**
   * Fires timers; an own daemon thread by default. Give a {@link ScheduledThreadPoolExecutor} of
   * the host's {@code setRemoveOnCancelPolicy(true)}: nearly every timer here is cancelled, as each
   * question and each signature has one for the case that no answer comes, and a cancelled timer
   * stays in the queue otherwise, with all that it refers to, until it would have fired: minutes
   * for a question, up to {@code signTimeout} for a signature, and the whole of {@code max} for
   * {@link IdempotentSubmitter#await}.
   */
  public SubmitterBuilder scheduler(ScheduledExecutorService scheduler) {
    this.scheduler = Optional.of(scheduler);
    return this;
  }

  /**
   * The name of this instance on the journal, for the history and for the leases of its lanes. Two
   * that run at the same time need different names; an instance that starts again under its old
   * name need not wait for the end of its old leases. A random one by default.
   *
   * @param name 1 to 200 visible ASCII characters
   */
  public SubmitterBuilder instance(String name) {
    this.instance = Optional.of(name);
    return this;
  }

  /**
   * The most payments that have not ended; above it new ones are not accepted, with {@code
   * BACKLOG_FULL}, and nothing is dropped. It guards the disk: memory holds a window of them only.
   *
   * @param payments 1 to 50,000,000; 1,000,000 by default
   */
  public SubmitterBuilder maxBacklog(long payments) {
    this.maxBacklog = checked(payments);
    return this;
  }

  /**
   * The same for each tenant, wallet or asset apart, so that one cannot fill the queue of all; no
   * limit by default. What is known already is answered all the same. A payment of a pool counts
   * for the wallet that has it.
   *
   * @param payments 1 to 50,000,000
   */
  public SubmitterBuilder maxBacklog(RateLimit.Per per, long payments) {
    maxBacklogPer.put(per, checked(payments));
    return this;
  }

  private static long checked(long maxBacklog) {
    require(
        maxBacklog >= 1 && maxBacklog <= 50_000_000,
        "maxBacklog " + maxBacklog + " must be 1 to 50000000");
    return maxBacklog;
  }

  /**
   * Limits how many payments this instance accepts; above it {@code RATE_LIMITED}, with the time
   * after which to try again. What is known already is answered all the same. Call it once for each
   * limit.
   */
  public SubmitterBuilder rateLimit(RateLimit limit) {
    rateLimits.add(limit);
    return this;
  }

  /** For tests of this SDK: plants something between engine and shell. Not for hosts. */
  public SubmitterBuilder engineForTesting(UnaryOperator<LaneStep> wrapper) {
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
    Set<LaneId> known = new HashSet<>(); // never iterated
    for (Lane lane : lanes) {
      LaneId id = new LaneId(lane.chain(), lane.signer().address());
      require(known.add(id), "lane " + id + " is configured twice");
    }
    for (Pools.Pool pool : pools) {
      pool.lanes()
          .forEach(
              lane ->
                  require(
                      known.contains(lane), "pool " + pool.name() + ": " + lane + " is no lane"));
    }
    List<ExecutorService> own = new ArrayList<>();
    Optional<Executor> hosts = executor;
    Optional<ScheduledExecutorService> hostsScheduler = scheduler;
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
    IdempotentSubmitter built = new IdempotentSubmitter(this, own);
    executor = hosts; // what this one owns ends with it, and is not for the next one
    scheduler = hostsScheduler;
    return built;
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

  Lease lease() {
    return new Lease(instance.orElseGet(() -> Lease.randomOwner("instance")), LEASE);
  }

  TransferStore store() {
    return store.orElseThrow();
  }

  FeePolicy fees() {
    return fees.orElseThrow();
  }

  Executor executor() {
    return executor.orElseThrow();
  }

  ScheduledExecutorService scheduler() {
    return scheduler.orElseThrow();
  }

  SubmissionSettings settings(ChainProfile profile) {
    return settings.orElseGet(() -> SubmissionSettings.forBlockTime(profile.blockTime()));
  }
}
