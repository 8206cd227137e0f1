package io.payonce.routing;

import io.payonce.BlockRef;
import io.payonce.Receipt;
import io.payonce.TransactionHash;
import io.payonce.internal.BlockRoots;
import io.payonce.internal.BlockRoots.Outcome;
import io.payonce.internal.BlockRoots.Rooted;
import io.payonce.internal.HeaderCheck;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.routing.Node.Use;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Operator;
import io.payonce.rpc.Proof;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.QuorumRule;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Checks agreed receipts against their blocks: all transactions and receipts of a block, from one
 * operator, have to give the two roots in its header, and the header the hash that a quorum agrees
 * on. So success, gas and logs of a transaction are proven, and what nobody gives stays counted.
 *
 * <p>A receipt that is refuted makes the answer none: sender and price are no part of what a root
 * commits to, so there is no other receipt to give instead. That a receipt is absent cannot be
 * proven.
 */
final class ReceiptCheck<T> {
  private final Roster roster;
  private final Wiring wiring;
  private final VoteWatch voteWatch;
  private final QuorumRule rule;
  private final boolean ethereumHeaders;
  private final long end;

  private enum Verdict {
    PROVEN,
    UNKNOWN,
    REFUTED
  }

  /** What a block did with each of its transactions, proven. */
  private record Contents(List<TransactionHash> transactions, List<Outcome> outcomes) {
    /** Whether the block did with this transaction what the receipt says. */
    boolean bearOut(Receipt receipt) {
      int place = transactions.indexOf(receipt.hash());
      if (place < 0) {
        return false;
      }
      Outcome outcome = outcomes.get(place);
      BigInteger before = place == 0 ? BigInteger.ZERO : outcomes.get(place - 1).gasUsed();
      return receipt.succeeded() == outcome.succeeded()
          && receipt.gasUsed().equals(outcome.gasUsed().subtract(before))
          && receipt.logs().equals(outcome.logs());
    }
  }

  ReceiptCheck(
      Roster roster,
      Wiring wiring,
      VoteWatch voteWatch,
      QuorumRule rule,
      boolean ethereumHeaders,
      long endNanos) {
    this.roster = roster;
    this.wiring = wiring;
    this.voteWatch = voteWatch;
    this.rule = rule;
    this.ethereumHeaders = ethereumHeaders;
    this.end = endNanos;
  }

  /**
   * The result with its proof; as it was when there is none in time; or none when it is refuted.
   */
  CompletableFuture<QuorumResult<T>> of(Fact<T> fact, QuorumResult<T> result) {
    if (!(result instanceof QuorumResult.Agreed<T> agreed)) {
      return CompletableFuture.completedFuture(result);
    }
    Map<BlockRef, List<Receipt>> blocks = new LinkedHashMap<>();
    for (Receipt receipt : receipts(fact, agreed.value())) {
      blocks.computeIfAbsent(receipt.block(), block -> new ArrayList<>()).add(receipt);
    }
    if (blocks.isEmpty()) {
      return CompletableFuture.completedFuture(result);
    }
    CompletableFuture<Verdict> all = CompletableFuture.completedFuture(Verdict.PROVEN);
    for (Map.Entry<BlockRef, List<Receipt>> block : blocks.entrySet()) {
      all =
          all.thenCompose(
              before ->
                  before == Verdict.REFUTED
                      ? CompletableFuture.completedFuture(before)
                      : check(block.getKey(), block.getValue(), agreed.votes())
                          .thenApply(next -> next.compareTo(before) > 0 ? next : before));
    }
    return all.thenApply(
        verdict ->
            switch (verdict) {
              case PROVEN -> agreed.with(Proof.VALUE);
              case UNKNOWN -> agreed;
              case REFUTED ->
                  new QuorumResult.Unavailable<T>(
                      rule.required(),
                      rule.voters().size(),
                      true,
                      agreed.votes() + " gave a receipt that its block refutes");
            });
  }

  private static List<Receipt> receipts(Fact<?> fact, Object value) {
    List<?> each = fact instanceof Fact.ReceiptsOf ? (List<?>) value : List.of(value);
    List<Receipt> receipts = new ArrayList<>();
    for (Object one : each) {
      if (one instanceof Optional<?> found && found.orElse(null) instanceof Receipt receipt) {
        receipts.add(receipt);
      }
    }
    return receipts;
  }

  /** The quorum says which block is at this height; only then is its content of any interest. */
  private CompletableFuture<Verdict> check(
      BlockRef block, List<Receipt> receipts, List<Operator> votes) {
    long left = end - wiring.now();
    if (left <= 0) {
      return CompletableFuture.completedFuture(Verdict.UNKNOWN);
    }
    Fact<BlockRef> at = new Fact.BlockRefAt(block.number());
    return new CriticalRead<>(roster, wiring, voteWatch, rule, at, left, ethereumHeaders)
        .start()
        .thenCompose(
            agreed ->
                agreed instanceof QuorumResult.Agreed<BlockRef> same && same.value().equals(block)
                    ? contents(block, rule.voters().iterator())
                    : CompletableFuture.completedFuture(Optional.empty()))
        .thenApply(
            contents -> {
              if (contents.isEmpty()) {
                return Verdict.UNKNOWN;
              }
              List<Receipt> refuted =
                  receipts.stream().filter(one -> !contents.get().bearOut(one)).toList();
              votes.forEach(voter -> refuted.forEach(one -> confront(voter, one, contents.get())));
              return refuted.isEmpty() ? Verdict.PROVEN : Verdict.REFUTED;
            });
  }

  /** From the first operator that gives all of it: it proves itself, whoever gives it. */
  private CompletableFuture<Optional<Contents>> contents(BlockRef block, Iterator<Operator> from) {
    long left = end - wiring.now();
    if (!from.hasNext() || left <= 1) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    String number = Requests.quantity(block.number());
    List<RpcRequest<?>> requests =
        List.of(
            new RpcRequest<Optional<Object>>(
                "eth_getBlockByNumber", List.of(number, true), Optional::ofNullable),
            new RpcRequest<Optional<Object>>(
                "eth_getBlockReceipts", List.of(number), Optional::ofNullable));
    List<Node> able =
        roster.voicesOf(from.next()).stream()
            .filter(node -> node.learned.hasAll(requests, wiring.now()))
            .toList();
    Optional<Node> node = roster.best(able, State.SUSPECT, Use.VOTE);
    if (node.isEmpty()) {
      return contents(block, from);
    }
    return node.get()
        .ask(requests, left / 2, Use.VOTE)
        .outcomes
        .thenCompose(
            outcomes -> {
              Optional<Contents> proven = proven(node.get(), block, outcomes);
              return proven.isPresent()
                  ? CompletableFuture.completedFuture(proven)
                  : contents(block, from);
            });
  }

  private static Optional<Contents> proven(
      Node node, BlockRef block, List<RpcOutcome<?>> outcomes) {
    Object full = answer(outcomes.get(0)).orElse(null);
    Optional<Rooted<Outcome>> receipts = answer(outcomes.get(1)).flatMap(BlockRoots::receipts);
    if (!(full instanceof Map<?, ?> json) || receipts.isEmpty()) {
      return Optional.empty();
    }
    Optional<Rooted<TransactionHash>> transactions = BlockRoots.transactions(json);
    if (transactions.isEmpty()
        || !(HeaderCheck.of(json) instanceof HeaderCheck.Proven header)
        || !header.roots().hash().equals(block.hash())) {
      return Optional.empty();
    }
    boolean whole =
        Arrays.equals(transactions.get().root(), header.roots().transactions())
            && Arrays.equals(receipts.get().root(), header.roots().receipts());
    if (!whole) {
      node.suspect("gave transactions or receipts that do not give the roots of their block");
      return Optional.empty();
    }
    return Optional.of(new Contents(transactions.get().entries(), receipts.get().entries()));
  }

  private static Optional<Object> answer(RpcOutcome<?> outcome) {
    return outcome instanceof RpcOutcome.Ok<?> ok && ok.value() instanceof Optional<?> found
        ? found.map(json -> json)
        : Optional.empty();
  }

  /** Once more, together with the block: the chain may have moved between two requests. */
  private void confront(Operator voter, Receipt refuted, Contents contents) {
    List<RpcRequest<?>> again =
        List.of(
            Requests.receipt(refuted.hash()),
            Requests.blockRef(Requests.quantity(refuted.block().number())));
    Optional<Node> node = roster.best(roster.voicesOf(voter), State.SUSPECT, Use.VOTE);
    if (node.isEmpty()) {
      return;
    }
    Wiring.detach(
        node.get()
            .ask(again, wiring.policy.criticalDeadline().toNanos(), Use.VOTE)
            .outcomes
            .thenAccept(
                outcomes -> {
                  boolean same =
                      ViewProof.block(outcomes.get(1)).equals(Optional.of(refuted.block()));
                  if (same
                      && answer(outcomes.get(0)).orElse(null) instanceof Receipt receipt
                      && receipt.block().equals(refuted.block())
                      && !contents.bearOut(receipt)) {
                    node.get()
                        .lied("gives a receipt in block " + receipt.block() + " that it refutes");
                  }
                }));
  }
}
