package io.payonce.failure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.ChainId;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a host's own rules may be, and what is refused by name. */
final class RuleFileTest {
  private static final Map<String, String> GOOD =
      Map.of(
          "id", "'mine'",
          "code", "'POOL_FULL'",
          "match", "'CONTAINS'",
          "pattern", "'the house is full'",
          "source", "['own node.go']",
          "samples", "['The house is full']",
          "nearMisses", "['the house is empty']");

  @Test
  void a_host_may_add_rules_and_keeps_those_that_ship() {
    FailureClassifier own = with(Map.of());
    assertThat(own.classify(0, "sorry: the house is full").rule()).isEqualTo("mine");
    assertThat(own.classify(0, "nonce too low").code()).isEqualTo(FailureCode.NONCE_TOO_LOW);
    assertThat(FailureClassifier.standard().classify(0, "the house is full").code())
        .isEqualTo(FailureCode.UNKNOWN);
  }

  @Test
  void a_rule_of_a_client_and_chain_is_asked_for_these_alone() {
    FailureClassifier own =
        with(
            Map.of(
                "code",
                "'REVERTED'",
                "clients",
                "['house >=2 <3']",
                "chains",
                "[7]",
                "method",
                "'eth_call'",
                "rpcCode",
                "-32000"));
    NodeAnswer answer =
        NodeAnswer.error(-32000, "the house is full")
            .by(NodeClient.parse("house/v2.1"))
            .on(ChainId.of(7))
            .to("eth_call");
    assertThat(own.classify(answer).action()).isEqualTo(SendAction.HOLD_PAYLOAD);
    assertThat(own.classify(answer.by(NodeClient.parse("house/v3.0"))).rule()).isEmpty();
    assertThat(own.classify(answer.on(ChainId.of(8))).rule()).isEmpty();
    assertThat(own.classify(answer.to("eth_estimateGas")).rule()).isEmpty();
    NodeAnswer otherCode =
        new NodeAnswer(
            answer.client(), answer.chain(), "eth_call", 0, -32001, answer.message(), "", "");
    assertThat(own.classify(otherCode).rule()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "source | [] | needs a source, a sample and a near miss",
        "samples | [] | needs a source, a sample and a near miss",
        "nearMisses | [] | needs a source, a sample and a near miss",
        "source | ['elsewhere node.go'] | has a source without known project or file",
        "source | ['own'] | has a source without known project or file",
        "samples | ['the house is empty'] | does not decide its sample",
        "nearMisses | ['now the house is full'] | decides its near miss",
        "pattern | 'The house' | needs a pattern in lower case",
        "pattern | 'the  house' | needs a pattern in lower case",
        "pattern | '(house' | needs a pattern in lower case",
        "code | 'REVERTED' | stops payments, so it needs a client or chain",
        "code | 'WRONG_CHAIN' | stops payments, so it needs a client or chain",
        "action | 'HOLD_PAYLOAD' | stops payments, so it needs a client or chain",
        "action | 'CHECK_CHAIN' | which may not cause CHECK_CHAIN",
        "id | 'already-known' | is there twice",
        "clients | ['geth 1.9'] | must be like 'geth >=1.9 <1.13'",
        "field | 'CODE' | needs a decimal number to match exactly",
        "code | 'NO_SUCH_CODE' | NO_SUCH_CODE",
        "surplus | 1 | surplus",
        "rpcCode | 1.5 | rules:",
      })
  void a_rule_that_could_mislead_is_refused(String field, String value, String why) {
    assertThatThrownBy(() -> with(Map.of(field, value)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }

  @Test
  void two_rules_that_claim_one_sample_with_other_meanings_are_refused() {
    assertThatThrownBy(
            () ->
                with(
                    Map.of(
                        "pattern", "'too low for us'",
                        "samples", "['nonce too low for us']",
                        "nearMisses", "['too low']")))
        .hasMessageContaining("rule mine does not decide its sample")
        .hasMessageContaining("no rule alone");
    assertThatThrownBy(
            () ->
                with(
                    Map.of(
                        "pattern", "'nonce too low'",
                        "samples", "['nonce too low']",
                        "nearMisses", "['too low']")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("does not decide its sample");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "the house",
        ".*house is full",
        "^.*house is full",
        "^the (house|flat) is full",
        "^the house|flat",
        "^the (?:house)+ is full",
        "^the .* is full",
        "^the .+ is full",
        "^the house? is full",
        "^the house{2} is full",
        "^the (?=house) is",
        "^the (?:a|a)\\\\1 is",
        "^the [house is full",
        "^the (?:house is full"
      })
  void an_expression_that_is_not_anchored_or_not_linear_is_refused(String regex) {
    assertThatThrownBy(() -> with(Map.of("match", "'REGEX'", "pattern", "'" + regex + "'")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("rule mine ");
  }

  @Test
  void a_linear_expression_matches_from_the_start() {
    FailureClassifier own =
        with(Map.of("match", "'REGEX'", "pattern", "'^the (?:house|flat) [a-z]++ ful?+l'"));
    assertThat(own.classify(0, "The flat was full, sorry").rule()).isEqualTo("mine");
    assertThat(own.classify(0, "now the flat was full").rule()).isEmpty();
    assertThat(own.classify(0, "the flat was fuller").rule()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{'version':1,'rules':[]}",
        "{'version':2,'rules':[{}]}",
        "{'version':2,'rules':[]} x",
        "{'version':2,'version':2}",
        "{'version':2,'projects':{'own':{'repository':'x','version':'1'}}}"
      })
  void a_file_of_another_form_is_refused(String json) {
    assertThatThrownBy(() -> FailureClassifier.standard().withRules(json.replace('\'', '"')))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static FailureClassifier with(Map<String, String> changes) {
    Map<String, String> fields = new TreeMap<>(GOOD);
    fields.putAll(changes);
    String rule =
        fields.entrySet().stream()
            .map(field -> "'" + field.getKey() + "':" + field.getValue())
            .collect(Collectors.joining(",", "{", "}"));
    String file =
        "{'version':2,'projects':{'own':{'repository':'own','version':'1','licence':'MIT'}},"
            + "'rules':["
            + rule
            + "]}";
    return FailureClassifier.standard().withRules(file.replace('\'', '"'));
  }
}
