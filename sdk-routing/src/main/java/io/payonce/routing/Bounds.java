package io.payonce.routing;

import io.payonce.rpc.QuorumRule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What this configuration withstands, and how long anything takes at most.
 *
 * @param operators how many are configured, each with one vote
 * @param quorum how many must agree, whoever can be reached
 * @param toleratedLiars how many may lie together without a wrong answer being agreed
 * @param toleratedAbsent how many may be away without a critical read being refused
 * @param worstCase after how long a future is complete at the latest, when its call names no
 *     deadline of its own; with one, after that and {@link #SLACK}
 * @param warnings what a person should know about it
 */
public record Bounds(
    int operators,
    int quorum,
    int toleratedLiars,
    int toleratedAbsent,
    Map<Kind, Duration> worstCase,
    List<String> warnings) {
  /** What timers and a busy machine may add to a deadline. */
  public static final Duration SLACK = Duration.ofMillis(50);

  /** The kinds of work, each with its own deadline. */
  public enum Kind {
    /** A call that a node answers from memory: gas price, chain id. */
    QUICK,
    /** Any other ordinary call. */
    READ,
    /** Logs and the receipts of a whole block. */
    HEAVY,
    /** Proofs and traces. */
    ARCHIVE,
    CRITICAL,
    BROADCAST
  }

  public Bounds {
    EnumMap<Kind, Duration> ordered = new EnumMap<>(Kind.class);
    ordered.putAll(worstCase);
    worstCase = Collections.unmodifiableMap(ordered);
    warnings = List.copyOf(warnings);
  }

  static Bounds of(QuorumRule rule, RoutingPolicy policy) {
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
        worstCase(policy),
        warnings);
  }

  /**
   * Every attempt is cut to what is left of the deadline, every pause between two ends before it,
   * and a wait in line is a part of its attempt: so the deadline is the bound, however many
   * attempts there are.
   */
  private static Map<Kind, Duration> worstCase(RoutingPolicy policy) {
    EnumMap<Kind, Duration> worst = new EnumMap<>(Kind.class);
    worst.put(Kind.QUICK, policy.quickDeadline().plus(SLACK));
    worst.put(Kind.READ, policy.readDeadline().plus(SLACK));
    worst.put(Kind.HEAVY, policy.heavyDeadline().plus(SLACK));
    worst.put(Kind.ARCHIVE, policy.archiveDeadline().plus(SLACK));
    worst.put(Kind.CRITICAL, policy.criticalDeadline().plus(SLACK));
    worst.put(Kind.BROADCAST, policy.broadcastDeadline().plus(SLACK));
    return worst;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(quorum).append(" of ").append(operators);
    text.append(" operators must agree: tolerates ").append(toleratedLiars).append(" liars, ");
    text.append(toleratedAbsent).append(" absent; answers by");
    worstCase.forEach(
        (kind, longest) ->
            text.append(kind == Kind.QUICK ? " " : ", ")
                .append(kind)
                .append(' ')
                .append(longest.toMillis())
                .append(" ms"));
    return text.toString();
  }
}
