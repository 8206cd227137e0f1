package io.payonce.failure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.payonce.ChainId;
import io.payonce.failure.FailureRule.Field;
import io.payonce.failure.FailureRule.Match;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The rules that ship, each against every sample of all the others. */
final class FailureClassifierTest {
  private static final int[] CODES = {0, -32000, -32003, -32603};
  private static final FailureClassifier CLASSIFIER = FailureClassifier.standard();
  private static final List<FailureRule> RULES = CLASSIFIER.rules();

  /** A sample, and what {@link RuleChecks} holds for it as it stands. */
  private record Said(FailureRule rule, String sample) {}

  @Test
  void every_rule_decides_its_samples_in_any_case_and_spacing_and_behind_any_code() {
    for (Said said : texts()) {
      for (NodeClient client : said.rule().scope().examples()) {
        for (String words : spellings(said.sample())) {
          for (NodeAnswer answer : behindCodes(said.rule(), words)) {
            FailureClass found = CLASSIFIER.classify(scoped(said.rule(), answer.by(client)));
            assertThat(found.rule()).as("%s: %s", said, answer).isEqualTo(said.rule().id());
            assertThat(found.action()).isEqualTo(said.rule().action());
          }
        }
      }
    }
  }

  @Test
  void noise_around_the_words_changes_no_meaning() {
    for (Said said : texts()) {
      boolean anywhere = said.rule().match() == Match.CONTAINS;
      for (NodeClient client : said.rule().scope().examples()) {
        for (NodeAnswer noisy : noisy(said.rule(), said.sample())) {
          FailureClass found = CLASSIFIER.classify(scoped(said.rule(), noisy.by(client)));
          if (anywhere) {
            assertThat(found.rule()).as("%s: %s", said, noisy).isEqualTo(said.rule().id());
          } else {
            assertThat(found.code())
                .as("%s: %s", said, noisy)
                .isIn(said.rule().code(), FailureCode.UNKNOWN);
          }
        }
      }
    }
  }

  @Test
  void every_sample_means_the_same_or_nothing_to_every_other_client() {
    for (Said said : texts()) {
      for (NodeClient client : clients()) {
        FailureClass found = CLASSIFIER.classify(NodeAnswer.error(0, said.sample()).by(client));
        boolean ownRule =
            RULES.stream()
                .filter(rule -> rule.id().equals(found.rule()))
                .anyMatch(rule -> !rule.scope().isEverything());
        if (!ownRule) {
          assertThat(found.code())
              .as("%s to %s", said, client)
              .isIn(said.rule().code(), FailureCode.UNKNOWN);
        }
      }
    }
  }

  @Test
  void nothing_that_an_unknown_client_says_stops_a_payment() {
    for (FailureRule rule : RULES) {
      for (String sample : rule.samples()) {
        List<NodeAnswer> answers = new ArrayList<>(RuleChecks.answers(rule, sample));
        answers.addAll(noisy(rule, sample));
        for (NodeAnswer answer : answers) {
          FailureClass found =
              CLASSIFIER.classify(
                  new NodeAnswer(
                      NodeClient.UNKNOWN,
                      Optional.empty(),
                      answer.method(),
                      answer.httpStatus(),
                      answer.code(),
                      answer.message(),
                      answer.data(),
                      answer.body()));
          assertThat(found.action().stopsPayment()).as("%s: %s", rule.id(), answer).isFalse();
        }
      }
    }
  }

  @Test
  void words_that_allow_a_retry_beside_words_that_stop_never_stop() {
    List<Said> stopping = texts().stream().filter(s -> s.rule().action().stopsPayment()).toList();
    List<Said> others =
        texts().stream()
            .filter(s -> !s.rule().code().action().stopsPayment())
            .filter(s -> s.rule().match() == Match.CONTAINS)
            .toList();
    for (Said stop : stopping) {
      for (Said other : others) {
        for (NodeAnswer example : RuleChecks.answers(stop.rule(), "")) {
          if (other.rule().isAbout(example)) {
            for (String words :
                List.of(
                    stop.sample() + "; " + other.sample(),
                    other.sample() + " - " + stop.sample())) {
              // The example's own message is empty.
              FailureClass found = CLASSIFIER.classify(example.withData(words));
              assertThat(found.action().stopsPayment())
                  .as("%s: %s", example.client(), words)
                  .isFalse();
            }
          }
        }
      }
    }
  }

  @Test
  void a_message_and_data_that_disagree_are_unknown() {
    NodeAnswer answer = NodeAnswer.error(-32603, "nonce too low").withData("execution reverted");
    assertThat(CLASSIFIER.classify(answer).code()).isEqualTo(FailureCode.UNKNOWN);
    NodeAnswer same = NodeAnswer.error(-32603, "nonce too low").withData("Nonce too low: 7");
    assertThat(CLASSIFIER.classify(same).code()).isEqualTo(FailureCode.NONCE_TOO_LOW);
  }

  @Test
  void revert_data_is_no_text() {
    NodeAnswer answer = NodeAnswer.error(3, "execution reverted").withData("0x08c379a0");
    assertThat(CLASSIFIER.classify(answer).code()).isEqualTo(FailureCode.REVERTED);
  }

  @Test
  void random_words_that_no_rule_knows_mean_nothing_to_any_client() {
    long seed = 20_261_121;
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    List<NodeClient> clients = clients();
    List<String> patterns = texts().stream().map(said -> said.rule().pattern()).distinct().toList();
    int unknown = 0;
    for (int i = 0; i < 100_000; i++) {
      String words = randomText(random);
      String read = Words.normalised(words);
      if (patterns.stream().noneMatch(read::contains)) {
        unknown++;
        NodeClient client = clients.get(random.nextInt(clients.size()));
        FailureClass byMessage = CLASSIFIER.classify(NodeAnswer.error(-32000, words).by(client));
        FailureClass byData =
            CLASSIFIER.classify(NodeAnswer.error(-32603, "").withData(words).by(client));
        assertThat(List.of(byMessage.code(), byData.code()))
            .as("seed %s, text %s: '%s' by %s", seed, i, words, client)
            .containsOnly(FailureCode.UNKNOWN);
      }
    }
    assertThat(unknown).as("seed %s", seed).isGreaterThan(50_000);
  }

  @Test
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void a_hostile_megabyte_costs_no_more_than_its_first_characters() {
    int size = 1_000_000;
    List<String> hostile = new ArrayList<>();
    for (String unit :
        List.of(
            "nonce ",
            "nonce too ",
            "already known ",
            "a",
            " ",
            "\n",
            "(",
            "1",
            "the method ",
            "transaction requires at least 1",
            "transaction ",
            "execution reverted nonce too low ",
            "\u0130",
            "{\"data\":")) {
      hostile.add(unit.repeat(size / unit.length()));
    }
    hostile.add("transaction requires at least " + "1".repeat(size));
    hostile.add("the method " + "a_".repeat(size / 2));
    for (NodeClient client : clients()) {
      for (String text : hostile) {
        for (int i = 0; i < 3; i++) {
          NodeAnswer answer = NodeAnswer.error(-32603, text).by(client).withData(text);
          assertThatCode(() -> CLASSIFIER.classify(answer.withHttp(500, text)))
              .doesNotThrowAnyException();
        }
      }
    }
  }

  @Test
  void a_very_long_text_is_read_up_to_its_limit() {
    String far = "x ".repeat(FailureClassifier.MAX_TEXT) + "nonce too low";
    assertThat(CLASSIFIER.classify(0, far).code()).isEqualTo(FailureCode.UNKNOWN);
    assertThat(CLASSIFIER.classify(0, "nonce too low " + far).code())
        .isEqualTo(FailureCode.NONCE_TOO_LOW);
    assertThat(CLASSIFIER.classify(0, far).evidence()).hasSizeLessThanOrEqualTo(256);
  }

  @Test
  void every_meaning_has_a_rule_and_the_rules_have_hundreds_of_texts() {
    Set<FailureCode> covered = EnumSet.noneOf(FailureCode.class);
    RULES.forEach(rule -> covered.add(rule.code()));
    assertThat(covered).containsExactlyInAnyOrder(FailureCode.values());
    assertThat(RULES.stream().mapToInt(rule -> rule.samples().size()).sum())
        .isGreaterThanOrEqualTo(300);
  }

  @Test
  void words_of_two_meanings_are_unknown() {
    assertThat(CLASSIFIER.classify(-32000, "insufficient funds; execution reverted").code())
        .isEqualTo(FailureCode.UNKNOWN);
    assertThat(CLASSIFIER.classify(-32000, "nonce too low, already known").code())
        .isEqualTo(FailureCode.UNKNOWN);
  }

  @Test
  void words_win_over_a_code_that_besu_uses_for_gas() {
    assertThat(CLASSIFIER.classify(-32005, "Transaction gas limit exceeds block gas limit").code())
        .isEqualTo(FailureCode.EXCEEDS_BLOCK_GAS);
    assertThat(CLASSIFIER.classify(-32005, "please slow down").code())
        .isEqualTo(FailureCode.RATE_LIMITED);
    NodeClient besu = NodeClient.parse("besu/v25.7.0/linux-x86_64/openjdk-java-21");
    assertThat(CLASSIFIER.classify(NodeAnswer.error(-32005, "please slow down").by(besu)).code())
        .isEqualTo(FailureCode.UNKNOWN);
  }

  @Test
  void words_win_over_the_status_and_the_status_over_nothing() {
    NodeAnswer answer = NodeAnswer.error(-32000, "nonce too low").withHttp(500, "<html>");
    assertThat(CLASSIFIER.classify(answer).code()).isEqualTo(FailureCode.NONCE_TOO_LOW);
    assertThat(CLASSIFIER.classify(NodeAnswer.http(503, "execution reverted")).code())
        .isEqualTo(FailureCode.UNAVAILABLE);
    assertThat(CLASSIFIER.classify(NodeAnswer.http(418, "")).code()).isEqualTo(FailureCode.UNKNOWN);
  }

  private static List<Said> texts() {
    List<Said> texts = new ArrayList<>();
    for (FailureRule rule : RULES) {
      if (rule.field() == Field.TEXT) {
        rule.samples().forEach(sample -> texts.add(new Said(rule, sample)));
      }
    }
    return texts;
  }

  /** Every client that a rule names, at the versions where rules begin, and an unknown one. */
  private static List<NodeClient> clients() {
    Set<String> seen = new TreeSet<>();
    List<NodeClient> clients = new ArrayList<>(List.of(NodeClient.UNKNOWN));
    for (FailureRule rule : RULES) {
      for (NodeClient client : rule.scope().examples()) {
        if (seen.add(client.toString()) && !client.family().isEmpty()) {
          clients.add(client);
        }
      }
    }
    return clients;
  }

  private static List<String> spellings(String sample) {
    return List.of(
        sample,
        sample.toUpperCase(Locale.ROOT),
        "  " + sample.replace(" ", "  ") + "\n",
        "\t" + sample.replace(" ", "\n"));
  }

  private static List<NodeAnswer> behindCodes(FailureRule rule, String words) {
    List<NodeAnswer> answers = new ArrayList<>();
    if (rule.rpcCode().isPresent()) {
      answers.add(NodeAnswer.error(rule.rpcCode().getAsInt(), words));
    } else {
      for (int code : CODES) {
        answers.add(NodeAnswer.error(code, words));
      }
    }
    return answers;
  }

  private static List<NodeAnswer> noisy(FailureRule rule, String sample) {
    int wrapped = rule.rpcCode().orElse(-32603);
    String json = sample.replace("\n", " ").replace("\"", "\\\"");
    return List.of(
        NodeAnswer.error(wrapped, "err: " + sample),
        NodeAnswer.error(wrapped, "Internal error: " + sample),
        NodeAnswer.error(wrapped, "[0x1234]: " + sample + ", try again (request 77)"),
        NodeAnswer.error(wrapped, sample + "; tx 0x9c1f"),
        NodeAnswer.error(wrapped, "rpc error: code = Unknown desc = " + sample + "."),
        NodeAnswer.error(wrapped, "Internal error").withData(sample),
        NodeAnswer.error(wrapped, "").withData("{\"message\":\"" + json + "\",\"data\":null}"));
  }

  private static NodeAnswer scoped(FailureRule rule, NodeAnswer answer) {
    NodeAnswer asked = answer.to(rule.method());
    return rule.scope().chains().isEmpty()
        ? asked
        : asked.on(ChainId.of(rule.scope().chains().get(0)));
  }

  /** Single words of the rules in any order, and characters of any kind between them. */
  private static String randomText(RandomGenerator random) {
    StringBuilder text = new StringBuilder();
    int parts = random.nextInt(12);
    for (int i = 0; i < parts; i++) {
      if (random.nextInt(4) == 0) {
        text.appendCodePoint(random.nextInt(0x20, 0x3000)).append(' ');
      } else {
        String[] words = RULES.get(random.nextInt(RULES.size())).pattern().split(" ");
        text.append(words[random.nextInt(words.length)]).append(' ');
      }
    }
    return text.toString();
  }
}
