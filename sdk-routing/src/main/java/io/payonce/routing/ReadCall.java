package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.routing.Node.Asked;
import io.payonce.routing.Node.Use;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One call, or one batch, until each request has an answer: one endpoint at a time, another one for
 * what is left. An answer that a node means stays; everything else is asked elsewhere.
 *
 * <p>Each attempt gets half of the deadline, and the last one what is left, so a hung endpoint
 * costs half of it and the whole ends in time by construction. Where it does no harm, an attempt
 * that takes longer than 19 of 20 is joined by one at another operator. Attempts follow one another
 * and never overlap; what overlaps within one is guarded by its race.
 */
final class ReadCall {
  /** JSON-RPC: the parameters are wrong, and so they are elsewhere. */
  private static final int INVALID_PARAMS = -32602;

  /** The code that geth gives to a revert with data. */
  private static final int REVERT_WITH_DATA = 3;

  private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long LAST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** Enough to get there; more would overflow where nothing but pauses fills a long deadline. */
  private static final int MOST_DOUBLINGS = 4;

  private static final long LEAST_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long LEAST_HEDGE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long MOST_HEDGE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** The position of the only request. */
  private static final List<Integer> ONLY = List.of(0);

  private final Roster roster;
  private final Wiring wiring;
  private final List<RpcRequest<?>> requests;
  private final @Nullable RpcOutcome<?>[] outcomes;
  private final RequestClass kind;
  private final Use use;
  private final long deadline;
  private final long attemptNanos;
  private final int maxAttempts;
  private final boolean hedged;
  private final Tracer.@Nullable Pen pen;

  /** Waits for this call; null where nobody does. */
  private final @Nullable LentThread lent;

  private final List<Node> tried = new ArrayList<>(2);
  private final CompletableFuture<List<RpcOutcome<?>>> result = new CompletableFuture<>();
  private @Nullable Refusals refusals;
  private int attempts;
  private int pauses;
  private boolean budgetSpent;

  /** Something of it left, so that an endpoint may have done what it asks for. */
  private boolean isSent;

  ReadCall(
      Roster roster,
      Wiring wiring,
      List<RpcRequest<?>> requests,
      long deadlineNanos,
      @Nullable LentThread lent) {
    this.roster = roster;
    this.wiring = wiring;
    this.requests = requests;
    this.outcomes = new @Nullable RpcOutcome<?>[requests.size()];
    this.deadline = wiring.now() + deadlineNanos;
    this.attemptNanos = deadlineNanos / 2;
    this.kind = RequestClass.of(requests);
    this.use = kind.isBulk() ? Use.BULK : Use.READ;
    this.maxAttempts = kind.attempts(wiring.policy);
    this.hedged = areAllPlain(requests);
    this.pen = wiring.tracer.begin();
    this.lent = lent;
  }

  private static boolean areAllPlain(List<RpcRequest<?>> requests) {
    for (int i = 0; i < requests.size(); i++) {
      if (!RequestClass.isPlain(requests.get(i).method())) {
        return false;
      }
    }
    return true;
  }

  private static boolean areAllFinal(List<RpcOutcome<?>> outcomes) {
    for (RpcOutcome<?> outcome : outcomes) {
      if (!isFinal(outcome)) {
        return false;
      }
    }
    return true;
  }

  /** Those that are not known to lack what is asked; all of them when every one is. */
  private List<Node> readers() {
    return Roster.ableNow(roster.readers(kind), requests, wiring.now());
  }

  /** Completes on the executor or the lent thread, normally, with one outcome for each request. */
  CompletableFuture<List<RpcOutcome<?>>> start() {
    wiring.retries.earn();
    wiring.hedges.earn();
    attempt();
    return result;
  }

  private void attempt() {
    if (attempts == 0 && pauses == 0 && tried.isEmpty() && firstAttempt()) {
      return;
    }
    List<Integer> open = open();
    long left = deadline - wiring.now();
    boolean mayAsk = attempts < maxAttempts && !(isSent && kind.isSentOnce());
    if (open.isEmpty() || !mayAsk || left <= 0) {
      finish();
      return;
    }
    List<Node> readers = readers();
    Optional<Node> next = roster.forRead(readers, tried, use, pen);
    if (next.isEmpty()) {
      startOver(left);
      return;
    }
    if (attempts > 0 && !wiring.retries.spend()) {
      budgetSpent = true;
      finish();
      return;
    }
    attempts++;
    tried.add(next.get());
    boolean last = isLast() || roster.forRead(readers, tried, use).isEmpty();
    new Race(open).start(next.get(), last ? left : Math.min(left, attemptNanos));
  }

  /** The usual case, without a search: one of several that are equally good. */
  private boolean firstAttempt() {
    // A trace tells who the candidates were, so that these are looked at.
    Node node = use == Use.BULK || pen != null ? null : roster.drawnForRead(requests);
    if (node == null) {
      return false;
    }
    attempts = 1;
    tried.add(node);
    new Race(requests.size() == 1 ? ONLY : open())
        .start(node, isLast() ? deadline - wiring.now() : attemptNanos);
    return true;
  }

  /** Whether nothing follows once this attempt is sent. */
  private boolean isLast() {
    return attempts == maxAttempts || kind.isSentOnce();
  }

  /** Every endpoint had its turn, or may not be asked now: a pause, then from the best on. */
  private void startOver(long left) {
    long pause;
    if (tried.isEmpty()) {
      OptionalLong wait = Roster.waitNanos(readers(), wiring.now(), use);
      pause = wait.isEmpty() ? left : Math.max(LEAST_WAIT_NANOS, wait.getAsLong());
    } else {
      tried.clear();
      long longest = FIRST_PAUSE_NANOS << Math.min(pauses++, MOST_DOUBLINGS);
      pause = wiring.random((int) Math.min(LAST_PAUSE_NANOS, longest));
    }
    if (pause >= left) {
      finish();
    } else {
      if (pen != null) {
        pen.waited(pause);
      }
      wiring.later(pause, this::attempt);
    }
  }

  private List<Integer> open() {
    List<Integer> open = new ArrayList<>(outcomes.length);
    for (int i = 0; i < outcomes.length; i++) {
      RpcOutcome<?> outcome = outcomes[i];
      if (outcome == null || !isFinal(outcome)) {
        open.add(i);
      }
    }
    return open;
  }

  /** Those that refused some of what this one answers; the usual call has no refusals to keep. */
  private List<Node> refutedBy(Node node, List<Integer> asked, List<RpcOutcome<?>> answer) {
    if (refusals == null) {
      if (areAllFinal(answer)) {
        return List.of();
      }
      refusals = new Refusals();
    }
    return refusals.refutedBy(node, asked, answer);
  }

  /** A node's words are worth more than a later silence. */
  private void keep(int request, RpcOutcome<?> outcome) {
    RpcOutcome<?> before = outcomes[request];
    boolean nodeSpoke =
        before instanceof RpcOutcome.Failed<?> failed
            && failed.failure() instanceof RpcFailure.NodeError;
    if (!nodeSpoke || isFinal(outcome)) {
      outcomes[request] = outcome;
    }
  }

  /** Whether no other endpoint has to be asked. */
  static boolean isFinal(RpcOutcome<?> outcome) {
    return isMeant(outcome)
        || (((RpcOutcome.Failed<?>) outcome).failure() instanceof RpcFailure.NodeError error
            && error.code() == INVALID_PARAMS);
  }

  /** A value, what the chain says to a call or a transaction, or what nobody is asked. */
  static boolean isMeant(RpcOutcome<?> outcome) {
    if (outcome instanceof RpcOutcome.Ok<?>) {
      return true;
    }
    RpcFailure failure = ((RpcOutcome.Failed<?>) outcome).failure();
    if (failure instanceof RpcFailure.PrivateTransaction) {
      return true;
    }
    return failure instanceof RpcFailure.NodeError error
        && (error.code() == REVERT_WITH_DATA || error.meaning().code().isAboutTransaction());
  }

  private void finish() {
    List<RpcOutcome<?>> all;
    if (outcomes.length == 1) {
      all = List.of(last(outcomes[0]));
    } else {
      all = new ArrayList<>(outcomes.length);
      for (RpcOutcome<?> outcome : outcomes) {
        all.add(last(outcome));
      }
    }
    if (pen != null) {
      pen.end(requests.get(0).method(), requests.size(), areAllFinal(all));
    }
    if (wiring.meters.isOn() && all.stream().anyMatch(ReadCall::isLate)) {
      wiring.meters.count("deadline.exceeded", 1, "class", Meters.label(kind));
    }
    result.complete(all);
  }

  private static boolean isLate(RpcOutcome<?> outcome) {
    return outcome instanceof RpcOutcome.Failed<?> failed
        && failed.failure() instanceof RpcFailure.DeadlineExceeded;
  }

  private RpcOutcome<?> last(@Nullable RpcOutcome<?> outcome) {
    if (outcome == null) {
      return new RpcOutcome.Failed<>(unasked());
    }
    boolean cutShort =
        budgetSpent
            && outcome instanceof RpcOutcome.Failed<?> failed
            && !(failed.failure() instanceof RpcFailure.NodeError);
    return cutShort
        ? new RpcOutcome.Failed<>(
            new RpcFailure.RetryBudgetSpent(((RpcOutcome.Failed<?>) outcome).failure()))
        : outcome;
  }

  private RpcFailure unasked() {
    String why = Roster.whyNot(readers(), wiring.now(), use);
    return new RpcFailure.NoEligibleEndpoint(
        "no endpoint may be asked" + (why.isEmpty() ? "" : ": " + why));
  }

  /** One attempt: an endpoint, and perhaps another one that overtakes it. Thread-safe. */
  private final class Race {
    private final List<Integer> open;
    private final List<RpcRequest<?>> asked;

    @GuardedBy("this")
    private final List<Asked> running = new ArrayList<>(2);

    /** Nothing was sent so far: a place that was not free is no attempt. */
    @GuardedBy("this")
    private boolean allRefused = true;

    @GuardedBy("this")
    private boolean over;

    private volatile @Nullable ScheduledFuture<?> hedge;

    /** The one that joined. */
    private volatile @Nullable Node hedging;

    Race(List<Integer> open) {
      this.open = open;
      this.asked =
          open.size() == requests.size()
              ? requests
              : open.stream().<RpcRequest<?>>map(requests::get).toList();
    }

    void start(Node node, long timeoutNanos) {
      long end = wiring.now() + timeoutNanos;
      run(node, timeoutNanos);
      if (hedged && !result.isDone()) {
        long slow = node.state.slowNanos();
        long delay =
            slow == 0
                ? MOST_HEDGE_NANOS
                : Math.max(LEAST_HEDGE_NANOS, Math.min(MOST_HEDGE_NANOS, slow));
        if (delay < timeoutNanos) {
          setHedge(wiring.after(delay, () -> join(node, end)));
        }
      }
    }

    /** The answer may have been quicker than this. */
    private void setHedge(ScheduledFuture<?> timer) {
      hedge = timer;
      boolean late;
      synchronized (this) {
        late = over;
      }
      if (late) {
        timer.cancel(false);
      }
    }

    private void run(Node node, long timeoutNanos) {
      Asked one = node.ask(asked, timeoutNanos, use, lent);
      boolean late;
      synchronized (this) {
        running.add(one);
        late = over;
      }
      if (late) {
        one.leave();
      }
      Tracer.Pen trace = pen;
      if (trace == null) {
        Wiring.detach(one.outcomes.thenAccept(answer -> answered(node, one, answer)));
        return;
      }
      long start = wiring.now();
      Wiring.detach(
          one.outcomes.thenAccept(
              answer -> {
                long took = wiring.now() - start;
                trace.attempted(node.endpoint.name(), NodeMeter.outcome(answer), took);
                answered(node, one, answer);
              }));
    }

    /** A second operator, if it promises to be quick and the budget allows. */
    private void join(Node slow, long end) {
      Node other;
      synchronized (this) {
        if (over) {
          return;
        }
        other = roster.forRead(readers(), tried, use, pen).orElse(null);
        long now = wiring.now();
        if (other == null
            || other.endpoint.operator().equals(slow.endpoint.operator())
            || other.state.state() != State.UP
            || !other.state.isVerified()
            || other.cost(now) >= 2 * slow.cost(now)
            || end <= now
            || !wiring.hedges.spend()) {
          return;
        }
        tried.add(other);
      }
      hedging = other;
      run(other, end - wiring.now());
    }

    private static boolean isFrom(Node node, List<RpcOutcome<?>> answer) {
      return answer.get(0) instanceof RpcOutcome.Ok<?> ok
          && ok.endpoint().equals(node.endpoint.name());
    }

    /** The first answer that settles everything wins; else the last one ends the race. */
    private void answered(Node node, Asked one, List<RpcOutcome<?>> answer) {
      List<Node> refuted;
      List<Asked> losers;
      boolean ends;
      synchronized (this) {
        running.remove(one);
        if (over) {
          return;
        }
        for (int i = 0; i < answer.size(); i++) {
          keep(open.get(i), answer.get(i));
        }
        refuted = refutedBy(node, open, answer);
        allRefused &= one.isRefused(answer);
        isSent |= kind.isSentOnce() && !answer.stream().allMatch(Node::isUnsent);
        over = running.isEmpty() || areAllFinal(answer);
        ends = over;
        losers = List.copyOf(running);
        attempts -= ends && allRefused ? 1 : 0;
      }
      for (Node other : refuted) {
        other.suspect("refused what " + node.endpoint.name() + " answers");
      }
      if (!ends) {
        return;
      }
      ScheduledFuture<?> timer = hedge;
      if (timer != null) {
        timer.cancel(false);
      }
      losers.forEach(Asked::leave);
      Node joined = hedging;
      if (joined != null) {
        joined.meter.hedged(isFrom(joined, answer));
      }
      attempt();
    }
  }
}
