package io.payonce.routing;

import io.payonce.rpc.QuorumRule;
import java.util.ArrayList;
import java.util.List;

/**
 * What this configuration withstands.
 *
 * @param operators how many are configured, each with one vote
 * @param quorum how many must agree, whoever can be reached
 * @param toleratedLiars how many may lie together without a wrong answer being agreed
 * @param toleratedAbsent how many may be away without a critical read being refused
 * @param warnings what a person should know about it
 */
public record Bounds(
    int operators, int quorum, int toleratedLiars, int toleratedAbsent, List<String> warnings) {
  public Bounds {
    warnings = List.copyOf(warnings);
  }

  static Bounds of(QuorumRule rule) {
    List<String> warnings = new ArrayList<>();
    if (rule.toleratedLiars() == 0) {
      warnings.add("a single provider can lie");
    }
    if (rule.toleratedAbsent() == 0) {
      warnings.add("no outage tolerated");
    }
    return new Bounds(
        rule.voters().size(),
        rule.required(),
        rule.toleratedLiars(),
        rule.toleratedAbsent(),
        warnings);
  }

  @Override
  public String toString() {
    return quorum
        + " of "
        + operators
        + " operators must agree: tolerates "
        + toleratedLiars
        + " liars, "
        + toleratedAbsent
        + " absent";
  }
}
