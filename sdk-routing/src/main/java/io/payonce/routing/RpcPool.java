package io.payonce.routing;

import io.payonce.Block;
import io.payonce.ChainId;
import io.payonce.ChainProfile;
import io.payonce.SignedTransaction;
import io.payonce.TransactionHash;
import io.payonce.internal.JsonValues;
import io.payonce.internal.StorableText;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastEvidence.Answer;
import io.payonce.rpc.BroadcastEvidence.Verdict;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.HeadEvent;
import io.payonce.rpc.Operator;
import io.payonce.rpc.PrivateTransactionException;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.QuorumRule;
import io.payonce.rpc.Route;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import io.payonce.rpc.UnknownEndpointException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One chain through several providers.
 *
 * <p>Failover may change who answers, never how many independent operators must agree. Every future
 * completes by its deadline, by a timer of the pool's own, whatever a socket does; it completes on
 * the pool's executor, and cancelling it stops nothing that was sent. Nothing is contacted before
 * the first call. An endpoint gets no transaction before it has proven to serve this chain.
 *
 * <p>Thread-safe; no thread is ever blocked but that of {@link #callBlocking}, and no lock is held
 * while asking or completing.
 */
public final class RpcPool implements RpcClient {
  private static final Logger LOG = LoggerFactory.getLogger(RpcPool.class);

  /** How long voters stay in force that a reload would replace. */
  public static final Duration VOTER_CHANGE_DELAY = Duration.ofMinutes(10);

  private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** For a machine that runs the timers late. */
  private static final long SLACK_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Of a person, as everywhere. */
  private static final int MOST_NAME = 100;

  private final Wiring wiring;
  private final Roster roster;
  private final Absentees absentees = new Absentees();
  private final NodeFactory factory;
  private final Voters voters;
  private final StateKeeper keeper;
  private final VoteWatch votes;
  private final OutageWatch watch;
  private final SharedReads shared;
  private final HeadFeed heads;
  private final Relays relays;
  private final Views views;
  private final Broadcasts broadcasts;
  private final EvidenceLog evidence = new EvidenceLog();
  private final Running running;

  RpcPool(
      NodeFactory factory,
      List<Endpoint> endpoints,
      StateKeeper keeper,
      WebSocketChannel.Opener opener,
      Runnable release) {
    this.factory = factory;
    this.keeper = keeper;
    this.wiring = factory.wiring;
    this.roster = new Roster(endpoints.stream().map(factory::node).toList(), wiring);
    this.voters = new Voters(wiring, factory.rule(EndpointChecks.voters(endpoints)));
    this.running = new Running(wiring, this::wake, () -> releaseAll(release));
    factory.reference.operators(roster.operators());
    this.shared = new SharedReads(wiring, this::ask);
    this.heads = new HeadFeed(this, roster, wiring, factory.chain, opener);
    this.relays = new Relays(roster, wiring, opener);
    this.broadcasts =
        new Broadcasts(this, roster, wiring, evidence, running, factory.chain.blockTime());
    this.views = new Views(this, roster, wiring, factory.chain.blockTime());
    this.votes = new VoteWatch(roster, wiring);
    this.watch = new OutageWatch(wiring, voters.rule().voters().size());
    wiring.whenEndpointsChange(this::lookForOutage);
    LOG.info("chain {}: {}", wiring.chainId, bounds());
    bounds().warnings().forEach(warning -> LOG.warn("chain {}: {}", wiring.chainId, warning));
    StateSnapshot snapshot = new StateSnapshot(roster, absentees, voters, keeper, wiring);
    keeper.before().ifPresent(snapshot::restore);
    wiring.whenStateChanges(keeper::changed);
    keeper.saves(snapshot::now);
  }

  /**
   * Goes on with critical reads though the stored state could not be read: with it, quarantines,
   * the month's credits and the last final block are lost. False when nothing was lost.
   *
   * @param by who takes the responsibility, for the log: 1 to 100 characters, not blank
   */
  public boolean acceptLostState(String by) {
    return keeper.acceptLoss(person(by));
  }

  /** A pool for the chain of this profile. */
  public static RpcPoolBuilder builder(ChainProfile chain) {
    return new RpcPoolBuilder(chain);
  }

  @Override
  public ChainId chainId() {
    return wiring.chainId;
  }

  /**
   * {@inheritDoc}
   *
   * <p>A revert, or another answer that a node means, is final. Transport faults, timeouts, broken
   * answers and throttling lead to another endpoint, for methods that may be asked twice. Throws
   * {@code IllegalArgumentException} for methods that send or sign, and for filters.
   *
   * <p>Equal reads at the same time share one request, except for nonces, look-ups by hash and
   * whatever computes. Logs of more blocks than endpoints give at once are asked for in parts.
   */
  @Override
  public <T> CompletableFuture<RpcOutcome<T>> call(RpcRequest<T> request, CallOptions options) {
    long deadline = deadline(request, options);
    return running.tracked(() -> read(request, deadline, null));
  }

  /**
   * {@inheritDoc}
   *
   * <p>The thread carries the exchange by itself, which saves the changes of thread that a future
   * costs. So an interrupt is noticed when that exchange has ended, after half of the deadline at
   * the latest, and it does not count against the endpoint. An exchange at another operator that
   * overtakes it ends it too. Returns by the deadline of {@link #call}; a second later when the
   * executor is blocked.
   */
  @Override
  public <T> RpcOutcome<T> callBlocking(RpcRequest<T> request, CallOptions options) {
    long deadline = deadline(request, options);
    try {
      RpcOutcome<T> outcome =
          LentThread.lend(
              lent -> running.awaited(() -> read(request, deadline, lent)), deadline + SLACK_NANOS);
      boolean isCutShort =
          outcome instanceof RpcOutcome.Failed<T> failed
              && failed.failure() instanceof RpcFailure.Cancelled
              && Thread.currentThread().isInterrupted();
      return isCutShort ? interrupted() : outcome;
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      return interrupted();
    } catch (TimeoutException blocked) {
      return new RpcOutcome.Failed<>(
          new RpcFailure.DeadlineExceeded(
              "the pool's executor is blocked: run nothing that waits on it", BytesSent.ALL));
    } catch (ExecutionException defect) {
      throw new CompletionException(defect.getCause());
    }
  }

  private static <T> RpcOutcome<T> interrupted() {
    return new RpcOutcome.Failed<>(RpcFailure.Cancelled.INTERRUPTED);
  }

  private long deadline(RpcRequest<?> request, CallOptions options) {
    List<RpcRequest<?>> alone = List.of(request);
    requireReads(alone);
    return nanos(options, RequestClass.of(alone).deadline(wiring.policy));
  }

  private <T> CompletableFuture<RpcOutcome<T>> read(
      RpcRequest<T> request, long deadlineNanos, @Nullable LentThread lent) {
    return RequestClass.isPlain(request.method())
        ? shared.read(request, deadlineNanos, lent)
        : ask(request, deadlineNanos, lent);
  }

  @SuppressWarnings("unchecked") // one request, so one outcome of its type
  private <T> CompletableFuture<RpcOutcome<T>> ask(
      RpcRequest<T> request, long deadlineNanos, @Nullable LentThread lent) {
    Optional<BlockRange> logs = BlockRange.ofLogs(request);
    if (logs.isPresent()) {
      return new LogRead<>(roster, wiring, request, logs.get(), deadlineNanos).start();
    }
    return new ReadCall(roster, wiring, List.of(request), deadlineNanos, lent)
        .start()
        .thenApply(all -> (RpcOutcome<T>) all.get(0));
  }

  @Override
  public CompletableFuture<List<RpcOutcome<?>>> callBatch(
      List<RpcRequest<?>> requests, CallOptions options) {
    requireReads(requests); // all of them, before any is asked
    List<Integer> known = new ArrayList<>();
    List<Integer> unknown = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      boolean isKnown = RequestClass.of(requests.get(i).method()) != RequestClass.UNKNOWN;
      (isKnown ? known : unknown).add(i);
    }
    if (known.isEmpty() || unknown.isEmpty()) {
      return inBodies(requests, options);
    }
    int size = requests.size();
    // What is asked once takes no second try from the rest.
    return inBodies(pick(requests, known), options)
        .thenCombine(
            inBodies(pick(requests, unknown), options),
            (some, others) -> {
              List<RpcOutcome<?>> all = new ArrayList<>(Collections.nCopies(size, some.get(0)));
              put(all, known, some);
              put(all, unknown, others);
              return all;
            });
  }

  private static <T> List<T> pick(List<T> all, List<Integer> places) {
    return places.stream().map(all::get).toList();
  }

  private static <T> void put(List<T> all, List<Integer> places, List<? extends T> found) {
    for (int i = 0; i < places.size(); i++) {
      all.set(places.get(i), found.get(i));
    }
  }

  private CompletableFuture<List<RpcOutcome<?>>> inBodies(
      List<RpcRequest<?>> requests, CallOptions options) {
    int most = wiring.policy.maxBatch();
    List<CompletableFuture<List<RpcOutcome<?>>>> chunks = new ArrayList<>();
    for (int from = 0; from < requests.size(); from += most) {
      int to = Math.min(requests.size(), from + most);
      chunks.add(batch(List.copyOf(requests.subList(from, to)), options));
    }
    return CompletableFuture.allOf(chunks.toArray(new CompletableFuture<?>[0]))
        .thenApply(
            done -> {
              List<RpcOutcome<?>> all = new ArrayList<>(requests.size());
              chunks.forEach(chunk -> all.addAll(chunk.join()));
              return all;
            });
  }

  private CompletableFuture<List<RpcOutcome<?>>> batch(
      List<RpcRequest<?>> requests, CallOptions options) {
    long deadline = nanos(options, RequestClass.of(requests).deadline(wiring.policy));
    return running.tracked(() -> new ReadCall(roster, wiring, requests, deadline, null).start());
  }

  @Override
  public <T> CompletableFuture<QuorumResult<T>> criticalRead(Fact<T> fact, CallOptions options) {
    QuorumRule rule = voters.rule();
    Optional<String> refusal =
        keeper
            .unreadable()
            .map(lost -> lost + "; a person has to accept the loss (acceptLostState)")
            .or(() -> wiring.privates.refusal(fact.requests()).map(RpcFailure::message));
    if (refusal.isPresent()) {
      QuorumResult<T> none =
          new QuorumResult.Unavailable<>(
              rule.required(), rule.voters().size(), false, refusal.get());
      return running.tracked(() -> CompletableFuture.supplyAsync(() -> none, wiring::run));
    }
    long deadline = nanos(options, wiring.policy.criticalDeadline());
    return running.tracked(
        () -> counted(rule, fact, deadline).thenApply(result -> learned(fact, result)));
  }

  private <T> QuorumResult<T> learned(Fact<T> fact, QuorumResult<T> result) {
    if (result instanceof QuorumResult.Agreed<T> agreed && agreed.value() instanceof Block block) {
      int open = wiring.privates.count();
      wiring.privates.included(block);
      if (wiring.privates.count() != open) {
        wiring.stateChanged(false);
      }
    }
    return keeper.learned(fact, result);
  }

  private <T> CompletableFuture<QuorumResult<T>> counted(
      QuorumRule rule, Fact<T> fact, long deadlineNanos) {
    boolean headers = factory.chain.ethereumHeaders();
    long end = wiring.now() + deadlineNanos;
    CompletableFuture<QuorumResult<T>> counted =
        new CriticalRead<>(roster, wiring, votes, rule, fact, deadlineNanos, headers).start();
    boolean isReceipt = fact instanceof Fact.ReceiptOf || fact instanceof Fact.ReceiptsOf;
    return isReceipt && wiring.policy.proofs() == Proofs.ALL
        ? counted.thenCompose(
            result ->
                new ReceiptCheck<T>(roster, wiring, votes, rule, headers, end).of(fact, result))
        : counted;
  }

  @Override
  public CompletableFuture<BroadcastEvidence> broadcast(
      SignedTransaction tx, BroadcastOptions options) {
    return broadcastAll(List.of(tx), options).thenApply(all -> all.get(0));
  }

  /**
   * {@inheritDoc}
   *
   * <p>Completes when everyone asked has answered, or soon after the last transaction was taken;
   * what comes later is in {@link #evidence}. Throws {@code IllegalArgumentException} when one is
   * for another chain, and {@code IllegalStateException} when no endpoint has the role.
   *
   * <p>A private {@link Route} goes to the endpoints that it names, one of each operator, and to
   * nobody else: an unknown name throws {@link UnknownEndpointException}. From then on no request
   * that names the hash leaves the pool, for {@code privateWindow} blocks or until a quorum shows
   * it in a block that was read by {@link Fact.BlockAt}, and a public broadcast of the bytes throws
   * {@link PrivateTransactionException}. {@link Route.PrivateThenPublic} gives it to everyone when
   * a quorum is so many blocks higher, with what replaced it at its nonce; {@link #evidence} and
   * {@link RoutingListener#wentPublic} say when. As long as there is no quorum it stays private. At
   * most 10,000 are within their window; further ones are {@code NOT_SENT}.
   */
  @Override
  public CompletableFuture<List<BroadcastEvidence>> broadcastAll(
      List<SignedTransaction> txs, BroadcastOptions options) {
    return broadcasts.send(txs, options);
  }

  static long nanos(CallOptions options, Duration standard) {
    return options.deadline().orElse(standard).toNanos();
  }

  /**
   * Fixes the newest block, for reads that all see the same. Views never go back: none is at a
   * lower block than one before, or at another one of the same height, unless two operators show
   * that the chain has changed ({@link ChainView#replaced}); until one is as high, none is opened.
   *
   * <p>What the options ask for is waited for until their deadline; then the outcome says who has
   * what, or {@code ViewInvalidated} when the block to be after is no part of the chain any more.
   * Throws {@link PrivateTransactionException} for a transaction that is private still: asking for
   * it in public would give it away.
   */
  public CompletableFuture<RpcOutcome<ChainView>> view(ViewOptions options) {
    return running.tracked(() -> views.open(options));
  }

  /**
   * New blocks, reorganisations and finality, as they come: each block once, in order, with what
   * was missed fetched. Endpoints with a WebSocket push them; else, and while those fail, they are
   * polled. Nothing is asked while nobody is subscribed.
   *
   * <p>Subscribers are called on the pool's executor, one call at a time, as they request. A slow
   * one holds up nobody and is told of what it missed, up to 1,024 blocks. {@link #close()} ends
   * the stream. A head is a reason to look, never a proof: see {@link HeadEvent}.
   */
  public Flow.Publisher<HeadEvent> heads() {
    return heads;
  }

  /**
   * What a node pushes by {@code eth_subscribe} with these parameters, the name first: {@code
   * newPendingTransactions}, {@code syncing} and the like, each message as the node says it. One
   * endpoint with a WebSocket tells at a time, over a connection of its own; when it leaves,
   * another one does, and what was said in between is lost. Nobody vouches for any of it. For new
   * blocks see {@link #heads}, which loses none.
   *
   * <p>Throws {@code UnsupportedOperationException} when no endpoint has a WebSocket; a subscriber
   * gets one when all of those refuse. One that leaves more than 1,024 messages untaken, and one
   * beside 64 others, gets an {@code IllegalStateException}. Subscribers are called on the pool's
   * executor, one call at a time, as they request.
   */
  public Flow.Publisher<Object> subscription(List<?> params) {
    return relays.of(params);
  }

  /** How each endpoint stands, in the order of the configuration. */
  public List<EndpointHealth> health() {
    long now = wiring.now();
    List<EndpointHealth> health = new ArrayList<>();
    for (Node node : roster.nodes()) {
      health.add(node.health(now));
    }
    return List.copyOf(health);
  }

  /**
   * What endpoints said to a transaction, also after {@link #broadcast} had answered; empty for one
   * that this process did not send, or 10,000 others ago.
   */
  public Optional<BroadcastEvidence> evidence(TransactionHash transaction) {
    return evidence.of(transaction);
  }

  /**
   * Looks for a transaction at operators that did not accept it from us, for two and a half seconds
   * at most: whether the network passes it on. To be asked after a broadcast by whoever does not
   * watch the blocks. Throws {@link PrivateTransactionException} for one that is private still:
   * asking for it in public would give it away.
   */
  public CompletableFuture<Sighting> sighting(SignedTransaction transaction) {
    if (wiring.privates.isHidden(transaction.hash())) {
      throw new PrivateTransactionException(transaction.hash());
    }
    TreeSet<Operator> acceptors = new TreeSet<>();
    for (Answer answer : evidence.of(transaction.hash()).map(e -> e.answers()).orElse(List.of())) {
      if (answer.verdict() == Verdict.ACCEPTED) {
        acceptors.add(answer.operator());
      }
    }
    return running.tracked(() -> new SightingRound(roster, wiring, transaction, acceptors).start());
  }

  /**
   * Works with these endpoints from now on, without a break: keys are rotated, providers come and
   * go. Those that are equal to one before keep all that was learned; others begin unverified, and
   * in quarantine where one of the same name and operator was proven to lie at any time; the
   * removed get nothing new and are closed when what is under way had 10 s to end. Running calls
   * end as they began.
   *
   * <p>Whoever votes now goes on voting for {@link #VOTER_CHANGE_DELAY}, also when it was removed
   * and so is absent: nobody who can write a configuration shall replace a quorum unnoticed. {@link
   * #acceptVoters} ends the wait. A second reload in between begins it anew.
   *
   * <p>Throws {@link InvalidRoutingConfig}, and changes nothing, when a pool could not be built
   * with them; {@code IllegalStateException} when the pool is closed.
   */
  public ReloadReport reload(List<Endpoint> endpoints) {
    return reload(endpoints, wiring.policy);
  }

  /**
   * The same with other settings: endpoints and settings are checked together, and both are in
   * force or neither. A quorum of another size waits as other voters do. {@code bodyCap} and {@code
   * mandatory} stay as they were built.
   */
  public synchronized ReloadReport reload(List<Endpoint> endpoints, RoutingPolicy policy) {
    List<InvalidRoutingConfig.Problem> problems = factory.problems(endpoints, policy);
    if (!problems.isEmpty()) {
      throw new InvalidRoutingConfig(problems);
    }
    running.requireOpen();
    wiring.policy(policy);
    List<String> kept = new ArrayList<>();
    List<String> added = new ArrayList<>();
    List<Node> before = roster.nodes();
    List<Node> now = new ArrayList<>();
    before.stream().filter(node -> !endpoints.contains(node.endpoint)).forEach(absentees::left);
    for (Endpoint endpoint : endpoints) {
      Optional<Node> same = before.stream().filter(n -> n.endpoint.equals(endpoint)).findFirst();
      (same.isPresent() ? kept : added).add(endpoint.name());
      now.add(same.orElseGet(() -> newcomer(endpoint)));
    }
    List<Node> removed = before.stream().filter(node -> !now.contains(node)).toList();
    roster.replace(now);
    factory.reference.operators(roster.operators());
    votes.operators(roster.operators());
    heads.endpointsChanged();
    removed.forEach(Node::retire);
    removed.forEach(node -> wiring.later(DRAIN_NANOS, node::close));
    QuorumRule next = factory.rule(EndpointChecks.voters(endpoints));
    voters.propose(next, VOTER_CHANGE_DELAY, this::watchVoters);
    now.forEach(node -> node.policyChanged(factory.probeInterval()));
    now.forEach(Node::armProbe);
    List<String> gone = removed.stream().map(node -> node.endpoint.name()).toList();
    LOG.info("chain {}: kept {}, added {}, removed {}", wiring.chainId, kept, added, gone);
    return new ReloadReport(kept, added, gone, voters.rule().voters(), voters.next());
  }

  private Node newcomer(Endpoint endpoint) {
    Node node = factory.node(endpoint);
    absentees.came(node);
    return node;
  }

  /**
   * Lets the voters of the last reload vote at once; false when none are waiting.
   *
   * @param by who takes the responsibility, for the log: 1 to 100 characters, not blank
   */
  public boolean acceptVoters(String by) {
    return voters.accept(person(by), this::watchVoters);
  }

  private void watchVoters() {
    watch.voters(voters.rule().voters());
    wiring.stateChanged(true);
    LOG.info("chain {}: {}", wiring.chainId, bounds());
    lookForOutage();
  }

  /**
   * Stands while several voting operators have left at nearly the same time, be it that they cannot
   * be reached or that they answer no votes, in whatever words.
   */
  public Optional<Alarm> alarm() {
    return watch.alarm();
  }

  /**
   * Ends the alarm, before all operators are back; false when there is none.
   *
   * @param by who takes the responsibility, for the log: 1 to 100 characters, not blank
   */
  public boolean acknowledge(String by) {
    return watch.acknowledge(person(by));
  }

  /**
   * Ends the quarantine of an endpoint whose lie a person has looked into, or the hour for which
   * one rests whose credential is refused or which shows no pinned key. It is suspect until it has
   * proven its chain id and answered well; false when there is nothing to end.
   *
   * @param by who takes the responsibility, for the log: 1 to 100 characters, not blank
   */
  public boolean release(String endpoint, String by) {
    String person = person(by);
    for (Node node : roster.nodes()) {
      if (node.endpoint.name().equals(endpoint)) {
        return node.release(person);
      }
    }
    throw new IllegalArgumentException("the pool has no endpoint '" + endpoint + "'");
  }

  private static String person(String by) {
    return StorableText.checked("by", by, MOST_NAME);
  }

  private void lookForOutage() {
    long now = wiring.now();
    SortedMap<Operator, Boolean> usable = new TreeMap<>();
    for (Operator operator : voters.rule().voters()) {
      boolean reached =
          roster.voicesOf(operator).stream().anyMatch(node -> node.state.isUsable(now));
      usable.put(operator, reached && !votes.isGone(operator));
    }
    watch.look(usable);
  }

  /**
   * Why the last calls went where they went, the oldest first: as many as the policy's {@code
   * traces}, none by default. Calls and batches are traced, not critical reads, views and
   * broadcasts, of which each asks whom it has to.
   */
  public List<DecisionTrace> traces() {
    return wiring.tracer.last();
  }

  /** How often the host's metrics threw; no call was touched by it. */
  public long failedMetrics() {
    return wiring.meters.failures();
  }

  /** The settings that are in force. */
  public RoutingPolicy policy() {
    return wiring.policy;
  }

  /** What this configuration withstands, and how long anything takes at most. */
  public Bounds bounds() {
    return Bounds.of(voters.rule(), wiring.policy);
  }

  /**
   * Refuses new calls at once; running ones end by their own deadlines, and the last of them
   * releases transports and threads, and saves the state where there is a store for it, which may
   * take as long as a flush to disk does.
   */
  @Override
  public void close() {
    wiring.close();
    heads.close();
    relays.close();
    running.releaseWhenIdle();
  }

  private void wake() {
    roster.nodes().forEach(Node::armProbe);
    broadcasts.watch();
  }

  private void releaseAll(Runnable shared) {
    roster.nodes().forEach(Node::close);
    keeper.close();
    shared.run();
  }

  private static void requireReads(List<RpcRequest<?>> requests) {
    for (RpcRequest<?> request : requests) {
      RequestClass.requireRead(request);
      JsonValues.requireWritable(request.params());
    }
  }

  <T> CompletableFuture<T> tracked(Running.Work<T> work) {
    return running.tracked(work);
  }

  @Override
  public String toString() {
    return "chain " + wiring.chainId + ", " + bounds();
  }

  /** Daemon threads with numbered names. */
  static ThreadFactory daemons(String name) {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }
}
