package io.payonce.rpc;

import io.payonce.BlockRef;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Shared parts of the facts: reading outcomes, pinning to a block, counting ranks. */
final class Facts {
  private Facts() {}

  @SuppressWarnings("unchecked") // the request at this index decodes to T
  static <T> Ballot<T> ballot(List<RpcOutcome<?>> outcomes, int index) {
    RpcOutcome<?> outcome = outcomes.get(index);
    if (outcome instanceof RpcOutcome.Ok<?> ok) {
      return new Ballot.Vote<>((T) ok.value());
    }
    return new Ballot.Absent<>(((RpcOutcome.Failed<?>) outcome).failure().message());
  }

  /** For requests whose null means that the node does not have the block. */
  static <T> Ballot<T> present(Ballot<Optional<T>> ballot, String ifAbsent) {
    return ballot.then(
        value ->
            value.<Ballot<T>>map(Ballot.Vote::new).orElseGet(() -> new Ballot.Absent<>(ifAbsent)));
  }

  /** An answer about another height than the asked one is none. */
  static <T> Ballot<T> atHeight(long asked, BlockRef answered, T value) {
    return answered.number() == asked
        ? new Ballot.Vote<>(value)
        : new Ballot.Absent<>("answers with block " + answered.number() + " for " + asked);
  }

  static List<RpcRequest<?>> pinned(BlockRef at, RpcRequest<?> question) {
    return List.of(Requests.blockRef(Requests.quantity(at.number())), question);
  }

  static <T> Ballot<T> pinnedBallot(List<RpcOutcome<?>> outcomes, BlockRef at) {
    Ballot<Optional<BlockRef>> asked = ballot(outcomes, 0);
    return present(asked, "is behind block " + at.number())
        .then(
            block ->
                block.equals(at)
                    ? ballot(outcomes, 1)
                    : new Ballot.Absent<>("has another block " + at.number()));
  }

  /** The required-th highest of the numbers that were reported. */
  static QuorumResult<Long> ranked(QuorumRule rule, Map<Operator, Ballot<Long>> ballots) {
    Map<Operator, Long> votes = new TreeMap<>();
    ballots.forEach(
        (operator, ballot) -> {
          if (ballot instanceof Ballot.Vote<Long> vote && rule.voters().contains(operator)) {
            votes.put(operator, vote.value());
          }
        });
    if (votes.size() < rule.required()) {
      StringBuilder reason = new StringBuilder();
      for (Operator voter : rule.voters()) {
        if (!votes.containsKey(voter)) {
          reason.append(voter).append(": ");
          reason.append(
              ballots.get(voter) instanceof Ballot.Absent<Long> a ? a.reason() : "no answer");
          reason.append("; ");
        }
      }
      return new QuorumResult.Unavailable<>(
          rule.required(), rule.voters().size(), false, reason.toString());
    }
    List<Long> sorted = new ArrayList<>(votes.values());
    sorted.sort(Comparator.reverseOrder());
    long agreed = sorted.get(rule.required() - 1);
    List<Operator> supporters = new ArrayList<>();
    votes.forEach(
        (operator, value) -> {
          if (value >= agreed) {
            supporters.add(operator);
          }
        });
    return new QuorumResult.Agreed<>(agreed, supporters, List.of());
  }
}
