package io.payonce.routing;

import io.payonce.BlockRef;
import io.payonce.internal.MerkleTrie.InvalidProofException;
import io.payonce.internal.StateProof;
import io.payonce.internal.StateProof.Account;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.routing.Node.Use;
import io.payonce.rpc.Ballot;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Operator;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Asks endpoints for proofs of what a fact says, and those that a proof refutes once more. */
final class AccountProver<T> {
  private final Roster roster;
  private final Wiring wiring;
  private final Fact<T> fact;
  private final ProvableFact<T> provable;
  private final List<RpcRequest<?>> request;

  AccountProver(Roster roster, Wiring wiring, Fact<T> fact, ProvableFact<T> provable) {
    this.roster = roster;
    this.wiring = wiring;
    this.fact = fact;
    this.provable = provable;
    this.request = List.of(provable.request());
  }

  /** Whether an endpoint of the operator has the method, as far as anybody knows. */
  boolean mayProve(Operator operator) {
    return !able(operator).isEmpty();
  }

  private List<Node> able(Operator operator) {
    long now = wiring.now();
    return roster.voicesOf(operator).stream()
        .filter(node -> node.learned.hasAll(request, now))
        .toList();
  }

  /** The account as the operator proves it; completes in time, empty when it does not. */
  CompletableFuture<Optional<Account>> ask(Operator operator, byte[] stateRoot, long timeoutNanos) {
    Optional<Node> node = roster.best(able(operator), State.SUSPECT, Use.VOTE);
    if (node.isEmpty() || timeoutNanos <= 0) {
      return CompletableFuture.supplyAsync(Optional::empty, wiring::run);
    }
    return node.get()
        .ask(request, timeoutNanos, Use.VOTE)
        .outcomes
        .thenApply(outcomes -> proven(node.get(), stateRoot, outcomes.get(0)));
  }

  private Optional<Account> proven(Node node, byte[] stateRoot, RpcOutcome<?> outcome) {
    if (outcome instanceof RpcOutcome.Ok<?> ok && ok.value() instanceof Optional<?> proof) {
      try {
        return Optional.of(
            StateProof.proven(stateRoot, provable.account(), provable.slots(), proof.orElse(null)));
      } catch (InvalidProofException invalid) {
        node.suspect("gave a proof that proves nothing: " + invalid.getMessage());
      }
    }
    return Optional.empty();
  }

  /**
   * Asks what was refuted a second time, between two looks at the block: a reorganisation in the
   * moment of the question is no lie. The same answer again is one.
   */
  void confront(Node node, Account account) {
    List<RpcRequest<?>> again = new ArrayList<>(fact.requests());
    again.add(provable.block());
    long timeout = wiring.policy.criticalDeadline().toNanos();
    Wiring.detach(
        node.ask(again, timeout, Use.VOTE)
            .outcomes
            .thenAccept(outcomes -> judge(node, account, outcomes)));
  }

  private void judge(Node node, Account account, List<RpcOutcome<?>> outcomes) {
    int last = outcomes.size() - 1;
    Optional<BlockRef> after = ViewProof.block(outcomes.get(last));
    boolean again =
        fact.ballot(outcomes.subList(0, last)) instanceof Ballot.Vote<T> vote
            && !provable.agrees().test(vote.value(), account);
    if (again && after.equals(Optional.of(provable.at()))) {
      node.lied(
          "answers "
              + fact.getClass().getSimpleName()
              + " at block "
              + provable.at()
              + " otherwise than is proven under its header");
    }
  }
}
