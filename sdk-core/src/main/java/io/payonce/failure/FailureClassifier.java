package io.payonce.failure;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells what a node means by refusing a transaction, by the rules of one data file.
 *
 * <p>Words come before the code, because clients use one code for many meanings (-32005 is a rate
 * limit to some providers and a gas limit to Besu). Among the rules whose words occur the longest
 * pattern decides; where a rule of another meaning occurs outside of it, the text is ambiguous and
 * {@link FailureCode#UNKNOWN}. Pure; thread-safe.
 */
public final class FailureClassifier {
  /** Longer texts are read up to here: a refusal states its reason early. */
  public static final int MAX_TEXT = 2048;

  private static final FailureClassifier STANDARD = new FailureClassifier(load());

  private final List<FailureRule> rules;

  private FailureClassifier(List<FailureRule> rules) {
    this.rules = rules;
  }

  /** The rules that ship with Payonce. */
  public static FailureClassifier standard() {
    return STANDARD;
  }

  /**
   * What a refusal means.
   *
   * @param code JSON-RPC error code, 0 when there was none
   * @param message the node's words, in any case
   */
  public FailureClass classify(int code, String message) {
    String text = normalised(message);
    FailureRule longest = null;
    for (FailureRule rule : rules) {
      boolean longer = longest == null || rule.pattern().length() > longest.pattern().length();
      if (longer && rule.matches(text)) {
        longest = rule;
      }
    }
    if (longest == null) {
      return byCode(code);
    }
    for (FailureRule rule : rules) {
      boolean other = rule.code() != longest.code() && rule.matches(text);
      if (other && !longest.pattern().contains(rule.pattern())) {
        return FailureClass.UNKNOWN;
      }
    }
    return new FailureClass(longest.code(), longest.id());
  }

  private FailureClass byCode(int code) {
    String wanted = Integer.toString(code);
    for (FailureRule rule : rules) {
      if (rule.match() == FailureRule.Match.CODE && rule.pattern().equals(wanted)) {
        return new FailureClass(rule.code(), rule.id());
      }
    }
    return FailureClass.UNKNOWN;
  }

  List<FailureRule> rules() {
    return rules;
  }

  /** Lower case, runs of white space as one blank. */
  static String normalised(String text) {
    String head = text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) : text;
    StringBuilder words = new StringBuilder(head.length());
    for (int i = 0; i < head.length(); i++) {
      char c = head.charAt(i);
      if (!Character.isWhitespace(c)) {
        words.append(c);
      } else if (!words.isEmpty() && words.charAt(words.length() - 1) != ' ') {
        words.append(' ');
      }
    }
    return words.toString().strip().toLowerCase(Locale.ROOT);
  }

  private static List<FailureRule> load() {
    JsonMapper mapper =
        JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .build();
    try (@Nullable InputStream file = FailureClassifier.class.getResourceAsStream("rules.json")) {
      if (file == null) {
        throw new IllegalStateException("rules.json is missing from the jar");
      }
      List<FailureRule> rules = List.of(mapper.readValue(file, FailureRule[].class));
      requireDistinct(rules);
      return rules;
    } catch (IOException unreadable) {
      throw new UncheckedIOException("rules.json cannot be read", unreadable);
    }
  }

  private static void requireDistinct(List<FailureRule> rules) {
    Set<String> ids = new LinkedHashSet<>();
    Set<String> patterns = new LinkedHashSet<>();
    List<String> twice = new ArrayList<>();
    for (FailureRule rule : rules) {
      if (!ids.add(rule.id()) || !patterns.add(rule.pattern())) {
        twice.add(rule.id());
      }
    }
    if (!twice.isEmpty()) {
      throw new IllegalStateException("rules.json has an id or a pattern twice: " + twice);
    }
  }
}
