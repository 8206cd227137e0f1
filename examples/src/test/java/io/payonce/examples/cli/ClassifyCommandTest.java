package io.payonce.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code classify} reads what logs hold, and gives one object for each line. */
final class ClassifyCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'message':'nonce too low'} | NONCE_TOO_LOW | CHECK_CHAIN",
        "{'client':'geth','message':'intrinsic gas too low'} | INTRINSIC_GAS | HOLD_PAYLOAD",
        "{'client':'Geth/v1.13.5-stable/linux-amd64/go1.21','chain':1,'code':-32000,'message':'exceeds block gas limit','httpStatus':200} | EXCEEDS_BLOCK_GAS | HOLD_PAYLOAD",
        "{'message':'intrinsic gas too low'} | INTRINSIC_GAS | UNKNOWN",
        "{'code':'-32005'} | RATE_LIMITED | WAIT_AND_RESEND",
        "{'code':-32005,'message':'slow down','data':null,'chain':null} | RATE_LIMITED | WAIT_AND_RESEND",
        "{'code':-32603,'message':'Internal error','data':'already known'} | ALREADY_KNOWN | CHECK_CHAIN",
        "{'code':-32603,'data':{'message':'insufficient funds','data':null}} | INSUFFICIENT_FUNDS | HOLD_FUNDS",
        "{'httpStatus':502,'body':'<html>nonce too low</html>'} | UNAVAILABLE | PROVIDER_FAULT",
        "{'httpStatus':'429'} | RATE_LIMITED | WAIT_AND_RESEND",
        "{'chain':56,'message':'sender or to in black list'} | NOT_PERMITTED | HOLD_CONFIG",
        "{'chain':'BNB Chain','message':'sender or to in black list'} | NOT_PERMITTED | HOLD_CONFIG",
        "{'chain':'56','message':'sender or to in black list'} | NOT_PERMITTED | HOLD_CONFIG",
        "{'chain':'elsewhere','message':'sender or to in black list'} | NOT_PERMITTED | UNKNOWN",
        "{'client':'','method':'eth_sendRawTransaction','message':'what?'} | UNKNOWN | UNKNOWN",
        "{'id':7,'jsonrpc':'2.0','message':'txpool is full'} | POOL_FULL | WAIT_AND_RESEND",
        "{} | UNKNOWN | UNKNOWN"
      })
  void says_class_and_action(String line, String meaning, String action) {
    CliRun run = classify(line.replace('\'', '"') + "\n");
    assertThat(run.exit()).as(run.all()).isEqualTo(ExitCode.OK);
    JsonNode out = run.lastLine();
    assertThat(out.get("class").textValue()).isEqualTo(meaning);
    assertThat(out.get("action").textValue()).isEqualTo(action);
    assertThat(out.get("rule").isTextual()).isTrue();
    assertThat(out.get("affectsHealth").isBoolean()).isTrue();
    assertThat(out.get("throttle").isTextual()).isTrue();
    assertThat(out.get("evidence").isTextual()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "nonce too low | not one JSON object",
        "{'message':'nonce too low' | not one JSON object",
        "{'message':'a'} {} | not one JSON object",
        "{'message':'a','message':'b'} | not one JSON object",
        "['nonce too low'] | not one JSON object",
        "7 | not one JSON object",
        "{'message':7} | message must be a string",
        "{'client':{}} | client must be a string",
        "{'code':'many'} | code must be a whole number",
        "{'code':1.5} | code must be a whole number",
        "{'code':99999999999} | code must be a whole number",
        "{'httpStatus':true} | httpStatus must be a whole number",
        "{'chain':[1]} | chain must be an id or a name",
        "{'chain':0} | chainId 0 must be 1 to"
      })
  void a_malformed_line_is_named_and_the_others_go_on(String line, String why) throws IOException {
    String bad = line.replace('\'', '"');
    CliRun run =
        classify("{\"message\":\"nonce too low\"}\n\n" + bad + "\r\n{\"message\":\"underpriced\"}");
    assertThat(run.exit()).isEqualTo(ExitCode.BAD_INPUT);
    List<JsonNode> out = objects(run);
    assertThat(out).hasSize(3);
    assertThat(out.get(0).get("line").intValue()).isEqualTo(1);
    assertThat(out.get(0).get("class").textValue()).isEqualTo("NONCE_TOO_LOW");
    assertThat(out.get(1).get("line").intValue()).isEqualTo(3);
    assertThat(out.get(1).get("error").textValue()).contains(why);
    assertThat(out.get(1).has("class")).isFalse();
    assertThat(out.get(2).get("line").intValue()).isEqualTo(4);
    assertThat(out.get(2).get("class").textValue()).isEqualTo("UNDERPRICED");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", " \n\t\n"})
  void nothing_in_gives_nothing_out(String input) {
    CliRun run = classify(input);
    assertThat(run.exit()).isEqualTo(ExitCode.OK);
    assertThat(run.all()).isEmpty();
  }

  @Test
  void a_file_is_read_in_place_of_the_input_whatever_its_bytes() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write("\uFEFF{\"message\":\"already known\"}\n".getBytes(StandardCharsets.UTF_8));
    bytes.write(new byte[] {(byte) 0xC3, (byte) 0x28, 0, '\n'});
    bytes.write("{\"message\":\"txpool is full \u00e9\"}\n".getBytes(StandardCharsets.UTF_8));
    Path file = Files.write(folder.resolve("answers.jsonl"), bytes.toByteArray());
    CliRun run = classify("not read", "--file", file.toString());
    assertThat(run.exit()).isEqualTo(ExitCode.BAD_INPUT);
    List<JsonNode> out = objects(run);
    assertThat(out.get(0).get("class").textValue()).isEqualTo("ALREADY_KNOWN");
    assertThat(out.get(1).get("error").textValue()).isEqualTo("not one JSON object");
    assertThat(out.get(2).get("class").textValue()).isEqualTo("POOL_FULL");
  }

  @Test
  void a_line_without_end_costs_bounded_memory_and_the_next_is_read() throws IOException {
    String endless = "{\"message\":\"" + "a".repeat(AnswerLines.MAX_LINE + 1_000_000) + "\"}";
    CliRun run = classify(endless + "\n{\"message\":\"nonce too low\"}\n");
    assertThat(run.exit()).isEqualTo(ExitCode.BAD_INPUT);
    List<JsonNode> out = objects(run);
    assertThat(out.get(0).get("error").textValue()).startsWith("longer than ");
    assertThat(out.get(1).get("class").textValue()).isEqualTo("NONCE_TOO_LOW");
  }

  @Test
  void urls_are_not_printed() {
    CliRun run = classify("{\"message\":\"cannot reach https://rpc.example/v3/sesame now\"}\n");
    assertThat(run.all()).contains("cannot reach").doesNotContain("sesame");
  }

  @Test
  void own_rules_are_added_and_bad_ones_refused() throws IOException {
    String rule =
        "{'id':'mine','code':'POOL_FULL','match':'CONTAINS','pattern':'the house is full',"
            + "'source':['own node.go'],'samples':['the house is full'],"
            + "'nearMisses':['the house is empty']}";
    String file =
        "{'version':2,'projects':{'own':{'repository':'own','version':'1','licence':'MIT'}},"
            + "'rules':["
            + rule
            + "]}";
    Path good = Files.writeString(folder.resolve("good.json"), file.replace('\'', '"'));
    CliRun run = classify("{\"message\":\"the house is full\"}", "--rules", good.toString());
    assertThat(run.lastLine().get("rule").textValue()).isEqualTo("mine");

    String refused = file.replace("'samples':['the house is full']", "'samples':[]");
    Path bad = Files.writeString(folder.resolve("bad.json"), refused.replace('\'', '"'));
    CliRun none = classify("{}", "--rules", bad.toString());
    assertThat(none.exit()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(none.err()).contains("--rules: rule mine needs a source").hasLineCount(1);
    assertThat(none.out()).isEmpty();
  }

  @Test
  void a_missing_file_is_one_line_of_error() {
    CliRun run = classify("", "--file", folder.resolve("none").toString());
    assertThat(run.exit()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(run.err()).contains("--file").hasLineCount(1);
  }

  private static List<JsonNode> objects(CliRun run) throws JsonProcessingException {
    List<JsonNode> objects = new ArrayList<>();
    for (String line : run.out().lines().toList()) {
      objects.add(JSON.readTree(line));
    }
    return objects;
  }

  private static CliRun classify(String input, String... options) {
    List<String> args = new ArrayList<>(List.of("classify"));
    args.addAll(List.of(options));
    return CliRun.answering(input, Map.of(), args);
  }
}
