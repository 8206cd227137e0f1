package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.SignedTransaction;
import io.payonce.failure.FailureCode;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastEvidence.Answer;
import io.payonce.rpc.BroadcastEvidence.Verdict;
import io.payonce.rpc.BroadcastOptions.Reach;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.Operator;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signed bytes to the operators, and what each endpoint said.
 *
 * <p>Two operators get them at once. A transaction goes to the rest as soon as one of the two says
 * anything but that it has it, or when nobody took it within a second. The caller is answered when
 * everyone asked has answered, or a moment after the last transaction was taken: an endpoint that
 * hangs holds up nobody. Nothing is cancelled once begun: the evidence is collected to its end, and
 * told to listener and log.
 *
 * <p>The monitor guards what is known; nothing is asked or completed under it. It is taken before
 * that of a delivery, never after.
 */
final class Broadcast {
  private static final Logger LOG = LoggerFactory.getLogger(RpcPool.class);
  private static final int FIRST_OPERATORS = 2;

  /** Longer than any healthy operator takes, and short beside a block. */
  private static final long WIDEN_AFTER_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Roster roster;
  private final Wiring wiring;
  private final EvidenceLog log;
  private final List<SignedTransaction> txs;
  private final long end;
  private final List<Operator> rest = new ArrayList<>();

  /** As configured when it began: a reload in between changes nothing here. */
  private volatile List<Node> targets = List.of();

  private final CompletableFuture<List<BroadcastEvidence>> result = new CompletableFuture<>();
  private final CompletableFuture<Void> drained = new CompletableFuture<>();

  @GuardedBy("this")
  private final Map<Operator, Delivery> deliveries = new TreeMap<>();

  /** For each transaction, what was answered, by endpoint. */
  @GuardedBy("this")
  private final List<Map<String, Answer>> answers = new ArrayList<>();

  @GuardedBy("this")
  private final boolean[] widened;

  /** How many nobody took yet. */
  @GuardedBy("this")
  private int untaken;

  @GuardedBy("this")
  private int running;

  @GuardedBy("this")
  private boolean graceStarted;

  private volatile @Nullable ScheduledFuture<?> widening;

  Broadcast(Roster roster, Wiring wiring, EvidenceLog log, List<SignedTransaction> txs) {
    this.roster = roster;
    this.wiring = wiring;
    this.log = log;
    this.txs = txs;
    this.end = wiring.now() + wiring.policy.broadcastDeadline().toNanos();
    this.widened = new boolean[txs.size()];
    this.untaken = txs.size();
    txs.forEach(tx -> answers.add(new LinkedHashMap<>()));
  }

  /** To these and nobody else; otherwise as {@link #toPublic}. */
  CompletableFuture<List<BroadcastEvidence>> to(List<Node> named) {
    return start(named, roster.forBroadcast(named), Integer.MAX_VALUE);
  }

  /** Completes on the executor, normally, with one evidence for each transaction. */
  CompletableFuture<List<BroadcastEvidence>> toPublic(Reach reach) {
    List<Node> all = roster.requirePublic();
    return start(
        all, roster.forBroadcast(all), reach == Reach.TWO ? FIRST_OPERATORS : Integer.MAX_VALUE);
  }

  private CompletableFuture<List<BroadcastEvidence>> start(
      List<Node> nodes, List<Operator> order, int most) {
    targets = nodes;
    int first = Math.min(most, order.size());
    rest.addAll(order.subList(first, order.size()));
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < txs.size(); i++) {
      all.add(i);
    }
    if (all.isEmpty()) {
      drained.complete(null);
      result.complete(List.of());
      return result;
    }
    if (!rest.isEmpty()) {
      long wait = Math.min(WIDEN_AFTER_NANOS, (end - wiring.now()) / 2);
      widening = wiring.after(wait, () -> widen(all));
    }
    deliver(order.subList(0, first), targets, all);
    return result;
  }

  /** Completes when the last endpoint has answered or run out of time. */
  CompletableFuture<Void> drained() {
    return drained;
  }

  private void deliver(List<Operator> operators, List<Node> targets, List<Integer> open) {
    List<Delivery> idle = new ArrayList<>();
    synchronized (this) {
      for (Operator operator : operators) {
        Delivery delivery =
            deliveries.computeIfAbsent(
                operator, o -> new Delivery(Roster.of(o, targets), wiring, txs, end, this::heard));
        if (delivery.add(open)) {
          running++;
          idle.add(delivery);
        }
      }
    }
    idle.forEach(delivery -> Wiring.detach(delivery.run().thenRun(this::delivered)));
  }

  /** To the other operators, as far as nobody took them yet and they were not asked already. */
  private void widen(List<Integer> candidates) {
    List<Integer> open = new ArrayList<>();
    synchronized (this) {
      for (int tx : candidates) {
        if (!widened[tx] && !isTaken(tx)) {
          widened[tx] = true;
          open.add(tx);
        }
      }
    }
    if (!open.isEmpty() && !rest.isEmpty()) {
      deliver(rest, targets, open);
    }
  }

  /** One endpoint has answered a chunk. */
  private void heard(Node node, List<Integer> chunk, List<RpcOutcome<?>> outcomes) {
    List<Integer> refused = new ArrayList<>();
    for (int i = 0; i < chunk.size(); i++) {
      int tx = chunk.get(i);
      Answer answer = answer(node, txs.get(tx), outcomes.get(i));
      log.add(txs.get(tx).hash(), answer);
      wiring.announcer.tell(listener -> listener.answered(txs.get(tx).hash(), answer));
      node.meter.answered(answer.verdict());
      synchronized (this) {
        boolean wasTaken = isTaken(tx);
        // A later verdict of the same endpoint stands, as the earlier one was NOT_SENT.
        answers.get(tx).put(answer.endpoint(), answer);
        if (!isTaken(tx)) {
          refused.add(tx);
        } else if (!wasTaken) {
          untaken--;
        }
      }
    }
    if (!refused.isEmpty()) {
      widen(refused);
    }
    answerIfTaken();
  }

  private void answerIfTaken() {
    boolean start;
    synchronized (this) {
      start = untaken == 0 && !graceStarted;
      graceStarted |= start;
    }
    if (start) {
      long left = Math.max(0, end - wiring.now());
      wiring.later(Math.min(wiring.policy.grace().toNanos(), left), this::answer);
    }
  }

  private void delivered() {
    synchronized (this) {
      if (--running > 0) {
        return;
      }
    }
    ScheduledFuture<?> timer = widening;
    if (timer != null) {
      timer.cancel(false);
    }
    answer();
    drained.complete(null);
  }

  private void answer() {
    List<BroadcastEvidence> evidence = new ArrayList<>();
    synchronized (this) {
      for (int tx = 0; tx < txs.size(); tx++) {
        Map<String, Answer> all = new LinkedHashMap<>(answers.get(tx));
        for (Delivery delivery : deliveries.values()) {
          // What is sent again has no answer, whatever was said of the first time.
          delivery.unanswered(tx).ifPresent(open -> all.put(open.endpoint(), open));
        }
        evidence.add(
            log.dated(new BroadcastEvidence(txs.get(tx).hash(), List.copyOf(all.values()))));
      }
    }
    result.complete(evidence);
  }

  @GuardedBy("this")
  private boolean isTaken(int tx) {
    return answers.get(tx).values().stream()
        .map(Answer::verdict)
        .anyMatch(v -> v == Verdict.ACCEPTED || v == Verdict.ALREADY_KNOWN);
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
      return new Answer(
          node.endpoint.operator(),
          node.endpoint.name(),
          verdict,
          error.code(),
          error.message(),
          verdict == Verdict.ALREADY_KNOWN
              ? Optional.empty()
              : Optional.of(error.meaning().action()));
    }
    boolean unsent = failure.bytesSent() == BytesSent.NONE;
    return verdict(node, unsent ? Verdict.NOT_SENT : Verdict.AMBIGUOUS, 0, failure.message());
  }

  /**
   * Words that no rule knows, or that are about the endpoint and not about the transaction, prove
   * nothing: a proxy may have passed the bytes on.
   */
  private static Verdict verdict(RpcFailure.NodeError error) {
    FailureCode code = error.meaning().code();
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
