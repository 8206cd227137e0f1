package io.payonce.routing;

import io.payonce.SignedTransaction;
import io.payonce.failure.FailureCode;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastEvidence.Answer;
import io.payonce.rpc.BroadcastEvidence.Verdict;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.Operator;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signed bytes to the operators, and what each endpoint said.
 *
 * <p>Two waves: the first operators, then the rest for those transactions that none of the first
 * took. Within a wave the operators are asked at the same time; at one endpoint chunk follows
 * chunk, because a node wants nonces in order. Nothing is cancelled once begun: the evidence is
 * collected to its end, whoever still waits for it.
 */
final class Broadcast {
  private static final Logger LOG = LoggerFactory.getLogger(RpcPool.class);
  private static final int FIRST_OPERATORS = 2;

  private final Roster roster;
  private final Wiring wiring;
  private final List<SignedTransaction> txs;
  private final long start;

  /** For each transaction, the answers of the waves that are over, by endpoint. */
  private final List<Map<String, Answer>> answers = new ArrayList<>();

  Broadcast(Roster roster, Wiring wiring, List<SignedTransaction> txs) {
    this.roster = roster;
    this.wiring = wiring;
    this.txs = txs;
    this.start = wiring.now();
    txs.forEach(tx -> answers.add(new LinkedHashMap<>()));
  }

  /** Completes on the executor, normally, with one evidence for each transaction. */
  CompletableFuture<List<BroadcastEvidence>> start(BroadcastOptions options) {
    List<Operator> order = roster.forBroadcast();
    int first =
        options.reach() == BroadcastOptions.Reach.ALL
            ? order.size()
            : Math.min(FIRST_OPERATORS, order.size());
    long deadlineNanos = wiring.policy.broadcastDeadline().toNanos();
    long end = start + deadlineNanos;
    long firstEnd = first < order.size() ? start + deadlineNanos / 2 : end;
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < txs.size(); i++) {
      all.add(i);
    }
    return wave(order.subList(0, first), all, firstEnd)
        .thenCompose(
            done -> {
              List<Integer> untaken = new ArrayList<>(all);
              untaken.removeIf(tx -> isTaken(answers.get(tx)));
              return wave(order.subList(first, order.size()), untaken, end);
            })
        .thenApply(done -> evidence());
  }

  private CompletableFuture<Void> wave(List<Operator> operators, List<Integer> open, long end) {
    if (operators.isEmpty() || open.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    List<Delivery> deliveries = new ArrayList<>();
    List<CompletableFuture<Void>> running = new ArrayList<>();
    for (Operator operator : operators) {
      Delivery delivery = new Delivery(operator, open, end);
      deliveries.add(delivery);
      running.add(delivery.start());
    }
    return CompletableFuture.allOf(running.toArray(new CompletableFuture<?>[0]))
        .thenAccept(
            done ->
                deliveries.forEach(
                    delivery ->
                        delivery.found.forEach(
                            (tx, byEndpoint) -> answers.get(tx).putAll(byEndpoint))));
  }

  private static boolean isTaken(Map<String, Answer> byEndpoint) {
    return byEndpoint.values().stream()
        .map(Answer::verdict)
        .anyMatch(v -> v == Verdict.ACCEPTED || v == Verdict.ALREADY_KNOWN);
  }

  private List<BroadcastEvidence> evidence() {
    List<BroadcastEvidence> evidence = new ArrayList<>();
    for (int i = 0; i < txs.size(); i++) {
      evidence.add(
          new BroadcastEvidence(txs.get(i).hash(), new ArrayList<>(answers.get(i).values())));
    }
    return evidence;
  }

  /**
   * Transactions to one operator, one chunk after the other. What provably did not leave is tried
   * once more: at another endpoint of the operator, else at the same one. Its steps follow one
   * another and never overlap.
   */
  private final class Delivery {
    private final Operator operator;
    private final List<Integer> open;
    private final long end;
    final Map<Integer, Map<String, Answer>> found = new LinkedHashMap<>();

    Delivery(Operator operator, List<Integer> open, long end) {
      this.operator = operator;
      this.open = open;
      this.end = end;
    }

    CompletableFuture<Void> start() {
      return chunk(0);
    }

    private CompletableFuture<Void> chunk(int from) {
      if (from >= open.size()) {
        return CompletableFuture.completedFuture(null);
      }
      int to = Math.min(open.size(), from + wiring.policy.maxBatch());
      return send(open.subList(from, to), new ArrayList<>()).thenCompose(done -> chunk(to));
    }

    private CompletableFuture<Void> send(List<Integer> chunk, List<Node> tried) {
      List<Node> untried = new ArrayList<>(roster.of(operator));
      untried.removeAll(tried);
      Node node = roster.best(untried, State.DOWN).orElse(null);
      if (node == null && !tried.isEmpty()) {
        node = roster.best(tried, State.DOWN).orElse(null);
      }
      long left = end - wiring.now();
      if (node == null || left <= 0) {
        return unsent(chunk, left <= 0 ? "no time was left" : "throttled or quarantined");
      }
      Node asked = node;
      List<RpcRequest<?>> requests = new ArrayList<>();
      chunk.forEach(tx -> requests.add(Requests.sendRawTransaction(txs.get(tx).raw())));
      tried.add(asked);
      return asked
          .ask(requests, left, Node.Proof.FRESH)
          .thenCompose(
              outcomes -> {
                List<Integer> unsent = new ArrayList<>();
                for (int i = 0; i < chunk.size(); i++) {
                  int tx = chunk.get(i);
                  Answer answer = answer(asked, txs.get(tx), outcomes.get(i));
                  put(tx, answer);
                  if (answer.verdict() == Verdict.NOT_SENT) {
                    unsent.add(tx);
                  }
                }
                return unsent.isEmpty() || tried.size() > 1
                    ? CompletableFuture.completedFuture(null)
                    : send(unsent, tried);
              });
    }

    private CompletableFuture<Void> unsent(List<Integer> chunk, String why) {
      String name = roster.of(operator).get(0).endpoint.name();
      for (int tx : chunk) {
        if (!found.containsKey(tx)) {
          put(tx, new Answer(operator, name, Verdict.NOT_SENT, 0, why));
        }
      }
      return CompletableFuture.completedFuture(null);
    }

    /** A later verdict of the same endpoint stands, as the earlier one was {@code NOT_SENT}. */
    private void put(int tx, Answer answer) {
      found.computeIfAbsent(tx, i -> new LinkedHashMap<>()).put(answer.endpoint(), answer);
    }
  }

  private static Answer answer(Node node, SignedTransaction tx, RpcOutcome<?> outcome) {
    if (outcome instanceof RpcOutcome.Ok<?> ok) {
      if (tx.hash().equals(ok.value())) {
        return verdict(node, Verdict.ACCEPTED, 0, "");
      }
      String why = "returned hash " + ok.value() + " for transaction " + tx.hash();
      node.lied(why);
      return verdict(node, Verdict.WRONG_HASH, 0, why);
    }
    RpcFailure failure = ((RpcOutcome.Failed<?>) outcome).failure();
    if (failure instanceof RpcFailure.NodeError error) {
      Verdict verdict = verdict(error);
      if (verdict == Verdict.AMBIGUOUS) {
        LOG.warn(
            "endpoint {} answered transaction {} in unknown words: {} {}",
            node.endpoint.name(),
            tx.hash(),
            error.code(),
            error.message());
      }
      return verdict(node, verdict, error.code(), error.message());
    }
    boolean unsent = failure.bytesSent() == BytesSent.NONE;
    return verdict(node, unsent ? Verdict.NOT_SENT : Verdict.AMBIGUOUS, 0, failure.message());
  }

  /**
   * Words that no rule knows, or that are about the endpoint and not about the transaction, prove
   * nothing: a proxy may have passed the bytes on.
   */
  private static Verdict verdict(RpcFailure.NodeError error) {
    FailureCode code = Node.meaning(error).code();
    if (code == FailureCode.ALREADY_KNOWN) {
      return Verdict.ALREADY_KNOWN;
    }
    return code.isAboutTransaction() || code == FailureCode.RATE_LIMITED
        ? Verdict.REJECTED
        : Verdict.AMBIGUOUS;
  }

  private static Answer verdict(Node node, Verdict verdict, int code, String message) {
    return new Answer(node.endpoint.operator(), node.endpoint.name(), verdict, code, message);
  }
}
