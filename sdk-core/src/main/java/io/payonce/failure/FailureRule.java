package io.payonce.failure;

import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * One line of the data file; see the package for what each part means.
 *
 * @param action that of the code, or {@link SendAction#UNKNOWN} for less
 * @param method the only method that it is about; empty for all
 * @param rpcCode the only JSON-RPC code that it is about
 * @param pattern lower case with single spaces; a decimal number for a code or status; a linear
 *     regular expression for {@link Match#REGEX}
 * @param source node sources that have these words
 * @param samples texts that this rule must decide, at least one
 * @param nearMisses texts that look alike and that this rule must not decide, at least one
 */
record FailureRule(
    String id,
    FailureCode code,
    SendAction action,
    RuleScope scope,
    String method,
    OptionalInt rpcCode,
    Field field,
    Match match,
    String pattern,
    List<String> source,
    List<String> samples,
    List<String> nearMisses) {

  enum Field {
    /** The message, or the text in {@code data}. */
    TEXT,
    /** The JSON-RPC code; only asked when no rule knows the text. */
    CODE,
    /** The beginning of an answer that is no JSON-RPC reply. */
    BODY,
    /** The HTTP status; only asked when nothing else is known. */
    STATUS
  }

  enum Match {
    /** The whole text. */
    EXACT,
    /** The text begins with it, at a word's end. */
    PREFIX,
    /** Anywhere, as whole words. */
    CONTAINS,
    /** The text begins with what the expression describes, at a word's end. */
    REGEX
  }

  FailureRule {
    source = List.copyOf(source);
    samples = List.copyOf(samples);
    nearMisses = List.copyOf(nearMisses);
    if (source.isEmpty() || samples.isEmpty() || nearMisses.isEmpty()) {
      throw refused(id, "needs a source, a sample and a near miss");
    }
    boolean number = field == Field.CODE || field == Field.STATUS;
    if (number && (match != Match.EXACT || !pattern.matches("-?[1-9][0-9]{0,5}"))) {
      throw refused(id, "needs a decimal number to match exactly");
    }
    if (match == Match.REGEX) {
      LinearRegex.require(id, pattern);
    } else if (!number && !isWords(pattern)) {
      throw refused(id, "needs a pattern in lower case with single spaces, from word to word");
    }
    if (scope.isEverything() && action.stopsPayment()) {
      throw refused(id, "stops payments, so it needs a client or chain");
    }
    if (action != code.action() && action != SendAction.UNKNOWN) {
      throw refused(id, "has code " + code + ", which may not cause " + action);
    }
  }

  static IllegalArgumentException refused(String id, String why) {
    return new IllegalArgumentException("rule " + id + " " + why);
  }

  private static boolean isWords(String pattern) {
    return !pattern.isEmpty()
        && pattern.equals(Words.normalised(pattern))
        && Character.isLetterOrDigit(pattern.charAt(0));
  }

  /** The word that a text must have where this rule matches. */
  String firstWord() {
    String words = match == Match.REGEX ? pattern.substring(1) : pattern;
    return words.substring(0, Words.endOfWord(words, 0));
  }

  /** Compiled once, by the index. */
  Pattern regex() {
    return Pattern.compile(pattern);
  }

  /** Whether the answer is one that this rule is about, its words aside. */
  boolean isAbout(NodeAnswer answer) {
    return (method.isEmpty() || method.equals(answer.method()))
        && (rpcCode.isEmpty() || rpcCode.getAsInt() == answer.code())
        && scope.covers(answer);
  }
}
