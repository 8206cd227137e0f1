package io.payonce.failure;

import java.util.regex.PatternSyntaxException;

/**
 * The part of regular expressions that rules may use: anchored at the start of the text, where it
 * has a whole word, and with possessive quantifiers on single characters only. Such an expression
 * never tries a character twice for one alternative, so that hostile text costs no more than other.
 */
final class LinearRegex {
  private LinearRegex() {}

  static void require(String id, String pattern) {
    if (!pattern.matches("\\^[a-z0-9]+ .*")) {
      throw FailureRule.refused(id, "needs a regular expression anchored as '^word '");
    }
    int depth = 0;
    boolean quantifiable = false;
    for (int i = 1; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      switch (c) {
        case '\\' -> {
          i++;
          if (i == pattern.length() || "dws.()[]{}'*+?$^|\\/".indexOf(pattern.charAt(i)) < 0) {
            throw FailureRule.refused(id, "uses an escape that is not allowed");
          }
          quantifiable = true;
        }
        case '[' -> {
          i = pattern.indexOf(']', i);
          if (i < 0) {
            throw FailureRule.refused(id, "has an open [");
          }
          quantifiable = true;
        }
        case '(' -> {
          if (!pattern.startsWith("(?:", i)) {
            throw FailureRule.refused(id, "may use (?:...) groups only");
          }
          i += 2;
          depth++;
          quantifiable = false;
        }
        case ')' -> {
          depth--;
          quantifiable = false;
        }
        case '|' -> {
          if (depth == 0) {
            throw FailureRule.refused(id, "has an alternative that is not anchored");
          }
          quantifiable = false;
        }
        case '*', '+', '?' -> {
          i++;
          if (!quantifiable || i == pattern.length() || pattern.charAt(i) != '+') {
            throw FailureRule.refused(id, "may use possessive quantifiers of single characters");
          }
          quantifiable = false;
        }
        case '{', '}', '^' -> throw FailureRule.refused(id, "may not use " + c);
        default -> quantifiable = true;
      }
    }
    compiles(id, pattern);
  }

  private static void compiles(String id, String pattern) {
    try {
      java.util.regex.Pattern.compile(pattern);
    } catch (PatternSyntaxException wrong) {
      throw FailureRule.refused(id, "has a wrong regular expression: " + wrong.getDescription());
    }
  }
}
