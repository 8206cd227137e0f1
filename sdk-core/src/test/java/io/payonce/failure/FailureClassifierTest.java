package io.payonce.failure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class FailureClassifierTest {
  private final FailureClassifier classifier = FailureClassifier.standard();

  @Test
  void every_rule_decides_its_samples_plain_and_noisy() {
    for (FailureRule rule : classifier.rules()) {
      for (String sample : rule.samples()) {
        for (Text text : spellings(rule, sample)) {
          assertThat(classifier.classify(text.code(), text.words()))
              .as("rule %s, text '%s'", rule.id(), text)
              .isEqualTo(new FailureClass(rule.code(), rule.id()));
        }
      }
    }
  }

  @Test
  void no_rule_decides_its_near_misses() {
    for (FailureRule rule : classifier.rules()) {
      for (String nearMiss : rule.nearMisses()) {
        Text text =
            rule.match() == FailureRule.Match.CODE ? coded(nearMiss) : new Text(0, nearMiss);
        assertThat(classifier.classify(text.code(), text.words()).rule())
            .as("rule %s, text '%s'", rule.id(), text)
            .isNotEqualTo(rule.id());
      }
    }
  }

  @Test
  void every_meaning_has_a_rule() {
    Set<FailureCode> covered = EnumSet.noneOf(FailureCode.class);
    classifier.rules().forEach(rule -> covered.add(rule.code()));
    assertThat(covered).containsExactlyInAnyOrder(FailureCode.values());
  }

  @Test
  void unknown_words_never_hold_a_payment() {
    for (String text :
        List.of("", " ", "internal error", "something went wrong", "invalid sender", "0x", "42")) {
      assertThat(classifier.classify(-32000, text).action()).isEqualTo(SendAction.UNKNOWN);
    }
  }

  @Test
  void words_of_two_meanings_are_unknown() {
    assertThat(classifier.classify(-32000, "insufficient funds; execution reverted").code())
        .isEqualTo(FailureCode.UNKNOWN);
    assertThat(classifier.classify(-32000, "nonce too low, already known").code())
        .isEqualTo(FailureCode.UNKNOWN);
  }

  @Test
  void words_win_over_a_code_that_besu_uses_for_gas() {
    assertThat(classifier.classify(-32005, "Transaction gas limit exceeds block gas limit").code())
        .isEqualTo(FailureCode.EXCEEDS_BLOCK_GAS);
    assertThat(classifier.classify(-32005, "daily request count exceeded").code())
        .isEqualTo(FailureCode.RATE_LIMITED);
  }

  @Test
  void a_very_long_text_is_read_up_to_its_limit() {
    String far = "x ".repeat(FailureClassifier.MAX_TEXT) + "nonce too low";
    assertThat(classifier.classify(0, far).code()).isEqualTo(FailureCode.UNKNOWN);
    assertThat(classifier.classify(0, "nonce too low " + far).code())
        .isEqualTo(FailureCode.NONCE_TOO_LOW);
  }

  @Test
  void a_rule_without_source_sample_or_near_miss_is_refused() {
    assertThatThrownBy(() -> rule("text", "", List.of("a"), List.of("b")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> rule("text", "geth", List.of(), List.of("b")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> rule("text", "geth", List.of("a"), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> rule("Text  twice", "geth", List.of("a"), List.of("b")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static FailureRule rule(
      String pattern, String source, List<String> samples, List<String> nearMisses) {
    return new FailureRule(
        "id",
        FailureCode.UNKNOWN,
        FailureRule.Match.CONTAINS,
        pattern,
        source,
        samples,
        nearMisses);
  }

  private record Text(int code, String words) {}

  private static Text coded(String sample) {
    int blank = sample.indexOf(' ');
    return new Text(Integer.parseInt(sample.substring(0, blank)), sample.substring(blank + 1));
  }

  private static List<Text> spellings(FailureRule rule, String sample) {
    if (rule.match() == FailureRule.Match.CODE) {
      return List.of(coded(sample));
    }
    List<Text> texts = new ArrayList<>();
    for (int code : new int[] {0, -32000, -32003, -32005, -32603}) {
      texts.add(new Text(code, sample));
      texts.add(new Text(code, sample.toUpperCase(Locale.ROOT)));
      texts.add(new Text(code, "  " + sample.replace(" ", "  ") + "\n"));
      if (rule.match() == FailureRule.Match.CONTAINS) {
        texts.add(new Text(code, "Internal error: " + sample));
        texts.add(new Text(code, "[0x1234]: " + sample + ", try again (request 77)"));
      }
    }
    return texts;
  }
}
