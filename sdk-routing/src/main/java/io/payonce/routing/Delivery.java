package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.SignedTransaction;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.routing.Node.Use;
import io.payonce.rpc.BroadcastEvidence.Answer;
import io.payonce.rpc.BroadcastEvidence.Verdict;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/**
 * Transactions to one operator, one chunk after the other, because a node wants nonces in order.
 * What provably did not leave is tried once more: at another endpoint of the operator, else at the
 * same one. Its steps follow one another and never overlap.
 */
final class Delivery {
  /** Takes what an endpoint answered to a chunk. */
  interface Heard {
    void answered(Node node, List<Integer> chunk, List<RpcOutcome<?>> outcomes);
  }

  private final List<Node> nodes;
  private final Wiring wiring;
  private final List<SignedTransaction> txs;
  private final long end;
  private final Heard heard;

  @GuardedBy("this")
  private final Deque<Integer> waiting = new ArrayDeque<>();

  /** Given to this operator, and no answer is there yet. */
  @GuardedBy("this")
  private final TreeSet<Integer> open = new TreeSet<>();

  @GuardedBy("this")
  private boolean running;

  Delivery(List<Node> nodes, Wiring wiring, List<SignedTransaction> txs, long end, Heard heard) {
    this.nodes = nodes;
    this.wiring = wiring;
    this.txs = txs;
    this.end = end;
    this.heard = heard;
  }

  /** Queues more; true when {@link #run} has to be called for it. */
  synchronized boolean add(List<Integer> more) {
    waiting.addAll(more);
    open.addAll(more);
    boolean idle = !running;
    running = true;
    return idle;
  }

  /** Completes when everything queued has an answer. */
  CompletableFuture<Void> run() {
    while (true) {
      List<Integer> chunk = next();
      if (chunk.isEmpty()) {
        return CompletableFuture.completedFuture(null);
      }
      CompletableFuture<Void> sent = send(chunk, new ArrayList<>());
      // What is answered at once, as all is after the deadline, must not fill the stack.
      if (!sent.isDone() || sent.isCompletedExceptionally()) {
        return sent.thenCompose(done -> run());
      }
    }
  }

  /** What one body holds; empty when nothing waits, and then {@link #add} has to run it again. */
  private synchronized List<Integer> next() {
    List<Integer> chunk = new ArrayList<>();
    while (chunk.size() < wiring.policy.sendBatch() && !waiting.isEmpty()) {
      chunk.add(waiting.removeFirst());
    }
    running = !chunk.isEmpty();
    return chunk;
  }

  private CompletableFuture<Void> send(List<Integer> chunk, List<Node> tried) {
    List<Node> untried = new ArrayList<>(nodes);
    untried.removeAll(tried);
    Node node = Roster.best(untried, State.DOWN, Use.WRITE, wiring).orElse(null);
    if (node == null && !tried.isEmpty()) {
      node = Roster.best(tried, State.DOWN, Use.WRITE, wiring).orElse(null);
    }
    long left = end - wiring.now();
    if (node == null || left <= 0) {
      Node last = tried.isEmpty() ? nodes.get(0) : tried.get(0);
      hear(last, chunk, unsent(chunk.size(), left <= 0));
      return CompletableFuture.completedFuture(null);
    }
    Node asked = node;
    List<RpcRequest<?>> requests = new ArrayList<>();
    chunk.forEach(tx -> requests.add(Requests.sendRawTransaction(txs.get(tx).raw())));
    tried.add(asked);
    return asked
        .ask(requests, left, Use.WRITE)
        .outcomes
        .thenCompose(
            outcomes -> {
              hear(asked, chunk, outcomes);
              List<Integer> again = new ArrayList<>();
              for (int i = 0; i < chunk.size(); i++) {
                if (Node.isUnsent(outcomes.get(i))) {
                  again.add(chunk.get(i));
                }
              }
              if (again.isEmpty() || tried.size() > 1) {
                return CompletableFuture.completedFuture(null);
              }
              synchronized (this) {
                open.addAll(again);
              }
              return send(again, tried);
            });
  }

  private static List<RpcOutcome<?>> unsent(int count, boolean late) {
    return Node.failed(
        count,
        new RpcFailure.NoEligibleEndpoint(
            late ? "no time was left" : "throttled, used to its limit or quarantined"));
  }

  private void hear(Node node, List<Integer> chunk, List<RpcOutcome<?>> outcomes) {
    synchronized (this) {
      chunk.forEach(open::remove); // removeAll would search the list for each of them
    }
    heard.answered(node, chunk, outcomes);
  }

  /** For a transaction that this operator was given and has not answered. */
  synchronized Optional<Answer> unanswered(int tx) {
    if (!open.contains(tx)) {
      return Optional.empty();
    }
    Endpoint endpoint = nodes.get(0).endpoint;
    return Optional.of(
        new Answer(
            endpoint.operator(), endpoint.name(), Verdict.AMBIGUOUS, 0, "has not answered yet"));
  }
}
