package io.payonce.rpc;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Counting of votes: pure, and over the operators of the configuration, whoever can be reached.
 *
 * @param voters the configured operators with a vote
 * @param required how many must agree: more than half of them, so that two disjoint groups can
 *     never both agree
 */
public record QuorumRule(Set<Operator> voters, int required) {
  public QuorumRule {
    voters = Collections.unmodifiableSet(new TreeSet<>(voters));
    if (voters.isEmpty()) {
      throw new IllegalArgumentException("voters must not be empty");
    }
    if (required <= voters.size() / 2 || required > voters.size()) {
      throw new IllegalArgumentException(
          "required "
              + required
              + " must be more than half of the "
              + voters.size()
              + " voters and at most all of them");
    }
  }

  /** The majority, and at least two as soon as two are configured. */
  public static QuorumRule majority(Set<Operator> voters) {
    return new QuorumRule(voters, voters.size() / 2 + 1);
  }

  /** How many operators may lie together without a wrong answer being agreed. */
  public int toleratedLiars() {
    return required - 1;
  }

  /** How many operators may be absent without a read being refused. */
  public int toleratedAbsent() {
    return voters.size() - required;
  }

  /** The result as soon as it is certain, and when all have answered at the latest. */
  public <T> QuorumResult<T> count(Map<Operator, Ballot<T>> ballots) {
    Map<T, List<Operator>> byAnswer = new LinkedHashMap<>();
    List<String> absences = new ArrayList<>();
    new TreeMap<>(ballots)
        .forEach(
            (operator, ballot) -> {
              if (!voters.contains(operator)) {
                return;
              }
              if (ballot instanceof Ballot.Vote<T> vote) {
                byAnswer.computeIfAbsent(vote.value(), k -> new ArrayList<>()).add(operator);
              } else if (ballot instanceof Ballot.Absent<T> absent) {
                absences.add(operator + ": " + absent.reason());
              }
            });
    for (Map.Entry<T, List<Operator>> answer : byAnswer.entrySet()) {
      if (answer.getValue().size() >= required) {
        List<Operator> dissent = new ArrayList<>();
        byAnswer.forEach(
            (other, operators) -> {
              if (!other.equals(answer.getKey())) {
                dissent.addAll(operators);
              }
            });
        return new QuorumResult.Agreed<>(answer.getKey(), answer.getValue(), dissent);
      }
    }
    boolean conflict = byAnswer.size() > 1;
    StringBuilder reason = new StringBuilder();
    byAnswer.forEach(
        (answer, who) ->
            reason.append(who).append(" say ").append(brief(String.valueOf(answer))).append("; "));
    absences.forEach(absence -> reason.append(absence).append("; "));
    for (Operator voter : voters) {
      if (!ballots.containsKey(voter)) {
        reason.append(voter).append(": no answer; ");
      }
    }
    return new QuorumResult.Unavailable<>(required, voters.size(), conflict, reason.toString());
  }

  private static String brief(String answer) {
    return answer.length() <= 80 ? answer : answer.substring(0, 80) + "...";
  }
}
