package io.payonce.routing;

import io.payonce.internal.HeaderCheck;
import io.payonce.internal.HeaderCheck.Roots;
import io.payonce.internal.StateProof;
import io.payonce.rpc.Ballot;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Operator;
import io.payonce.rpc.Proof;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.QuorumRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The search for one proof of an account, and what the votes are worth once it is found. It begins
 * when a quorum has voted on the pinned block and one of them showed its header, and asks one
 * operator after the other. Of a fact that cannot be proven it does nothing. Not thread-safe: its
 * read guards it.
 */
final class ProofSearch<T> {
  private final Optional<ProvableFact<T>> fact;
  private final QuorumRule rule;
  private final List<Operator> asked = new ArrayList<>();
  private Optional<Roots> header = Optional.empty();
  private Optional<StateProof.Account> account = Optional.empty();
  private boolean asking;

  ProofSearch(Optional<ProvableFact<T>> fact, QuorumRule rule) {
    this.fact = fact;
    this.rule = rule;
  }

  /** A header that came with a vote: is it that of the pinned block? */
  void look(HeaderCheck check) {
    if (check instanceof HeaderCheck.Proven proven
        && fact.isPresent()
        && proven.roots().hash().equals(fact.get().at().hash())) {
      header = Optional.of(proven.roots());
    }
  }

  /** Who is to be asked for a proof now, if anybody. */
  Optional<Operator> next(Map<Operator, Ballot<T>> ballots) {
    if (account.isPresent() || asking || header.isEmpty() || !isPinned(ballots)) {
      return Optional.empty();
    }
    Optional<Operator> next =
        rule.voters().stream()
            .filter(operator -> ballots.get(operator) instanceof Ballot.Vote<T>)
            .filter(operator -> !asked.contains(operator))
            .findFirst();
    next.ifPresent(asked::add);
    asking = next.isPresent();
    return next;
  }

  /** State root under which the answer has to hold. */
  byte[] stateRoot() {
    return header.orElseThrow().state();
  }

  /** The operator that was asked has proven the account, or has not. */
  void answered(Optional<StateProof.Account> proven) {
    asking = false;
    account = proven;
  }

  boolean isAsking() {
    return asking;
  }

  /**
   * Whether another vote could still lead to a proof.
   *
   * @param headersAreKnown whether an honest one comes with a header that can be proven, where
   *     those so far did not
   */
  boolean isOpen(boolean headersAreKnown) {
    return account.isEmpty() && (header.isPresent() || headersAreKnown);
  }

  /** What is proven, when the vote says something else of the account. */
  Optional<StateProof.Account> refuter(@Nullable Ballot<T> ballot) {
    return account.filter(
        proven ->
            ballot instanceof Ballot.Vote<T> vote
                && !fact.orElseThrow().agrees().test(vote.value(), proven));
  }

  /** The votes by the rule of the fact; or by the proof, however many say otherwise. */
  QuorumResult<T> tally(Fact<T> question, Map<Operator, Ballot<T>> ballots) {
    if (account.isEmpty()) {
      return question.tally(rule, ballots);
    }
    List<Operator> refuted = new ArrayList<>();
    List<Operator> upright = new ArrayList<>();
    Optional<T> value = fact.orElseThrow().value().apply(account.get());
    Map<Operator, Ballot<T>> left = new TreeMap<>(ballots);
    for (Operator operator : rule.voters()) {
      if (refuter(ballots.get(operator)).isPresent()) {
        refuted.add(operator);
        left.put(operator, new Ballot.Absent<>("said what is proven to be false"));
      } else if (ballots.get(operator) instanceof Ballot.Vote<T> vote) {
        upright.add(operator);
        value = fact.get().completes() ? Optional.of(vote.value()) : value;
      }
    }
    if (value.isPresent()) {
      return new QuorumResult.Agreed<>(value.get(), upright, refuted, Proof.VALUE);
    }
    QuorumResult<T> counted = question.tally(rule, left);
    if (!(counted instanceof QuorumResult.Agreed<T> agreed)) {
      return counted;
    }
    List<Operator> dissent = new ArrayList<>(agreed.dissent());
    dissent.addAll(refuted);
    return new QuorumResult.Agreed<>(agreed.value(), agreed.votes(), dissent, agreed.proof());
  }

  /** Each vote on a fact of this kind is one on its block, whatever it says of the account. */
  private boolean isPinned(Map<Operator, Ballot<T>> ballots) {
    return rule.voters().stream()
            .filter(operator -> ballots.get(operator) instanceof Ballot.Vote<T>)
            .count()
        >= rule.required();
  }
}
