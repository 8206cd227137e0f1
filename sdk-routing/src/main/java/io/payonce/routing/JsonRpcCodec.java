package io.payonce.routing;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.payonce.internal.JsonValues;
import io.payonce.rpc.RpcRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON-RPC 2.0, strictly: an answer is paired with its request by id, or rejected.
 *
 * <p>Invalid UTF-8, a byte order mark, duplicate keys, trailing content, NaN, nesting deeper than
 * 64 and numbers longer than 100 digits make a body malformed. Object keys are written in sorted
 * order, so that equal requests are equal bytes. Stateless; thread-safe.
 */
final class JsonRpcCodec {
  static final int MAX_DEPTH = 64;
  static final int MAX_ERROR_TEXT = 2048;
  static final int MAX_ERROR_DATA = 64 << 10;
  private static final int MAX_DIGITS = 100;
  private static final JsonFactory WRITER = new JsonFactory();

  /** Bodies are long, and looked through eight bytes at a time. */
  private static final VarHandle EIGHT =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private static final long EACH_1 = 0x0101010101010101L;
  private static final long EACH_SIGN = 0x8080808080808080L;

  /** How every request and nearly every answer begins. */
  private static final String START = "{\"jsonrpc\":\"2.0\",\"id\":";

  private static final byte[] HEAD = START.getBytes(StandardCharsets.US_ASCII);

  /** How an answer with one text goes on after its id. */
  private static final byte[] TEXT = ",\"result\":\"".getBytes(StandardCharsets.US_ASCII);

  /** So many fit a long, whatever they are. */
  private static final int MOST_ID_DIGITS = 18;

  private final JsonFactory json;

  JsonRpcCodec(int bodyCap) {
    json =
        new JsonFactoryBuilder()
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_DIGITS)
                    .maxStringLength(bodyCap)
                    .maxNameLength(1024)
                    .build())
            .build();
  }

  /** What became of one request of a body. */
  sealed interface Answer {
    /** The node's result, as plain Java. */
    record Result(@Nullable Object json) implements Answer {}

    /** The node's error. */
    record Failure(int code, String message, String data) implements Answer {}

    /** No valid answer. */
    record Missing(String reason) implements Answer {}
  }

  /**
   * A body that was read.
   *
   * @param answers one for each request, in the order of the requests
   * @param fault how the endpoint broke the protocol; empty when it did not
   * @param refusedWhole whether a batch was refused as a whole, by one error
   */
  record Decoded(List<Answer> answers, String fault, boolean refusedWhole) {
    boolean hasResult() {
      return answers.stream().anyMatch(answer -> answer instanceof Answer.Result);
    }

    boolean hasError() {
      return answers.stream().anyMatch(answer -> answer instanceof Answer.Failure);
    }
  }

  /** One object for one request, an array for more; ids count up from {@code firstId}. */
  byte[] encode(List<RpcRequest<?>> requests, long firstId) {
    String usual = requests.size() == 1 ? usualRequest(requests.get(0), firstId) : null;
    if (usual != null) {
      return usual.getBytes(StandardCharsets.US_ASCII);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256 * requests.size());
    try (JsonGenerator out = json.createGenerator(bytes)) {
      if (requests.size() != 1) {
        out.writeStartArray();
      }
      for (int i = 0; i < requests.size(); i++) {
        RpcRequest<?> request = requests.get(i);
        out.writeStartObject();
        out.writeStringField("jsonrpc", "2.0");
        out.writeNumberField("id", firstId + i);
        out.writeStringField("method", request.method());
        out.writeFieldName("params");
        JsonValues.write(out, request.params(), true);
        out.writeEndObject();
      }
      if (requests.size() != 1) {
        out.writeEndArray();
      }
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible); // into memory
    }
    return bytes.toByteArray();
  }

  /** The same text, when the parameters are words and flags, as most are; null when not. */
  private static @Nullable String usualRequest(RpcRequest<?> request, long id) {
    if (!isWord(request.method())) {
      return null;
    }
    StringBuilder text = new StringBuilder(256).append(START).append(id);
    text.append(",\"method\":\"").append(request.method()).append("\",\"params\":[");
    List<?> params = request.params();
    for (int i = 0; i < params.size(); i++) {
      text.append(i == 0 ? "" : ",");
      if (params.get(i) instanceof String word && isWord(word)) {
        text.append('"').append(word).append('"');
      } else if (params.get(i) instanceof Boolean flag) {
        text.append(flag.booleanValue());
      } else {
        return null;
      }
    }
    return text.append("]}").toString();
  }

  /** ASCII without anything to escape. */
  private static boolean isWord(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~' || c == '"' || c == '\\') {
        return false;
      }
    }
    return true;
  }

  /** Reads the answers to the requests with the ids from {@code firstId} on. Never throws. */
  Decoded decode(byte[] body, long firstId, int requests) {
    String text = requests == 1 ? usualResult(body, firstId) : null;
    if (text != null) {
      return new Decoded(List.of(new Answer.Result(text)), "", false);
    }
    Object value;
    try {
      value = parse(body);
    } catch (CharacterCodingException notText) {
      return none(requests, "is not UTF-8");
    } catch (IOException | NumberFormatException malformed) {
      return none(requests, "is not JSON"); // its message quotes the body
    }
    if (value instanceof Map<?, ?> object) {
      return single(object, firstId, requests);
    }
    if (value instanceof List<?> elements && requests != 1) {
      return batch(elements, firstId, requests);
    }
    return none(requests, "is no JSON-RPC reply");
  }

  /**
   * The text that is the result, when the answer is written as nodes write most; null says nothing.
   * Short answers come by the thousand, and a parser takes as long to set up as to read one.
   */
  private static @Nullable String usualResult(byte[] body, long id) {
    boolean isLine = body.length > 0 && body[body.length - 1] == '\n';
    int end = body.length - (isLine ? 3 : 2); // of the text: a quotation mark and a brace follow
    if (!isAt(body, 0, HEAD)) {
      return null;
    }
    int at = HEAD.length;
    long number = 0;
    while (at < end && at - HEAD.length < MOST_ID_DIGITS && '0' <= body[at] && body[at] <= '9') {
      number = 10 * number + (body[at++] - '0');
    }
    if (number != id || body[HEAD.length] == '0' || !isAt(body, at, TEXT)) {
      return null;
    }
    int start = at + TEXT.length;
    if (start > end || body[end] != '"' || body[end + 1] != '}') {
      return null;
    }
    for (int i = start; i < end; i++) {
      if (body[i] < ' ' || body[i] == '"' || body[i] == '\\') { // or no ASCII: bytes have a sign
        return null;
      }
    }
    return new String(body, start, end - start, StandardCharsets.US_ASCII);
  }

  private static boolean isAt(byte[] body, int at, byte[] part) {
    return at + part.length <= body.length
        && Arrays.equals(body, at, at + part.length, part, 0, part.length);
  }

  private static Decoded single(Map<?, ?> object, long firstId, int requests) {
    Object id = object.get("id");
    boolean ours = position(id, firstId, requests) >= 0;
    Answer answer = answer(object);
    if (answer instanceof Answer.Failure error && (ours || id == null)) {
      return new Decoded(Collections.nCopies(requests, error), "", requests > 1);
    }
    if (requests == 1 && ours) {
      String fault = answer instanceof Answer.Missing missing ? missing.reason() : "";
      return new Decoded(List.of(answer), fault, false);
    }
    return none(requests, ours ? "answers a batch with one result" : "has an id that was not sent");
  }

  private static Decoded batch(List<?> elements, long firstId, int requests) {
    @Nullable Answer[] answers = new @Nullable Answer[requests];
    String fault = "";
    for (Object element : elements) {
      int at = element instanceof Map<?, ?> o ? position(o.get("id"), firstId, requests) : -1;
      if (at < 0) {
        fault = "has an element with an id that was not sent";
      } else if (answers[at] != null) {
        fault = "has an id twice";
        answers[at] = new Answer.Missing(fault);
      } else {
        answers[at] = answer((Map<?, ?>) element);
      }
    }
    List<Answer> complete = new ArrayList<>(requests);
    for (Answer answer : answers) {
      complete.add(answer == null ? new Answer.Missing("has no element for an id") : answer);
    }
    for (Answer answer : complete) {
      if (fault.isEmpty() && answer instanceof Answer.Missing missing) {
        fault = missing.reason();
      }
    }
    return new Decoded(complete, fault, false);
  }

  private static int position(@Nullable Object id, long firstId, int requests) {
    if (!(id instanceof BigInteger number) || number.bitLength() > 63) {
      return -1;
    }
    long at = number.longValueExact() - firstId;
    return at >= 0 && at < requests ? (int) at : -1;
  }

  private static Answer answer(Map<?, ?> reply) {
    if (!"2.0".equals(reply.get("jsonrpc"))) {
      return new Answer.Missing("is not JSON-RPC 2.0");
    }
    if (reply.containsKey("result") == reply.containsKey("error")) {
      return new Answer.Missing("must have either a result or an error");
    }
    if (reply.containsKey("result")) {
      return new Answer.Result(reply.get("result"));
    }
    if (reply.get("error") instanceof Map<?, ?> error
        && error.get("code") instanceof BigInteger code
        && code.bitLength() < 32
        && error.get("message") instanceof String message) {
      return new Answer.Failure(
          code.intValueExact(),
          brief(message, MAX_ERROR_TEXT),
          brief(text(error.get("data")), MAX_ERROR_DATA));
    }
    return new Answer.Missing("has an error without code and message");
  }

  /** A text as it is, anything else as JSON. */
  private static String text(@Nullable Object data) {
    if (data == null || data instanceof String) {
      return data == null ? "" : (String) data;
    }
    StringWriter text = new StringWriter();
    try (JsonGenerator out = WRITER.createGenerator(text)) {
      JsonValues.write(out, data, false);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible); // into memory
    }
    return text.toString();
  }

  private static String brief(String text, int limit) {
    return text.length() <= limit ? text : text.substring(0, limit);
  }

  private static Decoded none(int requests, String fault) {
    Answer missing = new Answer.Missing(fault);
    return new Decoded(Collections.nCopies(requests, missing), fault, false);
  }

  /** Any JSON value, as strictly. */
  @Nullable Object parse(byte[] body) throws IOException {
    try (JsonParser in = isPlain(body) ? json.createParser(body) : decoded(body)) {
      return JsonValues.readAll(in);
    }
  }

  /**
   * Whether it is ASCII without any zero, as nearly every answer is: then the parser may read the
   * bytes themselves. With a zero it would take them for another encoding.
   */
  private static boolean isPlain(byte[] body) {
    int at = 0;
    for (; at <= body.length - Long.BYTES; at += Long.BYTES) {
      long eight = (long) EIGHT.get(body, at);
      if (((eight | (eight - EACH_1)) & EACH_SIGN) != 0) {
        return false;
      }
    }
    for (; at < body.length; at++) {
      if (body[at] <= 0) {
        return false;
      }
    }
    return true;
  }

  private JsonParser decoded(byte[] body) throws IOException {
    CharBuffer text =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT)
            .decode(ByteBuffer.wrap(body));
    int start = text.arrayOffset() + text.position();
    return json.createParser(text.array(), start, text.remaining());
  }
}
