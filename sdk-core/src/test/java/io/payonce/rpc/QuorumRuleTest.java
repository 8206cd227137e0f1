package io.payonce.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class QuorumRuleTest {
  private static final int ANSWERS = 4; // no answer, absent, "a", "b"

  private static Set<Operator> operators(int count) {
    Set<Operator> operators = new LinkedHashSet<>();
    for (int i = 0; i < count; i++) {
      operators.add(new Operator("op-" + i));
    }
    return operators;
  }

  /** Every combination of answers of one to six operators, under every legal rule. */
  @Test
  void agrees_exactly_when_the_required_number_of_configured_operators_do() {
    int cases = 0;
    for (int n = 1; n <= 6; n++) {
      for (int required = n / 2 + 1; required <= n; required++) {
        QuorumRule rule = new QuorumRule(operators(n), required);
        for (int code = 0; code < Math.pow(ANSWERS, n); code++) {
          Map<Operator, Ballot<String>> ballots = ballots(code, n);
          QuorumResult<String> result = rule.count(ballots);
          long a = votes(ballots, "a");
          long b = votes(ballots, "b");
          if (Math.max(a, b) >= required) {
            QuorumResult.Agreed<String> agreed = (QuorumResult.Agreed<String>) result;
            assertThat(agreed.value()).isEqualTo(a > b ? "a" : "b");
            assertThat(agreed.votes()).hasSize((int) Math.max(a, b));
            assertThat(agreed.dissent()).hasSize((int) Math.min(a, b));
            assertThat(agreed.votes().size()).isGreaterThan(n / 2);
          } else {
            QuorumResult.Unavailable<String> missing = (QuorumResult.Unavailable<String>) result;
            assertThat(missing.conflict()).isEqualTo(a > 0 && b > 0);
            assertThat(missing.required()).isEqualTo(required);
            assertThat(missing.configured()).isEqualTo(n);
          }
          cases++;
        }
      }
    }
    assertThat(cases).isGreaterThan(10_000);
  }

  private static Map<Operator, Ballot<String>> ballots(int code, int n) {
    Map<Operator, Ballot<String>> ballots = new LinkedHashMap<>();
    for (Operator operator : operators(n)) {
      switch (code % ANSWERS) {
        case 1 -> ballots.put(operator, new Ballot.Absent<>("down"));
        case 2 -> ballots.put(operator, new Ballot.Vote<>("a"));
        case 3 -> ballots.put(operator, new Ballot.Vote<>("b"));
        default -> {} // has not answered
      }
      code /= ANSWERS;
    }
    return ballots;
  }

  private static long votes(Map<Operator, Ballot<String>> ballots, String answer) {
    return ballots.values().stream().filter(new Ballot.Vote<>(answer)::equals).count();
  }

  @Test
  void does_not_count_operators_outside_the_configuration() {
    QuorumRule rule = new QuorumRule(operators(3), 2);
    Map<Operator, Ballot<String>> ballots = new LinkedHashMap<>();
    ballots.put(new Operator("op-0"), new Ballot.Vote<>("a"));
    ballots.put(new Operator("stranger"), new Ballot.Vote<>("a"));
    ballots.put(new Operator("friend"), new Ballot.Vote<>("a"));
    assertThat(rule.count(ballots)).isInstanceOf(QuorumResult.Unavailable.class);
  }

  @Test
  void names_who_is_missing_and_who_contradicts() {
    QuorumRule rule = new QuorumRule(operators(4), 3);
    Map<Operator, Ballot<String>> ballots = new LinkedHashMap<>();
    ballots.put(new Operator("op-0"), new Ballot.Vote<>("a"));
    ballots.put(new Operator("op-1"), new Ballot.Vote<>("b"));
    ballots.put(new Operator("op-2"), new Ballot.Absent<>("timed out"));
    assertThat(((QuorumResult.Unavailable<String>) rule.count(ballots)).reason())
        .contains("[op-0] say a", "[op-1] say b", "op-2: timed out", "op-3: no answer");
  }

  @Test
  void refuses_a_rule_that_two_disjoint_groups_could_satisfy() {
    for (int n = 1; n <= 7; n++) {
      int voters = n;
      for (int required : List.of(0, n / 2, n + 1)) {
        assertThatThrownBy(() -> new QuorumRule(operators(voters), required))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("required " + required);
      }
      QuorumRule majority = QuorumRule.majority(operators(n));
      assertThat(2 * majority.required()).isGreaterThan(n);
      assertThat(majority.toleratedAbsent() + majority.toleratedLiars() + 1).isEqualTo(n);
    }
    assertThatThrownBy(() -> new QuorumRule(Set.of(), 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
