package io.payonce.routing;

import io.payonce.BlockRef;
import io.payonce.routing.Learned.ByHash;
import io.payonce.routing.Node.Use;
import io.payonce.rpc.Operator;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcFailure.ViewInvalidated.Reason;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/**
 * One read of a view: at the endpoint that carries it, and when that one fails at another one that
 * has shown the view's block. Its steps follow one another and never overlap.
 *
 * <p>What the carrier says about the block ends the view; others have to be two, as one of them
 * alone may be on a fork of its own.
 */
final class ViewRead<T> {
  private static final int CONTRADICTIONS = 2;

  private final ChainView view;
  private final Views views;
  private final Pinned<T> pinned;
  private final long deadline;
  private final long attemptNanos;
  private final int maxAttempts;
  private final List<Node> tried = new ArrayList<>(2);
  private final TreeSet<Operator> contradicting = new TreeSet<>();
  private final CompletableFuture<RpcOutcome<T>> result = new CompletableFuture<>();

  ViewRead(ChainView view, Views views, Pinned<T> pinned, RequestClass kind, long deadlineNanos) {
    this.view = view;
    this.views = views;
    this.pinned = pinned;
    this.deadline = views.wiring.now() + deadlineNanos;
    this.attemptNanos = deadlineNanos / 2;
    this.maxAttempts = Math.max(2, kind.attempts(views.wiring.policy));
  }

  /** Completes on the executor, in time, normally. */
  CompletableFuture<RpcOutcome<T>> start() {
    views.wiring.retries.earn();
    if (view.invalidated().isPresent()) {
      views.wiring.run(() -> fail(view.invalidated().orElseThrow()));
    } else {
      begin(view.carrier());
    }
    return result;
  }

  private void begin(Node carrier) {
    boolean isMixed = carrier.state.isInconsistent(); // it was not when it opened the view
    if (isMixed || carrier.isRetired()) {
      tried.add(carrier);
      String name = carrier.endpoint.name();
      String why = isMixed ? name + " is several nodes, and holds no view" : name + " was removed";
      views.wiring.run(() -> move(carrier, new RpcFailure.Behind(why)));
    } else {
      at(carrier);
    }
  }

  private void at(Node node) {
    tried.add(node);
    Optional<RpcRequest<T>> byHash = pinned.byHash();
    if (byHash.isEmpty() || node.learned.byHash(views.wiring.now()) != ByHash.TAKEN) {
      byNumber(node, false);
      return;
    }
    ask(
        node,
        List.of(byHash.get()),
        outcomes -> {
          RpcOutcome<T> outcome = only(outcomes.get(0));
          if (ReadCall.isMeant(outcome)) {
            finish(outcome);
          } else if (isNodeError(outcome)) {
            byNumber(node, true); // its words do not tell a reorg from a hash that it cannot read
          } else {
            move(node, failure(outcome));
          }
        });
  }

  /** The hash before, together with the value, and the hash once more after it. */
  private void byNumber(Node node, boolean hashWasRefused) {
    ask(
        node,
        List.of(look(), pinned.byNumber()),
        outcomes -> {
          RpcOutcome<T> outcome = only(outcomes.get(1));
          if (!stillHolds(node, outcomes.get(0))) {
            return;
          }
          if (!ReadCall.isFinal(outcome)) {
            move(node, failure(outcome));
            return;
          }
          ask(
              node,
              List.of(look()),
              after -> {
                if (stillHolds(node, after.get(0))) {
                  if (hashWasRefused && outcome instanceof RpcOutcome.Ok<T>) {
                    node.learned.byHash(ByHash.NOT_TAKEN, views.wiring.now());
                  }
                  finish(outcome);
                }
              });
        });
  }

  private RpcRequest<Optional<BlockRef>> look() {
    return Requests.blockRef(Requests.quantity(view.block().number()));
  }

  /**
   * Goes on elsewhere when the endpoint does not have the block, and ends the view when another.
   */
  private boolean stillHolds(Node node, RpcOutcome<?> looked) {
    if (looked instanceof RpcOutcome.Failed<?> failed) {
      move(node, failed.failure());
      return false;
    }
    Optional<BlockRef> there = ViewProof.block(looked);
    if (there.isEmpty()) {
      String why = node.endpoint.name() + " does not have block " + view.block() + " any more";
      move(node, new RpcFailure.Behind(why));
      return false;
    }
    if (!there.get().equals(view.block())) {
      reorganised(node, there.get());
      return false;
    }
    return true;
  }

  private void reorganised(Node node, BlockRef there) {
    String why =
        "block " + view.block() + " was replaced: " + node.endpoint.name() + " has " + there;
    fail(view.end(Reason.REORG, why));
  }

  /** To an endpoint that shows the same block; the failure stands when there is none. */
  private void move(Node from, RpcFailure failure) {
    List<Node> readers = views.readers(List.of(pinned.byNumber()));
    Optional<Node> next =
        tried.size() < maxAttempts ? views.roster.forRead(readers, tried) : Optional.empty();
    if (next.isEmpty() || deadline - views.wiring.now() <= 0) {
      fail(failure);
      return;
    }
    if (!views.wiring.retries.spend()) {
      fail(new RpcFailure.RetryBudgetSpent(failure));
      return;
    }
    Node node = next.get();
    long now = views.wiring.now();
    ViewProof proof = new ViewProof(node, List.of(view.block()), view.known(), now);
    ask(
        node,
        proof.requests(),
        outcomes -> {
          ViewProof.Shown shown = proof.shown(outcomes, views.wiring.now());
          if (shown instanceof ViewProof.Shown.All) {
            view.moved(from, node);
            at(node);
            return;
          }
          tried.add(node);
          if (shown instanceof ViewProof.Shown.Other other) {
            contradicting.add(node.endpoint.operator());
            if (contradicting.size() >= CONTRADICTIONS) {
              reorganised(node, other.there());
              return;
            }
          }
          move(from, failure);
        });
  }

  /** Takes the answers to what one endpoint was asked. */
  private interface Then {
    void go(List<RpcOutcome<?>> outcomes);
  }

  private void ask(Node node, List<RpcRequest<?>> requests, Then then) {
    long left = Math.max(0, deadline - views.wiring.now());
    boolean last = tried.size() >= maxAttempts;
    Wiring.detach(
        node.ask(requests, last ? left : Math.min(left, attemptNanos), Use.READ)
            .outcomes
            .thenAccept(then::go));
  }

  private static boolean isNodeError(RpcOutcome<?> outcome) {
    return outcome instanceof RpcOutcome.Failed<?> failed
        && failed.failure() instanceof RpcFailure.NodeError
        && !ReplyReader.isRateLimit(outcome);
  }

  private static RpcFailure failure(RpcOutcome<?> outcome) {
    return ((RpcOutcome.Failed<?>) outcome).failure();
  }

  @SuppressWarnings("unchecked") // the outcome of the request that stands at its place
  private RpcOutcome<T> only(RpcOutcome<?> outcome) {
    return (RpcOutcome<T>) outcome;
  }

  private void fail(RpcFailure failure) {
    finish(new RpcOutcome.Failed<>(failure));
  }

  /** After its end nothing comes out of a view. */
  private void finish(RpcOutcome<T> outcome) {
    result.complete(view.invalidated().<RpcOutcome<T>>map(RpcOutcome.Failed::new).orElse(outcome));
  }
}
