package io.payonce.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.payonce.internal.JsonValues;
import io.payonce.routing.JsonRpcCodec.Answer;
import io.payonce.routing.JsonRpcCodec.Decoded;
import io.payonce.rpc.RpcRequest;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonRpcCodecTest {
  private static final long FIRST = 4_503_599_627_370_000L;

  private final JsonRpcCodec codec = new JsonRpcCodec(1 << 20);

  private static RpcRequest<?> request(Object... params) {
    return new RpcRequest<>("eth_call", Arrays.asList(params), json -> "");
  }

  private Decoded decode(String body, int requests) {
    return codec.decode(body.getBytes(StandardCharsets.UTF_8), FIRST, requests);
  }

  private static String reply(long id, String rest) {
    return "{\"jsonrpc\":\"2.0\",\"id\":" + id + "," + rest + "}";
  }

  @Test
  void equal_requests_are_equal_bytes_with_sorted_keys() {
    Map<String, Object> call = new LinkedHashMap<>();
    call.put("to", "0x1");
    call.put("data", null);
    String body =
        new String(
            codec.encode(List.of(request(call, true, 5, List.of("é\""))), 9),
            StandardCharsets.UTF_8);
    assertThat(body)
        .isEqualTo(
            "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"eth_call\","
                + "\"params\":[{\"data\":null,\"to\":\"0x1\"},true,5,[\"é\\\"\"]]}");
  }

  @Test
  void a_request_is_the_text_that_another_writer_makes_of_it() throws JsonProcessingException {
    long seed = 17;
    Random random = new Random(seed);
    ObjectMapper writer = new ObjectMapper();
    List<String> pieces =
        List.of("0x1f", "latest", "\"", "\\", "\n", "\u007f", "\u0080", "ü", "\uD83D\uDE00", "");
    for (int i = 0; i < 10_000; i++) {
      List<Object> params = new ArrayList<>();
      for (int j = random.nextInt(4); j > 0; j--) {
        String word = pieces.get(random.nextInt(pieces.size())) + pieces.get(random.nextInt(2));
        List<Object> kinds = Arrays.asList(word, word, word, true, false, null, 7L, List.of(word));
        params.add(kinds.get(random.nextInt(kinds.size())));
      }
      Map<String, Object> expected = new LinkedHashMap<>();
      expected.put("jsonrpc", "2.0");
      expected.put("id", FIRST + i);
      expected.put("method", "eth_call");
      expected.put("params", params);
      assertThat(codec.encode(List.of(request(params.toArray())), FIRST + i))
          .as("seed %d, request %d", seed, i)
          .isEqualTo(writer.writeValueAsBytes(expected));
    }
  }

  @Test
  void several_requests_are_an_array_with_ids_in_a_row() {
    String body =
        new String(codec.encode(List.of(request(), request()), FIRST), StandardCharsets.UTF_8);
    assertThat(body).startsWith("[{").contains("\"id\":" + FIRST, "\"id\":" + (FIRST + 1));
  }

  @Test
  void a_parameter_that_json_does_not_have_is_refused() {
    assertThatThrownBy(() -> JsonValues.requireWritable(List.of(Map.of("a", new Object()))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void values_become_plain_java() {
    String json = "\"result\":{\"a\":[null,true,\"x\",12345678901234567890,1.50]}";
    Answer answer = decode(reply(FIRST, json), 1).answers().get(0);
    Map<String, Object> expected = new LinkedHashMap<>();
    expected.put(
        "a",
        Arrays.asList(
            null, true, "x", new BigInteger("12345678901234567890"), new BigDecimal("1.50")));
    assertThat(answer).isEqualTo(new Answer.Result(expected));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "0x1", "0x" + "\u007f", "a,b:{}[]", "\\\"", "\\u0041", "ü", "\t", "\u0000"})
  void a_text_is_read_alike_however_its_answer_is_written(String text) {
    String usual = reply(FIRST, "\"result\":\"" + text + "\"");
    Decoded decoded = decode(usual, 1);
    assertThat(decoded).isEqualTo(decode(" " + usual, 1)).isEqualTo(decode(usual + "\n", 1));
    assertThat(decoded.hasResult()).isEqualTo(text.chars().allMatch(c -> c >= ' '));
  }

  @Test
  void the_usual_answer_to_another_question_is_none() {
    for (long other : new long[] {0, 1, FIRST - 1, FIRST * 10, FIRST / 10, Long.MAX_VALUE}) {
      assertThat(decode(reply(other, "\"result\":\"0x1\""), 1).fault()).contains("id");
    }
    String zeroes = reply(FIRST, "\"result\":\"0x1\"").replace("\"id\":", "\"id\":0");
    assertThat(decode(zeroes, 1).fault()).isEqualTo("is not JSON");
  }

  @Test
  void answers_are_paired_by_id_or_rejected_whatever_happens_to_a_batch() {
    long seed = 20_260_101;
    Random random = new Random(seed);
    for (int round = 0; round < 20_000; round++) {
      int requests = 2 + random.nextInt(6);
      List<String> elements = new ArrayList<>();
      int[] copies = new int[requests];
      boolean foreign = false;
      for (int i = 0; i < requests; i++) {
        copies[i] = random.nextInt(8) == 0 ? random.nextInt(3) : 1;
        for (int copy = 0; copy < copies[i]; copy++) {
          elements.add(reply(FIRST + i, "\"result\":\"value " + i + "\""));
        }
      }
      if (random.nextInt(6) == 0) {
        foreign = true;
        String[] ids = {
          "" + (FIRST - 1), "" + (FIRST + requests), "\"" + FIRST + "\"", "null", FIRST + ".0"
        };
        String id = ids[random.nextInt(ids.length)];
        elements.add("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":\"foreign\"}");
      }
      Collections.shuffle(elements, random);
      String body = ScriptedTransport.array(elements);
      Decoded decoded = decode(body, requests);
      boolean whole = !foreign;
      for (int i = 0; i < requests; i++) {
        whole &= copies[i] == 1;
        if (copies[i] == 1) {
          assertThat(decoded.answers().get(i))
              .as("seed %d round %d %s", seed, round, body)
              .isEqualTo(new Answer.Result("value " + i));
        } else {
          assertThat(decoded.answers().get(i))
              .as("seed %d round %d %s", seed, round, body)
              .isInstanceOf(Answer.Missing.class);
        }
      }
      assertThat(decoded.fault().isEmpty()).as("seed %d %s", seed, body).isEqualTo(whole);
    }
  }

  @Test
  void a_single_error_for_a_batch_is_the_error_of_each() {
    String error =
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32005,\"message\":\"no\"}}";
    assertThat(decode(error, 3).answers())
        .isEqualTo(Collections.nCopies(3, new Answer.Failure(-32005, "no", "")));
    assertThat(decode(error, 3).fault()).isEmpty();
  }

  @Test
  void a_single_result_for_a_batch_answers_nothing() {
    assertThat(decode(reply(FIRST, "\"result\":\"0x1\""), 2).answers())
        .allMatch(answer -> answer instanceof Answer.Missing);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "7",
        "[]",
        "{}",
        "<html>502</html>",
        "{\"jsonrpc\":\"2.0\",\"id\":4503599627370000}",
        "{\"jsonrpc\":\"1.0\",\"id\":4503599627370000,\"result\":1}",
        "{\"id\":4503599627370000,\"result\":1}",
        "{\"jsonrpc\":\"2.0\",\"id\":\"4503599627370000\",\"result\":1}",
        "{\"jsonrpc\":\"2.0\",\"id\":4503599627370001,\"result\":1}",
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":1}",
        "{\"jsonrpc\":\"2.0\",\"result\":1}",
        "{\"jsonrpc\":\"2.0\",\"id\":4503599627370000,\"result\":1,\"error\":{\"code\":1,\"message\":\"\"}}",
        "{\"jsonrpc\":\"2.0\",\"id\":4503599627370000,\"result\":1,\"error\":null}",
        "{\"jsonrpc\":\"2.0\",\"id\":4503599627370000,\"error\":\"no\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":4503599627370000,\"error\":{\"code\":\"1\",\"message\":\"\"}}",
        "{\"jsonrpc\":\"2.0\",\"id\":4503599627370000,\"result\":1}x",
        "{\"jsonrpc\":\"2.0\",\"id\":4503599627370000,\"result\":1}{}",
        "{\"jsonrpc\":\"2.0\",\"id\":4503599627370000,\"result\":1,\"result\":2}",
        "{\"jsonrpc\":\"2.0\",\"id\":4503599627370000,\"result\":{\"a\":1,\"a\":2}}",
        "{\"jsonrpc\":\"2.0\",\"id\":4503599627370000,\"result\":NaN}",
        "{\"jsonrpc\":\"2.0\",\"id\":4503599627370000,\"result\":\"0x1",
        "{\"jsonrpc\":\"2.0\",\"id\":99999999999999999999999999,\"result\":1}",
        "\uFEFF{\"jsonrpc\":\"2.0\",\"id\":4503599627370000,\"result\":1}"
      })
  void what_breaks_the_protocol_never_becomes_a_value(String body) {
    Decoded decoded = decode(body, 1);
    assertThat(decoded.answers()).hasSize(1).allMatch(a -> a instanceof Answer.Missing);
    assertThat(decoded.fault()).isNotEmpty();
  }

  @Test
  void bytes_that_are_no_utf_8_are_no_answer() {
    byte[] body = reply(FIRST, "\"result\":\"_\"").getBytes(StandardCharsets.UTF_8);
    body[body.length - 3] = (byte) 0xC0;
    assertThat(codec.decode(body, FIRST, 1).fault()).isEqualTo("is not UTF-8");
    byte[] wide = reply(FIRST, "\"result\":1").getBytes(StandardCharsets.UTF_16LE);
    assertThat(codec.decode(wide, FIRST, 1).fault()).isNotEmpty();
  }

  @Test
  void deep_nesting_and_long_numbers_are_refused() {
    String deep = "[".repeat(70) + "]".repeat(70);
    assertThat(decode(reply(FIRST, "\"result\":" + deep), 1).fault()).isNotEmpty();
    assertThat(decode(reply(FIRST, "\"result\":" + "9".repeat(101)), 1).fault()).isNotEmpty();
    String fine = "[".repeat(60) + "]".repeat(60);
    assertThat(decode(reply(FIRST, "\"result\":" + fine), 1).fault()).isEmpty();
  }

  @Test
  void garbage_never_becomes_a_value() {
    CodecFuzz fuzz = new CodecFuzz(42).run(40_000);
    assertThat(fuzz.wrong).isEmpty();
    assertThat(fuzz.answered).as("%s", fuzz).isBetween(1_000L, 100_000L);
    assertThat(fuzz.heapAfter).as("%s", fuzz).isLessThan(fuzz.heapBefore * 11 / 10);
  }
}
