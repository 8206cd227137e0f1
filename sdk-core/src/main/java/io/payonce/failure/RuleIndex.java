package io.payonce.failure;

import io.payonce.failure.FailureRule.Field;
import io.payonce.failure.FailureRule.Match;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the rules that occur in a text by looking up each of its words once, so that the cost grows
 * with the text and not with the number of rules. Immutable; thread-safe.
 */
final class RuleIndex {
  /** Rules by first word, or by number; only ever looked up by key. */
  private final Map<String, List<Entry>> entries = new HashMap<>();

  RuleIndex(List<FailureRule> rules, Field field) {
    for (FailureRule rule : rules) {
      if (rule.field() == field) {
        boolean words = field == Field.TEXT || field == Field.BODY;
        Optional<Pattern> regex =
            rule.match() == Match.REGEX ? Optional.of(rule.regex()) : Optional.empty();
        entries
            .computeIfAbsent(words ? rule.firstWord() : rule.pattern(), key -> new ArrayList<>())
            .add(new Entry(rule, regex));
      }
    }
  }

  /** The rule for a number: one of the answer's own client or chain before one for all. */
  Optional<FailureRule> byNumber(int number, NodeAnswer answer) {
    FailureRule best = null;
    for (Entry entry : entries.getOrDefault(Integer.toString(number), List.of())) {
      FailureRule rule = entry.rule();
      if (rule.isAbout(answer) && (best == null || best.scope().isEverything())) {
        best = rule;
      }
    }
    return Optional.ofNullable(best);
  }

  /** Every place of a normalised text where a rule for this answer matches. */
  List<Hit> hits(String text, NodeAnswer answer) {
    List<Hit> hits = new ArrayList<>();
    for (int at = 0; at < text.length(); at++) {
      if (Words.startsWord(text, at)) {
        String word = text.substring(at, Words.endOfWord(text, at));
        for (Entry entry : entries.getOrDefault(word, List.of())) {
          int end = entry.matchesAt(text, at);
          if (end > 0 && entry.rule().isAbout(answer)) {
            hits.add(new Hit(entry.rule(), at, end));
          }
        }
      }
    }
    return hits;
  }

  /**
   * Where a rule matches.
   *
   * @param end exclusive
   */
  record Hit(FailureRule rule, int start, int end) {
    int length() {
      return end - start;
    }

    boolean contains(Hit other) {
      return start <= other.start && other.end <= end;
    }
  }

  private record Entry(FailureRule rule, Optional<Pattern> regex) {
    /** The end of the match, or -1. */
    int matchesAt(String text, int at) {
      int end = at + rule.pattern().length();
      return switch (rule.match()) {
        case EXACT -> at == 0 && text.equals(rule.pattern()) ? end : -1;
        case PREFIX -> at == 0 && literalAt(text, at) ? end : -1;
        case CONTAINS -> literalAt(text, at) ? end : -1;
        case REGEX -> at == 0 ? regexEnd(text) : -1;
      };
    }

    private boolean literalAt(String text, int at) {
      return text.startsWith(rule.pattern(), at)
          && Words.endsWord(text, at + rule.pattern().length());
    }

    private int regexEnd(String text) {
      Matcher matcher = regex.orElseThrow().matcher(text);
      return matcher.lookingAt() && Words.endsWord(text, matcher.end()) ? matcher.end() : -1;
    }
  }
}
