package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.SignedTransaction;
import io.payonce.routing.Endpoint.Role;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.routing.Node.Use;
import io.payonce.rpc.Operator;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.ShownTransaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Looks for a transaction by its hash, at operators that did not accept it from us, or at these
 * when there are no others: after 0.2, 0.5, 1 and 2 s, until somebody shows the bytes of this hash,
 * with our signature. The monitor guards what was seen; nothing is asked or completed under it.
 */
final class SightingRound {
  private static final long[] LOOKS_AT_MILLIS = {200, 500, 1000, 2000};
  private static final long LAST_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final Roster roster;
  private final Wiring wiring;
  private final SignedTransaction tx;
  private final Set<Operator> acceptors;
  private final List<Operator> watched = new ArrayList<>();
  private final long start;
  private final CompletableFuture<Sighting> result = new CompletableFuture<>();

  @GuardedBy("this")
  private final TreeSet<Operator> holders = new TreeSet<>();

  SightingRound(Roster roster, Wiring wiring, SignedTransaction tx, Set<Operator> acceptors) {
    this.roster = roster;
    this.wiring = wiring;
    this.tx = tx;
    this.acceptors = acceptors;
    this.start = wiring.now();
    TreeSet<Operator> all = new TreeSet<>();
    roster.with(Role.READ).forEach(node -> all.add(node.endpoint.operator()));
    watched.addAll(all);
    watched.removeAll(acceptors);
    if (watched.isEmpty()) {
      watched.addAll(all);
    }
  }

  /** Completes on the executor, normally, after two and a half seconds at the latest. */
  CompletableFuture<Sighting> start() {
    look(0);
    return result;
  }

  private void look(int round) {
    if (round == LOOKS_AT_MILLIS.length) {
      answer();
      return;
    }
    long due = start + TimeUnit.MILLISECONDS.toNanos(LOOKS_AT_MILLIS[round]);
    wiring.later(Math.max(0, due - wiring.now()), () -> askAll(round));
  }

  private void askAll(int round) {
    boolean last = round == LOOKS_AT_MILLIS.length - 1;
    long until =
        last
            ? wiring.now() + LAST_LOOK_NANOS
            : start + TimeUnit.MILLISECONDS.toNanos(LOOKS_AT_MILLIS[round + 1]);
    List<CompletableFuture<?>> asked = new ArrayList<>();
    for (Operator operator : watched) {
      roster
          .best(Roster.of(operator, roster.with(Role.READ)), State.SUSPECT, Use.VOTE)
          .ifPresent(node -> asked.add(ask(node, until - wiring.now())));
    }
    Wiring.detach(
        CompletableFuture.allOf(asked.toArray(new CompletableFuture<?>[0]))
            .thenRun(
                () -> {
                  if (!result.isDone()) {
                    look(round + 1);
                  }
                }));
  }

  private CompletableFuture<Void> ask(Node node, long timeoutNanos) {
    return node.ask(List.of(Requests.transaction(tx.hash())), timeoutNanos, Use.VOTE)
        .outcomes
        .thenAccept(
            outcomes -> {
              if (outcomes.get(0) instanceof RpcOutcome.Ok<?> ok
                  && ok.value() instanceof ShownTransaction.Proven) {
                synchronized (this) {
                  holders.add(node.endpoint.operator());
                }
                node.meter.sighted(wiring.now() - start);
                answer();
              }
            });
  }

  private void answer() {
    List<Operator> seen;
    synchronized (this) {
      seen = List.copyOf(holders);
    }
    result.complete(new Sighting(seen, !acceptors.containsAll(seen)));
  }
}
