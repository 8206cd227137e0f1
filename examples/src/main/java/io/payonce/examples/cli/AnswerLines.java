package io.payonce.examples.cli;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.payonce.ChainId;
import io.payonce.ChainProfile;
import io.payonce.ChainProfiles;
import io.payonce.failure.NodeAnswer;
import io.payonce.failure.NodeClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.Optional;

/** Answers of nodes as JSON, one a line; a line longer than {@value #MAX_LINE} is malformed. */
final class AnswerLines {
  static final int MAX_LINE = 8 * 1024 * 1024;

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final BufferedReader input;
  private int number;

  AnswerLines(BufferedReader input) {
    this.input = input;
  }

  /** One line that is not blank. */
  sealed interface Line {
    /** From 1. */
    int number();

    record Answer(int number, NodeAnswer answer) implements Line {}

    /**
     * A line that is no answer.
     *
     * @param reason without the line's own words
     */
    record Malformed(int number, String reason) implements Line {}
  }

  /** The next line that is not blank; empty at the end. */
  Optional<Line> next() throws IOException {
    for (Optional<String> text = readLine(); text.isPresent(); text = readLine()) {
      number++;
      if (!text.get().isBlank()) {
        return Optional.of(line(text.get()));
      }
    }
    return Optional.empty();
  }

  /** One character more than a line may have stands for all that follow. */
  private Optional<String> readLine() throws IOException {
    int c = input.read();
    if (c < 0) {
      return Optional.empty();
    }
    StringBuilder text = new StringBuilder();
    for (; c >= 0 && c != '\n'; c = input.read()) {
      if (text.length() <= MAX_LINE) {
        text.append((char) c);
      }
    }
    return Optional.of(text.toString());
  }

  private Line line(String text) {
    if (text.length() > MAX_LINE) {
      return new Line.Malformed(number, "longer than " + MAX_LINE + " characters");
    }
    try {
      String json = number == 1 && text.startsWith("\uFEFF") ? text.substring(1) : text;
      return new Line.Answer(number, answer(MAPPER.readTree(json)));
    } catch (JsonProcessingException notJson) {
      return new Line.Malformed(number, "not one JSON object");
    } catch (IllegalArgumentException wrong) {
      return new Line.Malformed(number, String.valueOf(wrong.getMessage()));
    }
  }

  /** Fields of other names are allowed: lines often come from a log that says more. */
  private static NodeAnswer answer(JsonNode json) {
    if (!json.isObject()) {
      throw new IllegalArgumentException("not one JSON object");
    }
    return new NodeAnswer(
        NodeClient.parse(text(json, "client")),
        chain(json),
        text(json, "method"),
        number(json, "httpStatus"),
        number(json, "code"),
        text(json, "message"),
        data(json),
        text(json, "body"));
  }

  private static Optional<JsonNode> field(JsonNode json, String name) {
    return Optional.ofNullable(json.get(name)).filter(value -> !value.isNull());
  }

  private static String text(JsonNode json, String name) {
    Optional<JsonNode> value = field(json, name);
    if (value.isPresent() && !value.get().isTextual()) {
      throw new IllegalArgumentException(name + " must be a string");
    }
    return value.map(JsonNode::textValue).orElse("");
  }

  private static String data(JsonNode json) {
    return field(json, "data")
        .map(value -> value.isTextual() ? value.textValue() : value.toString())
        .orElse("");
  }

  private static int number(JsonNode json, String name) {
    Optional<JsonNode> value = field(json, name);
    if (value.isEmpty()) {
      return 0;
    }
    if (value.get().isIntegralNumber() && value.get().canConvertToInt()) {
      return value.get().intValue();
    }
    if (value.get().isTextual()) {
      try {
        return Integer.parseInt(value.get().textValue().strip());
      } catch (NumberFormatException notNumber) {
        throw new IllegalArgumentException(name + " must be a whole number", notNumber);
      }
    }
    throw new IllegalArgumentException(name + " must be a whole number");
  }

  /** By id or by name; a name that Payonce does not know is a chain that no rule is about. */
  private static Optional<ChainId> chain(JsonNode json) {
    Optional<JsonNode> value = field(json, "chain");
    if (value.isEmpty()) {
      return Optional.empty();
    }
    if (value.get().isIntegralNumber() && value.get().canConvertToLong()) {
      return Optional.of(ChainId.of(value.get().longValue()));
    }
    if (!value.get().isTextual()) {
      throw new IllegalArgumentException("chain must be an id or a name");
    }
    String name = value.get().textValue().strip();
    if (name.matches("\\d{1,18}")) {
      return Optional.of(ChainId.of(Long.parseLong(name)));
    }
    return ChainProfiles.builtIn().all().stream()
        .filter(profile -> profile.name().equalsIgnoreCase(name))
        .map(ChainProfile::id)
        .findFirst();
  }
}
