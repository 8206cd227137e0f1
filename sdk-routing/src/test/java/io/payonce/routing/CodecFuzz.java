package io.payonce.routing;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.payonce.routing.JsonRpcCodec.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;

/**
 * Broken bodies before the codec. A second parser, which reads a whole tree and shares no rule of
 * ours, says for each whether there is an answer with our id in it, and which: the codec may find
 * fewer answers, and never one that is not there.
 *
 * <p>The main method reads 1,000,000 bodies, or as many as its argument says, and prints how many
 * were answers and how much live heap they left; {@link JsonRpcCodecTest} reads fewer.
 */
final class CodecFuzz {
  private static final long FIRST = 4_503_599_627_370_000L;
  private static final int WARM_UP = 20_000;

  /** The parser keeps names of fields, 6,000 of them at most, and then begins anew. */
  private static final long MOST_KEPT_NAMES_BYTES = 1 << 20;

  /** Said by nodes, or nearly. */
  private static final List<String> PIECES =
      List.of(
          "null",
          "{}",
          "[]",
          ",",
          ":",
          "\"",
          "\\",
          "\\u0000",
          "\uFEFF",
          "NaN",
          "-0",
          "1e9",
          "0x",
          "\"result\":",
          "\"error\":",
          "\"id\":",
          "\"id\":null,",
          "\"jsonrpc\":\"1.0\",",
          "\"id\":" + FIRST + ",",
          "\"result\":\"0x1\",",
          "\"error\":{\"code\":1,\"message\":\"\"},",
          "{\"jsonrpc\":\"2.0\",\"id\":" + (FIRST + 1) + ",\"result\":\"0x2\"}",
          "[".repeat(80));

  /** Keeps no names that it has seen, so that what the heap holds on to is the codec's. */
  private static final ObjectMapper SECOND_PARSER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                  .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(JsonParser.Feature.AUTO_CLOSE_SOURCE)
          .build();

  private final JsonRpcCodec codec = new JsonRpcCodec(1 << 20);
  private final Random random;
  private final List<byte[]> valid = new ArrayList<>();

  /** Bodies with an answer in them, and the requests that got one. */
  long answered;

  /** Live bytes on the heap before and after, when all that is garbage is gone. */
  long heapBefore;

  long heapAfter;

  /** The first body from which something was read that it does not say. */
  Optional<String> wrong = Optional.empty();

  CodecFuzz(long seed) {
    random = new Random(seed);
    String receipt =
        "{\"status\":\"0x1\",\"logs\":[{\"topics\":[\"0x" + "ab".repeat(32) + "\"]}],\"to\":null}";
    for (String result : List.of("\"0x1\"", "null", "true", "[1,2.50,-3]", receipt)) {
      valid.add(utf8(element(0, "\"result\":" + result)));
    }
    valid.add(utf8(element(0, "\"error\":{\"code\":-32000,\"message\":\"no\",\"data\":\"0x\"}")));
    valid.add(
        utf8(
            "["
                + element(2, "\"result\":\"c\"")
                + ","
                + element(0, "\"result\":\"a\"")
                + ","
                + element(1, "\"error\":{\"code\":3,\"message\":\"b\"}")
                + "]"));
  }

  private static String element(int place, String rest) {
    return "{\"jsonrpc\":\"2.0\",\"id\":" + (FIRST + place) + "," + rest + "}";
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Reads so many bodies, or ends at the first one that is read wrongly. */
  CodecFuzz run(int bodies) {
    for (int i = 0; i < bodies && wrong.isEmpty(); i++) {
      if (i == Math.min(WARM_UP, bodies / 2)) {
        heapBefore = liveHeap();
      }
      byte[] body = broken();
      int requests = random.nextInt(3) == 0 ? 1 : 3;
      List<Answer> answers = codec.decode(body, FIRST, requests).answers();
      for (int place = 0; place < requests; place++) {
        if (!(answers.get(place) instanceof Answer.Missing)) {
          answered++;
          if (!isThere(answers.get(place), body, place, requests)) {
            wrong =
                Optional.of(answers.get(place) + " of " + new String(body, StandardCharsets.UTF_8));
          }
        }
      }
    }
    heapAfter = liveHeap();
    return this;
  }

  private byte[] broken() {
    byte[] body = valid.get(random.nextInt(valid.size()));
    for (int i = random.nextInt(4); i >= 0; i--) {
      body = broken(body);
    }
    return body;
  }

  private byte[] broken(byte[] body) {
    if (body.length == 0) {
      return body;
    }
    int at = random.nextInt(body.length);
    int end = at + random.nextInt(Math.min(40, body.length - at) + 1);
    byte[] piece =
        switch (random.nextInt(5)) {
          case 0 -> new byte[] {(byte) random.nextInt(256)};
          case 1 -> utf8(PIECES.get(random.nextInt(PIECES.size())));
          case 2 -> new byte[0];
          case 3 -> Arrays.copyOfRange(body, at, end); // twice
          default -> valid.get(random.nextInt(valid.size()));
        };
    boolean replaces = random.nextBoolean();
    ByteArrayOutputStream out = new ByteArrayOutputStream(body.length + piece.length);
    out.write(body, 0, random.nextInt(10) == 0 ? end : at);
    out.writeBytes(piece);
    int rest = replaces ? Math.min(body.length, at + Math.max(1, piece.length)) : at;
    if (random.nextInt(20) > 0) {
      out.write(body, rest, body.length - rest);
    }
    return out.toByteArray();
  }

  /** Whether the second parser finds the same answer under the id, and no other one. */
  private static boolean isThere(Answer answer, byte[] body, int place, int requests) {
    JsonNode tree;
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body));
      tree = SECOND_PARSER.readTree(body);
    } catch (CharacterCodingException noText) {
      return false;
    } catch (IOException noJson) {
      return false;
    }
    if (tree == null) {
      return false;
    }
    if (requests > 1 && tree.isObject()) {
      // One error for all of them, whatever its id.
      return answer instanceof Answer.Failure failure && isError(failure, tree);
    }
    List<JsonNode> mine = new ArrayList<>();
    for (JsonNode element : tree.isArray() ? tree : List.of(tree)) {
      JsonNode id = element.path("id");
      if (id.isIntegralNumber() && id.bigIntegerValue().equals(BigInteger.valueOf(FIRST + place))) {
        mine.add(element);
      }
    }
    if (mine.isEmpty() && answer instanceof Answer.Failure failure) {
      return tree.isObject() && !tree.hasNonNull("id") && isError(failure, tree);
    }
    if (mine.size() != 1 || !mine.get(0).path("jsonrpc").asText().equals("2.0")) {
      return false;
    }
    JsonNode one = mine.get(0);
    return answer instanceof Answer.Result result
        ? one.has("result") && !one.has("error") && isSame(result.json(), one.get("result"))
        : isError((Answer.Failure) answer, one);
  }

  private static boolean isError(Answer.Failure failure, JsonNode one) {
    return !one.has("result")
        && one.path("error").path("code").isInt()
        && one.path("error").path("code").asInt() == failure.code();
  }

  private static boolean isSame(Object value, JsonNode json) {
    try {
      JsonNode mine = SECOND_PARSER.readTree(SECOND_PARSER.writeValueAsBytes(value));
      return Objects.equals(
          SECOND_PARSER.writeValueAsString(mine),
          SECOND_PARSER.writeValueAsString(SECOND_PARSER.readTree(json.toString())));
    } catch (IOException broken) {
      return false;
    }
  }

  private static long liveHeap() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }

  @Override
  public String toString() {
    return answered
        + " answers, live heap "
        + heapBefore
        + " to "
        + heapAfter
        + " bytes, wrong: "
        + wrong;
  }

  public static void main(String[] args) {
    int bodies = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
    CodecFuzz fuzz = new CodecFuzz(42).run(bodies);
    System.out.printf("%,d bodies: %s%n", bodies, fuzz);
    if (fuzz.wrong.isPresent()
        || fuzz.heapAfter > fuzz.heapBefore * 105 / 100 + MOST_KEPT_NAMES_BYTES) {
      System.exit(1);
    }
  }
}
