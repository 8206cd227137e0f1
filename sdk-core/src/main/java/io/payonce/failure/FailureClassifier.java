package io.payonce.failure;

import io.payonce.failure.FailureRule.Field;
import io.payonce.failure.RuleIndex.Hit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Tells what an endpoint means by refusing a request, by the rules of one data file.
 *
 * <p>Asked in this order, and the first that knows decides: the words in message and data, the
 * JSON-RPC code, the words of a body that is no JSON-RPC reply, the HTTP status. Facts by hash or
 * by the chain come before all of this and are the caller's: "already known" is worth nothing for
 * another hash. Words come before the code, because clients use one code for many meanings (-32005
 * is a rate limit to some providers and a gas limit to Besu).
 *
 * <p>Where several rules occur in the words, the longest match decides, and of equal ones that of
 * the answer's own client or chain. Where a rule of another meaning occurs outside of it, the words
 * are ambiguous and {@link FailureCode#UNKNOWN}. An unknown client is judged by the rules for all
 * clients alone, none of which can stop a payment.
 *
 * <p>Only the first {@value #MAX_TEXT} characters of each text are read, and the time is linear in
 * them, whatever they hold. Pure; thread-safe.
 */
public final class FailureClassifier {
  /** Longer texts are read up to here: a refusal states its reason early. */
  public static final int MAX_TEXT = 2048;

  private final List<FailureRule> rules;
  private final RuleIndex texts;
  private final RuleIndex codes;
  private final RuleIndex bodies;
  private final RuleIndex statuses;

  FailureClassifier(List<FailureRule> rules) {
    this.rules = List.copyOf(rules);
    this.texts = new RuleIndex(rules, Field.TEXT);
    this.codes = new RuleIndex(rules, Field.CODE);
    this.bodies = new RuleIndex(rules, Field.BODY);
    this.statuses = new RuleIndex(rules, Field.STATUS);
    RuleChecks.require(this);
  }

  /** The rules that ship with Payonce. */
  public static FailureClassifier standard() {
    return Standard.RULES;
  }

  /**
   * These rules and a host's own, in the format of {@code rules.json}.
   *
   * @throws IllegalArgumentException that names the rule and what is wrong with it: no source, no
   *     sample, a sample that it does not decide or a near miss that it does, an expression that is
   *     not anchored, an id twice, or one that stops payments and is not limited to a client or
   *     chain
   */
  public FailureClassifier withRules(String json) {
    List<FailureRule> all = new ArrayList<>(rules);
    all.addAll(RuleFile.parse(json));
    return new FailureClassifier(all);
  }

  /**
   * What a JSON-RPC error of an unknown client means.
   *
   * @param code JSON-RPC error code, 0 when there was none
   * @param message the node's words, in any case
   */
  public FailureClass classify(int code, String message) {
    return classify(NodeAnswer.error(code, message));
  }

  /** What an answer means. */
  public FailureClass classify(NodeAnswer answer) {
    Reading message = read(texts, answer.message(), answer);
    Reading data = read(texts, hasWords(answer.data()) ? answer.data() : "", answer);
    Reading both = message.and(data);
    if (!both.isSilent()) {
      boolean byMessage = !message.isSilent();
      return byMessage
          ? result(both, "message: ", answer.message())
          : result(both, "data: ", answer.data());
    }
    Optional<FailureRule> code =
        answer.code() == 0 ? Optional.empty() : codes.byNumber(answer.code(), answer);
    if (code.isPresent()) {
      return result(code.get(), "code " + answer.code() + ": ", answer.message());
    }
    Reading body = read(bodies, answer.body(), answer);
    if (!body.isSilent()) {
      return result(body, "body: ", answer.body());
    }
    Optional<FailureRule> status =
        answer.httpStatus() == 0
            ? Optional.empty()
            : statuses.byNumber(answer.httpStatus(), answer);
    if (status.isPresent()) {
      return result(status.get(), "HTTP " + answer.httpStatus() + ": ", answer.body());
    }
    return unknown("message: ", answer.message());
  }

  List<FailureRule> rules() {
    return rules;
  }

  /** Revert data is no text; an address at the beginning of a text is. */
  private static boolean hasWords(String data) {
    int end = Math.min(data.length(), MAX_TEXT);
    return !data.startsWith("0x") || data.substring(0, end).chars().anyMatch(Words::isBlank);
  }

  private static Reading read(RuleIndex index, String text, NodeAnswer answer) {
    List<Hit> hits = text.isEmpty() ? List.of() : index.hits(Words.normalised(text), answer);
    if (hits.isEmpty()) {
      return Reading.NOTHING;
    }
    Hit best = hits.get(0);
    for (Hit hit : hits) {
      boolean moreOwn = best.rule().scope().isEverything() && !hit.rule().scope().isEverything();
      if (hit.length() > best.length() || (hit.length() == best.length() && moreOwn)) {
        best = hit;
      }
    }
    FailureCode code = best.rule().code();
    List<Hit> agreeing = hits.stream().filter(hit -> hit.rule().code() == code).toList();
    boolean ambiguous =
        hits.stream()
            .filter(hit -> hit.rule().code() != code)
            .anyMatch(other -> agreeing.stream().noneMatch(hit -> hit.contains(other)));
    return ambiguous ? Reading.AMBIGUOUS : new Reading(Optional.of(best.rule()), false);
  }

  private static FailureClass result(Reading reading, String field, String text) {
    return reading
        .rule()
        .map(rule -> result(rule, field, text))
        .orElseGet(() -> unknown(field, text));
  }

  private static FailureClass result(FailureRule rule, String field, String text) {
    return new FailureClass(rule.code(), rule.action(), rule.id(), evidence(field, text));
  }

  private static FailureClass unknown(String field, String text) {
    return new FailureClass(FailureCode.UNKNOWN, SendAction.UNKNOWN, "", evidence(field, text));
  }

  /** Cut before it is joined: the text may be large. */
  private static String evidence(String field, String text) {
    return field + text.substring(0, Math.min(text.length(), FailureClass.MAX_EVIDENCE));
  }

  private static final class Standard {
    static final FailureClassifier RULES = new FailureClassifier(RuleFile.standard());
  }

  /** What the rules make of one text. */
  private record Reading(Optional<FailureRule> rule, boolean ambiguous) {
    static final Reading NOTHING = new Reading(Optional.empty(), false);
    static final Reading AMBIGUOUS = new Reading(Optional.empty(), true);

    boolean isSilent() {
      return rule.isEmpty() && !ambiguous;
    }

    Reading and(Reading other) {
      if (isSilent() || other.isSilent()) {
        return isSilent() ? other : this;
      }
      boolean agree =
          !ambiguous
              && !other.ambiguous
              && rule.orElseThrow().code() == other.rule.orElseThrow().code();
      return agree ? this : AMBIGUOUS;
    }
  }
}
