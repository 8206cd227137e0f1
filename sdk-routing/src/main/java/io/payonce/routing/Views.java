package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.BlockRef;
import io.payonce.TransactionHash;
import io.payonce.routing.Node.Use;
import io.payonce.routing.ViewProof.Shown;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastEvidence.Answer;
import io.payonce.rpc.BroadcastEvidence.Verdict;
import io.payonce.rpc.Operator;
import io.payonce.rpc.PrivateTransactionException;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcFailure.ViewInvalidated;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Opens the views of one pool, none older than one before: an endpoint that does not show the block
 * of the newest view is passed over. Only when as many as two operators have another block at its
 * height is it given up, and the new view says so. Thread-safe; nothing is asked under the monitor.
 */
final class Views {
  private static final long LEAST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long MOST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  final Roster roster;
  final Wiring wiring;
  private final RpcPool pool;
  private final long pauseNanos;

  @GuardedBy("this")
  private Optional<BlockRef> newest = Optional.empty();

  /** Of the views that were opened; only measured. */
  @GuardedBy("this")
  private long lastNumber;

  Views(RpcPool pool, Roster roster, Wiring wiring, Duration blockTime) {
    this.pool = pool;
    this.roster = roster;
    this.wiring = wiring;
    this.pauseNanos =
        Math.max(LEAST_PAUSE_NANOS, Math.min(MOST_PAUSE_NANOS, blockTime.toNanos() / 4));
  }

  /** Those that may hold a view: what is several nodes would show several chains in it. */
  private List<Node> holders() {
    return roster.readers(RequestClass.READ).stream()
        .filter(node -> !node.state.isInconsistent())
        .toList();
  }

  /** Those that are not known to lack a method; all of them when every one is. */
  List<Node> readers(List<RpcRequest<?>> requests) {
    List<Node> all = holders();
    long now = wiring.now();
    List<Node> able = all.stream().filter(node -> node.learned.hasAll(requests, now)).toList();
    return able.isEmpty() ? all : able;
  }

  /**
   * Completes on the executor, in time, normally. Those that took a transaction are the first to be
   * asked whether they know it.
   */
  CompletableFuture<RpcOutcome<ChainView>> open(ViewOptions options) {
    List<String> takers = new ArrayList<>();
    options
        .known()
        .map(BroadcastEvidence::hash)
        .filter(wiring.privates::isHidden)
        .ifPresent(
            hash -> {
              throw new PrivateTransactionException(hash);
            });
    for (Answer answer : options.known().map(BroadcastEvidence::answers).orElse(List.of())) {
      if (answer.verdict() == Verdict.ACCEPTED || answer.verdict() == Verdict.ALREADY_KNOWN) {
        takers.add(answer.endpoint());
      }
    }
    wiring.retries.earn();
    Opening opening = new Opening(options, takers);
    opening.next();
    return opening.result;
  }

  private synchronized Optional<BlockRef> newest() {
    return newest;
  }

  /** Whether the next view may be fixed there, if nobody fixed another one meanwhile. */
  private boolean admit(BlockRef block, Optional<BlockRef> shown, boolean replaced) {
    boolean goesBack;
    synchronized (this) {
      if (!newest.equals(shown) && !newest.equals(Optional.of(block))) {
        return false;
      }
      newest = Optional.of(block);
      goesBack = !replaced && block.number() < lastNumber;
      lastNumber = block.number();
    }
    wiring.meters.count("view.regressions", goesBack ? 1 : 0);
    return true;
  }

  /** One view to be: endpoint after endpoint, until one shows everything. */
  private final class Opening {
    private final ViewOptions options;
    private final List<String> takers;
    private final long deadline;
    private final long attemptNanos;
    private final CompletableFuture<RpcOutcome<ChainView>> result = new CompletableFuture<>();
    private final List<Node> tried = new ArrayList<>(2);

    /** Who has other blocks: than the newest view, and than the one that was asked for. */
    private final TreeSet<Operator> reorganised = new TreeSet<>();

    private final TreeSet<Operator> contradicting = new TreeSet<>();
    private Optional<RpcFailure> last = Optional.empty();

    /** To be behind is no failure: asking the next one is no second attempt. */
    private boolean failed;

    Opening(ViewOptions options, List<String> takers) {
      this.options = options;
      this.takers = takers;
      long nanos = options.deadline().orElse(wiring.policy.readDeadline()).toNanos();
      this.deadline = wiring.now() + nanos;
      this.attemptNanos = nanos / 2;
    }

    private Optional<TransactionHash> known() {
      return options.known().map(evidence -> evidence.hash());
    }

    void next() {
      long left = deadline - wiring.now();
      List<Node> readers = holders();
      List<Node> first =
          readers.stream().filter(node -> takers.contains(node.endpoint.name())).toList();
      Optional<Node> chosen = roster.forRead(first, tried);
      if (chosen.isEmpty()) {
        chosen = roster.forRead(readers, tried);
      }
      if (left <= 0) {
        fail(last.orElseGet(Opening::nobody));
      } else if (chosen.isEmpty()) {
        startOver(left);
      } else if (failed && !wiring.retries.spend()) {
        fail(new RpcFailure.RetryBudgetSpent(last.orElseGet(Opening::nobody)));
      } else {
        tried.add(chosen.get());
        ask(chosen.get(), newest(), false);
      }
    }

    private static RpcFailure nobody() {
      return new RpcFailure.NoEligibleEndpoint(
          "every endpoint is throttled, used to its limit, quarantined or several nodes");
    }

    private void startOver(long left) {
      tried.clear();
      reorganised.clear();
      contradicting.clear();
      if (left <= pauseNanos) {
        fail(last.orElseGet(Opening::nobody));
      } else {
        wiring.later(pauseNanos, this::next);
      }
    }

    /**
     * @param before the block of the newest view
     * @param replaced whether it is known to be gone
     */
    private void ask(Node node, Optional<BlockRef> before, boolean replaced) {
      List<BlockRef> needed = new ArrayList<>(2);
      options.after().ifPresent(needed::add);
      before.filter(block -> !replaced).ifPresent(needed::add);
      ViewProof proof = new ViewProof(node, needed, known(), wiring.now());
      long left = Math.max(0, deadline - wiring.now());
      Wiring.detach(
          node.ask(proof.requests(), Math.min(left, attemptNanos), Use.READ)
              .outcomes
              .thenAccept(
                  outcomes -> {
                    Shown shown = proof.shown(outcomes, wiring.now());
                    if (shown instanceof Shown.All all) {
                      fix(node, all.newest(), before, replaced);
                    } else if (shown instanceof Shown.Other other) {
                      differs(node, before, other);
                    } else {
                      last = Optional.of(((Shown.Nothing) shown).why());
                      failed = !(last.get() instanceof RpcFailure.Behind);
                      next();
                    }
                  }));
    }

    private void differs(Node node, Optional<BlockRef> before, Shown.Other other) {
      String why =
          node.endpoint.name() + " has " + other.there() + " in place of " + other.missing();
      last = Optional.of(new RpcFailure.Behind(why));
      failed = false;
      if (options.after().equals(Optional.of(other.missing()))) {
        contradicting.add(node.endpoint.operator());
        if (contradicting.size() >= enough()) {
          fail(new ViewInvalidated(ViewInvalidated.Reason.REORG, why));
          return;
        }
      } else {
        reorganised.add(node.endpoint.operator());
        if (reorganised.size() >= enough()) {
          ask(node, before, true); // for the rest of what it has to show
          return;
        }
      }
      next();
    }

    /** Two, as one alone may be on a fork of its own; one where there is no other. */
    private int enough() {
      TreeSet<Operator> all = new TreeSet<>();
      roster.readers(RequestClass.READ).forEach(node -> all.add(node.endpoint.operator()));
      return Math.min(2, all.size());
    }

    private void fix(Node node, BlockRef block, Optional<BlockRef> before, boolean replaced) {
      if (before.isPresent() && block.number() < before.get().number()) {
        String why = node.endpoint.name() + " is at " + block + ", below " + before.get();
        last = Optional.of(new RpcFailure.Behind(why));
        next();
        return;
      }
      if (!admit(block, before, replaced)) {
        tried.clear(); // another view was opened meanwhile, and this one must not be older
        reorganised.clear();
        next();
        return;
      }
      result.complete(
          new RpcOutcome.Ok<>(
              new ChainView(
                  pool, Views.this, block, before.filter(gone -> replaced), known(), node),
              node.endpoint.name()));
    }

    private void fail(RpcFailure failure) {
      wiring.run(() -> result.complete(new RpcOutcome.Failed<>(failure)));
    }
  }
}
