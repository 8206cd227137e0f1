package io.payonce.routing;

import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One call, or one batch, until each request has an answer: one endpoint at a time, another one for
 * what is left. An answer that a node means stays; everything else is asked elsewhere.
 *
 * <p>Each attempt gets half of the deadline, and the last one what is left, so a hung endpoint
 * costs half of it and the whole ends in time by construction. Its steps follow one another and
 * never overlap.
 */
final class ReadCall {
  /** JSON-RPC: the parameters are wrong, and so they are elsewhere. */
  private static final int INVALID_PARAMS = -32602;

  /** The code that geth gives to a revert with data. */
  private static final int REVERT_WITH_DATA = 3;

  private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long LAST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final Roster roster;
  private final Wiring wiring;
  private final List<RpcRequest<?>> requests;
  private final @Nullable RpcOutcome<?>[] outcomes;
  private final long deadline;
  private final long attemptNanos;
  private final int maxAttempts;
  private final List<Node> tried = new ArrayList<>();
  private final CompletableFuture<List<RpcOutcome<?>>> result = new CompletableFuture<>();
  private int attempts;
  private int pauses;

  ReadCall(Roster roster, Wiring wiring, List<RpcRequest<?>> requests, long deadlineNanos) {
    this.roster = roster;
    this.wiring = wiring;
    this.requests = requests;
    this.outcomes = new @Nullable RpcOutcome<?>[requests.size()];
    this.deadline = wiring.now() + deadlineNanos;
    this.attemptNanos = deadlineNanos / 2;
    boolean repeatable = requests.stream().allMatch(r -> Methods.isRead(r.method()));
    this.maxAttempts = repeatable ? wiring.policy.attempts() : 1;
  }

  /** Completes on the executor, normally, with one outcome for each request. */
  CompletableFuture<List<RpcOutcome<?>>> start() {
    attempt();
    return result;
  }

  private void attempt() {
    List<Integer> open = open();
    long left = deadline - wiring.now();
    if (open.isEmpty() || attempts >= maxAttempts || left <= 0 || result.isDone()) {
      finish();
      return;
    }
    Optional<Node> next = roster.forRead(tried);
    if (next.isEmpty()) {
      startOver(left);
      return;
    }
    attempts++;
    tried.add(next.get());
    List<RpcRequest<?>> asked = new ArrayList<>();
    open.forEach(i -> asked.add(requests.get(i)));
    boolean last = attempts == maxAttempts || roster.forRead(tried).isEmpty();
    long timeout = last ? left : Math.min(left, attemptNanos);
    Wiring.detach(
        next.get()
            .ask(asked, timeout, Node.Proof.ONCE)
            .thenAccept(
                answers -> {
                  for (int i = 0; i < answers.size(); i++) {
                    keep(open.get(i), answers.get(i));
                  }
                  attempt();
                }));
  }

  /** Every endpoint had its turn: a pause with jitter, then once more from the best on. */
  private void startOver(long left) {
    if (tried.isEmpty()) {
      finish();
      return;
    }
    tried.clear();
    long most = Math.min(LAST_PAUSE_NANOS, FIRST_PAUSE_NANOS << pauses++);
    long pause = wiring.random((int) most);
    if (pause >= left || roster.forRead(tried).isEmpty()) {
      finish();
      return;
    }
    wiring.later(pause, this::attempt);
  }

  private List<Integer> open() {
    List<Integer> open = new ArrayList<>();
    for (int i = 0; i < outcomes.length; i++) {
      RpcOutcome<?> outcome = outcomes[i];
      if (outcome == null || !isFinal(outcome)) {
        open.add(i);
      }
    }
    return open;
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

  private static boolean isFinal(RpcOutcome<?> outcome) {
    if (outcome instanceof RpcOutcome.Ok<?>) {
      return true;
    }
    if (!(((RpcOutcome.Failed<?>) outcome).failure() instanceof RpcFailure.NodeError error)) {
      return false;
    }
    if (error.code() == INVALID_PARAMS || error.code() == REVERT_WITH_DATA) {
      return true;
    }
    return Node.meaning(error).code().isAboutTransaction();
  }

  private void finish() {
    List<RpcOutcome<?>> all = new ArrayList<>(outcomes.length);
    for (RpcOutcome<?> outcome : outcomes) {
      all.add(outcome == null ? new RpcOutcome.Failed<>(unasked()) : outcome);
    }
    result.complete(all);
  }

  private static RpcFailure unasked() {
    return new RpcFailure.NoEligibleEndpoint("every endpoint is throttled or quarantined");
  }
}
