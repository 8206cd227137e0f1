package io.payonce.routing;

import io.payonce.ChainId;
import io.payonce.SignedTransaction;
import io.payonce.TransactionHash;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastEvidence.Answer;
import io.payonce.rpc.BroadcastEvidence.Verdict;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.BroadcastOptions.Reach;
import io.payonce.rpc.PrivateTransactionException;
import io.payonce.rpc.Route;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which way transactions go: to everyone, or by a private route and when that lets them to
 * everyone. Thread-safe.
 */
final class Broadcasts {
  private static final Logger LOG = LoggerFactory.getLogger(RpcPool.class);

  private final Roster roster;
  private final Wiring wiring;
  private final EvidenceLog evidence;
  private final Running running;
  private final PrivateWatch privateWatch;

  Broadcasts(
      RpcPool pool,
      Roster roster,
      Wiring wiring,
      EvidenceLog evidence,
      Running running,
      Duration blockTime) {
    this.roster = roster;
    this.wiring = wiring;
    this.evidence = evidence;
    this.running = running;
    this.privateWatch = new PrivateWatch(pool, wiring, blockTime, this::goesPublic);
  }

  /** As {@link RpcPool#broadcastAll}. */
  CompletableFuture<List<BroadcastEvidence>> send(
      List<SignedTransaction> txs, BroadcastOptions options) {
    for (SignedTransaction tx : txs) {
      ChainId signedFor = tx.transaction().chain();
      if (!signedFor.equals(wiring.chainId)) {
        throw new IllegalArgumentException(
            tx.hash() + " is signed for chain " + signedFor + ", this is " + wiring.chainId);
      }
    }
    return options.route() instanceof Route.Public
        ? publicly(txs, options.reach())
        : privately(txs, options);
  }

  /** Follows the height while something is private. */
  void watch() {
    privateWatch.begin();
  }

  private CompletableFuture<List<BroadcastEvidence>> publicly(
      List<SignedTransaction> txs, Reach reach) {
    for (SignedTransaction tx : txs) {
      if (wiring.privates.isPrivate(tx.hash())) {
        throw new PrivateTransactionException(tx.hash());
      }
    }
    Broadcast broadcast = new Broadcast(roster, wiring, evidence, List.copyOf(txs));
    return running.tracked(() -> broadcast.toPublic(reach), broadcast.drained());
  }

  /** What its route has let go public meanwhile goes to everyone. */
  private CompletableFuture<List<BroadcastEvidence>> privately(
      List<SignedTransaction> txs, BroadcastOptions options) {
    List<Node> named = roster.along(options.route());
    running.requireOpen();
    if (options.route() instanceof Route.PrivateThenPublic) {
      roster.requirePublic();
    }
    if (!wiring.privates.admit(txs, options.route())) {
      return CompletableFuture.supplyAsync(() -> unsent(txs, named), wiring::run);
    }
    wiring.stateChanged(true);
    List<SignedTransaction> open = new ArrayList<>();
    List<SignedTransaction> hidden = new ArrayList<>();
    for (SignedTransaction tx : txs) {
      (wiring.privates.isPublic(tx.hash()) ? open : hidden).add(tx);
    }
    Broadcast broadcast = new Broadcast(roster, wiring, evidence, List.copyOf(hidden));
    CompletableFuture<List<BroadcastEvidence>> sent =
        running.tracked(() -> broadcast.to(named), broadcast.drained());
    privateWatch.begin();
    return open.isEmpty()
        ? sent
        : publicly(open, options.reach())
            .thenCombine(sent, (some, others) -> merged(txs, some, others));
  }

  private static List<BroadcastEvidence> merged(
      List<SignedTransaction> txs, List<BroadcastEvidence> some, List<BroadcastEvidence> others) {
    Map<TransactionHash, BroadcastEvidence> all = new HashMap<>();
    Stream.concat(some.stream(), others.stream()).forEach(one -> all.put(one.hash(), one));
    return txs.stream().map(tx -> Objects.requireNonNull(all.get(tx.hash()))).toList();
  }

  /** Nothing was sent by this call. */
  private static List<BroadcastEvidence> unsent(List<SignedTransaction> txs, List<Node> named) {
    String why = PrivateSends.MOST + " transactions are within their private window";
    List<Answer> answers =
        named.stream()
            .map(node -> node.endpoint)
            .map(one -> new Answer(one.operator(), one.name(), Verdict.NOT_SENT, 0, why))
            .toList();
    return txs.stream().map(tx -> new BroadcastEvidence(tx.hash(), answers)).toList();
  }

  private void goesPublic(long height, List<PrivateSends.Due> due) {
    for (PrivateSends.Due one : due) {
      LOG.info("transaction {} goes public at block {}", one.hash(), height);
      evidence.wentPublic(one.hash(), height);
      wiring.announcer.tell(listener -> listener.wentPublic(one.hash(), height));
    }
    List<SignedTransaction> txs = due.stream().flatMap(one -> one.bytes().stream()).toList();
    Broadcast broadcast = new Broadcast(roster, wiring, evidence, txs);
    Wiring.detach(running.tracked(() -> broadcast.toPublic(Reach.TWO), broadcast.drained()));
  }
}
