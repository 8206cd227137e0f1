package io.payonce.failure;

import java.util.List;

/**
 * One line of the data file.
 *
 * @param match how the pattern is looked for
 * @param pattern lower case, single spaces; a decimal number for {@link Match#CODE}
 * @param source project and file whose wording this is
 * @param samples texts that this rule must decide, at least one
 * @param nearMisses texts that look alike and that this rule must not decide, at least one
 */
record FailureRule(
    String id,
    FailureCode code,
    Match match,
    String pattern,
    String source,
    List<String> samples,
    List<String> nearMisses) {

  enum Match {
    /** The whole text. */
    EXACT,
    /** The text begins with it, at a word's end. */
    PREFIX,
    /** Anywhere, as whole words. */
    CONTAINS,
    /** The JSON-RPC code; only asked when no text rule knows the words. */
    CODE
  }

  FailureRule {
    samples = List.copyOf(samples);
    nearMisses = List.copyOf(nearMisses);
    if (source.isBlank() || samples.isEmpty() || nearMisses.isEmpty()) {
      throw new IllegalArgumentException(
          "rule " + id + " needs a source, a sample and a near miss");
    }
    if (pattern.isBlank() || !pattern.equals(FailureClassifier.normalised(pattern))) {
      throw new IllegalArgumentException(
          "rule " + id + " needs a pattern in lower case with single spaces");
    }
  }

  boolean matches(String text) {
    return switch (match) {
      case EXACT -> text.equals(pattern);
      case PREFIX -> text.startsWith(pattern) && endsWord(text, pattern.length());
      case CONTAINS -> containsWords(text);
      case CODE -> false;
    };
  }

  private boolean containsWords(String text) {
    for (int at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + 1)) {
      boolean startsWord = at == 0 || !Character.isLetterOrDigit(text.charAt(at - 1));
      if (startsWord && endsWord(text, at + pattern.length())) {
        return true;
      }
    }
    return false;
  }

  private static boolean endsWord(String text, int end) {
    return end == text.length() || !Character.isLetterOrDigit(text.charAt(end));
  }
}
