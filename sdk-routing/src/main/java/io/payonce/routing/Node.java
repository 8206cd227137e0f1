package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.ChainId;
import io.payonce.failure.NodeClient;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import io.payonce.rpc.RpcTransport;
import io.payonce.rpc.TransportReply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One endpoint at work: asks it, keeps its state, and probes it while traffic does not tell how it
 * stands. Thread-safe.
 */
final class Node {
  private static final Logger LOG = LoggerFactory.getLogger(RpcPool.class);
  private static final TransportReply LATE =
      new TransportReply.Failed("no answer in time", BytesSent.ALL, true);
  private static final long MOST_SLACK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  final Endpoint endpoint;
  final EndpointState state;
  final Learned learned;
  final Turnstile turnstile;
  final CreditMeter credits;
  final NodeMeter meter;
  private final RpcTransport transport;
  private final Wiring wiring;
  private final ReplyReader reader;
  private final ProbeClock probes;
  private final NodeNews news;

  @GuardedBy("this")
  private @Nullable CompletableFuture<Boolean> check;

  /** One look is scheduled at a time, however many requests are under way. */
  private final AtomicBoolean watchesSilence = new AtomicBoolean();

  private volatile int settledVersion = -1;

  /** Another roster is in force: only calls that began before ask it. */
  private volatile boolean retired;

  private volatile boolean closed;

  Node(
      Endpoint endpoint,
      RpcTransport transport,
      Wiring wiring,
      EndpointState state,
      Turnstile turnstile,
      ReferenceHead reference,
      Duration probeEvery) {
    this.endpoint = endpoint;
    this.transport = transport;
    this.wiring = wiring;
    this.state = state;
    this.turnstile = turnstile;
    this.learned = new Learned();
    this.credits = new CreditMeter(endpoint, wiring, () -> wiring.stateChanged(false));
    this.meter = new NodeMeter(endpoint, wiring);
    this.reader = new ReplyReader(endpoint, state, turnstile, learned, wiring, reference, meter);
    this.probes = new ProbeClock(state, wiring, probeEvery, this::askHowItStands);
    this.news = new NodeNews(endpoint, state, wiring);
  }

  /** What requests are for, the most urgent first. */
  enum Use {
    /** The chain id must have been right within the policy's {@code chainIdMaxAge}. */
    WRITE,
    /** A chain id that was right once will do; a stale proof is renewed beside the call. */
    VOTE,
    /** The same, but it may not use what is kept for what cannot wait. */
    READ,
    /** A read of much, as logs: it gives way to other reads too. */
    BULK;

    boolean isUrgent() {
      return this == WRITE || this == VOTE;
    }
  }

  /** Requests under way at one endpoint. */
  static final class Asked {
    /** Completes on the executor, in time, normally, with one outcome for each request. */
    final CompletableFuture<List<RpcOutcome<?>>> outcomes = new CompletableFuture<>();

    /** No byte of some body was sent, as the endpoint takes no more for now. */
    private volatile boolean refused;

    private volatile @Nullable Runnable cut;
    private volatile boolean left;

    /** Waits for the answer, and may carry an exchange meanwhile; null where nobody does. */
    private final @Nullable LentThread lent;

    /** What it is for, as far as metrics tell it apart. */
    final boolean isUrgent;

    final boolean isProbe;

    private Asked(boolean isUrgent, boolean isProbe, @Nullable LentThread lent) {
      this.isUrgent = isUrgent;
      this.isProbe = isProbe;
      this.lent = lent;
    }

    /** Asks for nothing but how the endpoint is. */
    static Asked probe() {
      return new Asked(true, true, null);
    }

    /** Whether nothing at all was sent, because the endpoint takes no more for now. */
    boolean isRefused(List<RpcOutcome<?>> outcomes) {
      return refused
          && outcomes.stream()
              .allMatch(
                  outcome ->
                      outcome instanceof RpcOutcome.Failed<?> failed
                          && failed.failure() instanceof RpcFailure.NoEligibleEndpoint);
    }

    /** Another endpoint was faster. What was sent is not taken back; nobody waits for it. */
    void leave() {
      left = true;
      Runnable running = cut;
      if (running != null) {
        running.run();
      }
    }
  }

  /**
   * Asks, after the endpoint has proven its chain id. What would give a private transaction away is
   * not asked: all that names a hash comes through here.
   */
  Asked ask(List<RpcRequest<?>> requests, long timeoutNanos, Use use) {
    return ask(requests, timeoutNanos, use, null);
  }

  /**
   * The same for a thread that waits for the answer.
   *
   * @param lent carries the exchange when it is the current one
   */
  Asked ask(List<RpcRequest<?>> requests, long timeoutNanos, Use use, @Nullable LentThread lent) {
    Asked asked = new Asked(use.isUrgent(), false, lent);
    CompletableFuture<List<RpcOutcome<?>>> answer;
    try {
      answer = discreet(requests, timeoutNanos, use, asked);
    } catch (RuntimeException defect) {
      answer = CompletableFuture.failedFuture(defect);
    }
    CompletableFuture<?> unused =
        answer.whenComplete(
            (outcomes, defect) ->
                asked.outcomes.complete(
                    defect == null ? outcomes : defective(requests.size(), defect)));
    return asked;
  }

  /** Asks for what nobody waits for: it gives way to everything else, and counts as a probe. */
  CompletableFuture<List<RpcOutcome<?>>> askAside(List<RpcRequest<?>> requests, long timeoutNanos) {
    return discreet(requests, timeoutNanos, Use.READ, new Asked(false, true, null));
  }

  private CompletableFuture<List<RpcOutcome<?>>> discreet(
      List<RpcRequest<?>> requests, long timeoutNanos, Use use, Asked asked) {
    List<Optional<RpcFailure>> refusals = wiring.privates.refusals(requests);
    if (refusals.isEmpty()) {
      return proven(requests, timeoutNanos, use, asked);
    }
    List<RpcRequest<?>> allowed = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      if (refusals.get(i).isEmpty()) {
        allowed.add(requests.get(i));
      }
    }
    return allowed.isEmpty()
        ? CompletableFuture.supplyAsync(() -> with(refusals, List.of()), wiring::run)
        : proven(allowed, timeoutNanos, use, asked).thenApply(outcomes -> with(refusals, outcomes));
  }

  private static List<RpcOutcome<?>> with(
      List<Optional<RpcFailure>> refusals, List<RpcOutcome<?>> outcomes) {
    List<RpcOutcome<?>> all = new ArrayList<>();
    Iterator<RpcOutcome<?>> next = outcomes.iterator();
    for (Optional<RpcFailure> refusal : refusals) {
      all.add(refusal.isPresent() ? new RpcOutcome.Failed<>(refusal.get()) : next.next());
    }
    return all;
  }

  /** A future that never completes would be worse than a failure that says too little. */
  private List<RpcOutcome<?>> defective(int requests, Throwable defect) {
    LOG.error("defect while asking endpoint {}", endpoint.name(), defect);
    return failed(requests, new RpcFailure.Cancelled("defect in the pool", BytesSent.ALL));
  }

  private CompletableFuture<List<RpcOutcome<?>>> proven(
      List<RpcRequest<?>> requests, long timeoutNanos, Use use, Asked asked) {
    long now = wiring.now();
    long end = now + timeoutNanos;
    if (state.isVerifiedWithin(now, wiring.policy.chainIdMaxAge().toNanos())) {
      return inBodies(requests, end, use, asked);
    }
    if (use != Use.WRITE && state.isVerified()) {
      Wiring.detach(check());
      return inBodies(requests, end, use, asked);
    }
    return within(check(), timeoutNanos)
        .thenCompose(
            verified ->
                verified && end - wiring.now() > 0
                    ? inBodies(requests, end, use, asked)
                    : CompletableFuture.completedFuture(unverified(requests.size())));
  }

  private List<RpcOutcome<?>> unverified(int requests) {
    String why = state.reason();
    return failed(
        requests,
        new RpcFailure.NoEligibleEndpoint(
            endpoint.name() + " has not proven its chain id" + (why.isEmpty() ? "" : ": " + why)));
  }

  /** One body after the other, each as long as the endpoint takes them. */
  private CompletableFuture<List<RpcOutcome<?>>> inBodies(
      List<RpcRequest<?>> requests, long end, Use use, Asked asked) {
    if (requests.size() == 1) {
      return body(requests, end, use, asked);
    }
    int configured = use == Use.WRITE ? wiring.policy.sendBatch() : wiring.policy.maxBatch();
    int most = learned.batch(wiring.now(), configured);
    if (requests.size() <= most) {
      return body(requests, end, use, asked);
    }
    return body(requests.subList(0, most), end, use, asked)
        .thenCompose(
            first ->
                inBodies(requests.subList(most, requests.size()), end, use, asked)
                    .thenApply(rest -> joined(first, rest)));
  }

  /** A read that is refused as a whole may just be too long: its first half will tell. */
  private CompletableFuture<List<RpcOutcome<?>>> body(
      List<RpcRequest<?>> requests, long end, Use use, Asked asked) {
    CompletableFuture<ReplyReader.Outcomes> exchanged = exchange(requests, end, use, asked);
    if (requests.size() == 1) {
      return exchanged.thenApply(ReplyReader.Outcomes::each);
    }
    return exchanged.thenCompose(
        outcomes -> {
          if (!outcomes.refusedWhole()) {
            return CompletableFuture.completedFuture(outcomes.each());
          }
          if (use == Use.WRITE) {
            // Sent bytes are not sent here again; the next ones go in shorter bodies.
            takesBatchesOf(requests.size() / 2);
            return CompletableFuture.completedFuture(outcomes.each());
          }
          return halved(requests, outcomes.each(), end, use, asked);
        });
  }

  private CompletableFuture<List<RpcOutcome<?>>> halved(
      List<RpcRequest<?>> requests, List<RpcOutcome<?>> refused, long end, Use use, Asked asked) {
    int half = requests.size() / 2;
    return body(requests.subList(0, half), end, use, asked)
        .thenCompose(
            first -> {
              if (first.stream().noneMatch(outcome -> outcome instanceof RpcOutcome.Ok)) {
                return CompletableFuture.completedFuture(refused);
              }
              takesBatchesOf(half);
              return inBodies(requests.subList(half, requests.size()), end, use, asked)
                  .thenApply(rest -> joined(first, rest));
            });
  }

  private void takesBatchesOf(int requests) {
    learned.takesBatchesOf(requests, wiring.now());
    wiring.stateChanged(false);
  }

  private static List<RpcOutcome<?>> joined(List<RpcOutcome<?>> first, List<RpcOutcome<?>> rest) {
    List<RpcOutcome<?>> all = new ArrayList<>(first);
    all.addAll(rest);
    return all;
  }

  /** Asks for the chain id; callers at the same time share one request. */
  private CompletableFuture<Boolean> check() {
    CompletableFuture<Boolean> mine = new CompletableFuture<>();
    synchronized (this) {
      if (check != null) {
        return check;
      }
      check = mine;
    }
    Wiring.detach(
        checked(andClient(Requests.chainId()))
            .thenCompose(
                outcomes -> // an endpoint may take no batches, or break them
                outcomes.each().size() > 1 && isBroken(outcomes.each().get(0))
                        ? checked(List.of(Requests.chainId()))
                        : CompletableFuture.completedFuture(outcomes))
            .thenAccept(
                outcomes -> {
                  learn(outcomes.each());
                  synchronized (this) {
                    check = null;
                  }
                  mine.complete(state.isVerified());
                }));
    return mine;
  }

  private CompletableFuture<ReplyReader.Outcomes> checked(List<RpcRequest<?>> questions) {
    return exchange(questions, wiring.now() + checkNanos(), Use.WRITE, Asked.probe());
  }

  private long checkNanos() {
    return wiring.policy.quickDeadline().toNanos();
  }

  private void learnChainId(RpcOutcome<?> outcome) {
    if (!(outcome instanceof RpcOutcome.Ok<?> ok)) {
      return;
    }
    if (wiring.chainId.equals(ok.value())) {
      state.chainIdMatches(wiring.now());
    } else {
      ChainId claimed = (ChainId) ok.value();
      state.chainIdDiffers("serves chain " + claimed + " instead of " + wiring.chainId);
      LOG.error("endpoint {} is quarantined: it {}", endpoint.name(), state.reason());
    }
    settled();
  }

  /** It was reached, and has not said what was asked. */
  private static boolean isBroken(RpcOutcome<?> outcome) {
    return outcome instanceof RpcOutcome.Failed<?> failed
        && (failed.failure() instanceof RpcFailure.NodeError
            || failed.failure() instanceof RpcFailure.Malformed);
  }

  /** These, and who answers, when that is not known. */
  private List<RpcRequest<?>> andClient(RpcRequest<?>... questions) {
    List<RpcRequest<?>> all = new ArrayList<>(List.of(questions));
    if (learned.asksForClient(wiring.now())) {
      all.add(Requests.clientVersion());
    }
    return all;
  }

  /** What this endpoint says to these questions: its chain first, its client last. */
  private void learn(List<RpcOutcome<?>> outcomes) {
    if (outcomes.get(outcomes.size() - 1) instanceof RpcOutcome.Ok<?> ok
        && ok.value() instanceof String client) {
      learned.isClient(NodeClient.parse(client));
    }
    learnChainId(outcomes.get(0));
  }

  private CompletableFuture<Boolean> within(CompletableFuture<Boolean> shared, long nanos) {
    if (shared.isDone() || nanos >= checkNanos()) {
      return shared;
    }
    CompletableFuture<Boolean> bounded = shared.copy();
    ScheduledFuture<?> timer = wiring.after(nanos, () -> bounded.complete(false));
    return bounded.whenComplete((verified, thrown) -> timer.cancel(false));
  }

  /**
   * One body there and back, when the turnstile lets it in. A read that finds no place soon does
   * better elsewhere. A vote has nobody else to ask, and waits for as long as it has time; a
   * broadcast for half of it, as one that leaves late comes back in doubt, and is sent again.
   */
  private CompletableFuture<ReplyReader.Outcomes> exchange(
      List<RpcRequest<?>> requests, long end, Use use, Asked asked) {
    long left = end - wiring.now();
    if (left <= 0) {
      return none(
          requests.size(),
          new RpcFailure.DeadlineExceeded(endpoint.name() + ": no time left", BytesSent.NONE));
    }
    long patience =
        switch (use) {
          case WRITE -> left / 2;
          case VOTE -> left;
          case READ, BULK -> Math.min(left, wiring.policy.maxQueueWait().toNanos());
        };
    CompletableFuture<Boolean> entered = turnstile.enter(use, requests.size(), patience);
    return entered == Turnstile.ENTERED
        ? sent(requests, end, use, asked)
        : entered.thenCompose(
            in -> in ? sent(requests, end, use, asked) : unsent(requests.size(), asked));
  }

  private CompletableFuture<ReplyReader.Outcomes> unsent(int requests, Asked asked) {
    asked.refused = true;
    String why = endpoint.name() + (closed ? " was removed" : " is used to its limit");
    return none(requests, new RpcFailure.NoEligibleEndpoint(why));
  }

  private static CompletableFuture<ReplyReader.Outcomes> none(int requests, RpcFailure failure) {
    return CompletableFuture.completedFuture(
        new ReplyReader.Outcomes(failed(requests, failure), false));
  }

  /** With a place taken. The pool's own timer bounds it, whatever the transport does. */
  private CompletableFuture<ReplyReader.Outcomes> sent(
      List<RpcRequest<?>> requests, long end, Use use, Asked asked) {
    long start = wiring.now();
    long timeoutNanos = end - start;
    boolean mayLeave = !closed && !asked.left && timeoutNanos > 0 && !state.isThrottled(start);
    if (!mayLeave || !credits.book(requests)) {
      turnstile.leave(use, requests.size());
      return unsent(requests.size(), asked);
    }
    if (state.sent(start, RequestClass.of(requests).isPrompt())) {
      watchSilence();
    }
    long firstId = wiring.ids(requests.size());
    byte[] body = wiring.codec.encode(requests, firstId);
    CompletableFuture<TransportReply> settled = new CompletableFuture<>();
    LentThread lent = asked.lent;
    CompletableFuture<TransportReply> sending = send(body, timeoutNanos, lent);
    ScheduledFuture<?> timer =
        sending.isDone() ? null : wiring.after(timeoutNanos, () -> settled.complete(LATE));
    CompletableFuture<?> unused =
        sending.whenComplete(
            (reply, thrown) ->
                wiring.runReply(
                    () -> settled.complete(fair(thrown == null ? reply : broken(thrown), lent))));
    asked.cut = () -> settled.complete(ReplyReader.OUTRUN);
    if (asked.left) {
      asked.leave();
    }
    return settled.thenApply(
        reply -> {
          if (timer != null) {
            timer.cancel(false);
          }
          if (reply == LATE || reply == ReplyReader.OUTRUN) {
            sending.cancel(false);
          }
          try {
            ReplyReader.Outcomes outcomes = reader.read(reply, requests, firstId, start);
            meter.attempted(requests, asked, outcomes.each(), start);
            return outcomes;
          } finally {
            left(use, requests.size());
          }
        });
  }

  /** A place is free; nobody waits for one where nothing may go for now. */
  private void left(Use use, int requests) {
    if (!state.mayBeAsked(wiring.now())) {
      turnstile.turnAway();
    }
    turnstile.leave(use, requests);
    settled();
  }

  private CompletableFuture<TransportReply> send(
      byte[] body, long timeoutNanos, @Nullable LentThread lent) {
    // The transport ends a little earlier, as it knows better how much was sent.
    long slack = Math.min(MOST_SLACK_NANOS, timeoutNanos / 10);
    Duration timeout = Duration.ofNanos(timeoutNanos - slack);
    try {
      return lent != null && lent.takes()
          ? transport.send(body, timeout, lent)
          : transport.send(body, timeout);
    } catch (RuntimeException defect) {
      return CompletableFuture.completedFuture(broken(defect));
    }
  }

  /** What failed for the interrupt of its thread is no fault of the endpoint. */
  private static TransportReply fair(TransportReply reply, @Nullable LentThread lent) {
    boolean isCutShort =
        lent != null && !(reply instanceof TransportReply.Answered) && lent.isInterrupted();
    return isCutShort ? ReplyReader.OUTRUN : reply;
  }

  /** A transport must not fail like this; its words may hold a URL. */
  private static TransportReply broken(Throwable defect) {
    return new TransportReply.Failed(
        "transport threw " + defect.getClass().getSimpleName(), BytesSent.ALL, false);
  }

  static List<RpcOutcome<?>> failed(int count, RpcFailure failure) {
    return Collections.nCopies(count, new RpcOutcome.Failed<>(failure));
  }

  /** Whether no byte of the request left. */
  static boolean isUnsent(RpcOutcome<?> outcome) {
    return outcome instanceof RpcOutcome.Failed<?> failed
        && failed.failure().bytesSent() == BytesSent.NONE;
  }

  /** The agreed answer of a quorum is another one than this endpoint gave. */
  void dissented(String question) {
    state.dissented("contradicted the agreed answer to " + question);
    LOG.warn("endpoint {} contradicted the agreed answer to {}", endpoint.name(), question);
    wiring.announcer.tell(listener -> listener.dissented(endpoint.operator(), question));
    settled();
  }

  /** It said what cannot be right, and is no proven lie: the chain may have moved meanwhile. */
  void suspect(String why) {
    state.suspect(why);
    LOG.warn("endpoint {} {}", endpoint.name(), why);
    settled();
  }

  /** A connection for what it pushes shows no pinned key: its calls rest with it. */
  void pinMissed(String why) {
    state.pinMissed(wiring.now(), 0, endpoint.name() + ": " + endpoint.mask(why));
    turnstile.turnAway();
    settled();
  }

  /** What it said is false beyond doubt, whatever others say. */
  void lied(String why) {
    state.lied(why);
    LOG.error("endpoint {} is quarantined: it {}", endpoint.name(), why);
    settled();
    wiring.stateChanged(true);
  }

  /** Why it is in quarantine; empty when it is not. */
  Optional<RoutingState.Quarantine> quarantine() {
    return state.state() == State.QUARANTINED
        ? Optional.of(
            new RoutingState.Quarantine(
                endpoint.operator(), state.reason(), state.staysUntilReleased()))
        : Optional.empty();
  }

  /** It was in quarantine in an earlier process, or under another key, and still is. */
  void restore(RoutingState.Quarantine before) {
    if (before.untilReleased()) {
      state.lied(before.reason());
    } else {
      state.chainIdDiffers(before.reason());
    }
    LOG.warn("endpoint {} is still quarantined: it {}", endpoint.name(), before.reason());
    settled();
  }

  /** Other settings are in force. */
  void policyChanged(Duration probeEvery) {
    probes.every(probeEvery);
    state.policy(wiring.policy);
  }

  /** A person ends its quarantine, or what only a person can mend; false where there is neither. */
  boolean release(String by) {
    boolean released = state.release();
    if (released) {
      LOG.warn("endpoint {} is released by {}", endpoint.name(), by);
      settled();
    }
    return released;
  }

  EndpointHealth health(long now) {
    return state.health(endpoint, now, turnstile.inside(), credits.use());
  }

  /** Expected wait for an answer, for comparing endpoints. */
  long cost(long now) {
    return state.cost(now, turnstile.load());
  }

  /** When an ordinary read may go; zero for now. A place comes free with some answer: soon. */
  long waitNanos(long now) {
    return Math.max(state.throttledNanos(now), turnstile.waitNanos(now));
  }

  /** Its state, looked at just now: silence shows in no event. */
  State stateNow(long now) {
    State before = state.state();
    state.watchSilence(now);
    State after = state.state();
    if (before != after) {
      settled();
    }
    return after;
  }

  /** Silence is no event, so somebody looks when it would have lasted for too long. */
  private void watchSilence() {
    if (watchesSilence.get() || !watchesSilence.compareAndSet(false, true)) {
      return;
    }
    OptionalLong due = state.silenceInNanos(wiring.now());
    if (due.isEmpty()) {
      watchesSilence.set(false);
      return;
    }
    wiring.later(
        due.getAsLong(),
        () -> {
          watchesSilence.set(false);
          if (!retired && !wiring.isClosed()) {
            stateNow(wiring.now());
            if (state.needsWitness(wiring.now())) {
              Wiring.detach(check()); // a probe may be what is silent, and would not be repeated
            }
            watchSilence();
          }
        });
  }

  /** Something may have changed: tells of it, and keeps a probe scheduled. */
  private void settled() {
    if (state.version() == settledVersion) {
      return;
    }
    state.watchSilence(wiring.now());
    settledVersion = state.version();
    wiring.changed();
    meter.stands(state, wiring.now());
    news.tell(() -> health(wiring.now()));
    probes.arm();
  }

  /** To be called when the pool is used again after a rest; see {@link ProbeClock}. */
  void armProbe() {
    probes.arm();
  }

  private CompletableFuture<Void> askHowItStands() {
    List<RpcRequest<?>> questions = andClient(Requests.chainId(), Requests.blockRef("latest"));
    return inBodies(questions, wiring.now() + checkNanos(), Use.VOTE, Asked.probe())
        .thenAccept(this::learn);
  }

  /** No new call asks it; those under way end as they began, until it is closed. */
  void retire() {
    retired = true;
    probes.stop();
  }

  boolean isRetired() {
    return retired;
  }

  void close() {
    retire();
    closed = true;
    credits.close();
    transport.close();
  }
}
