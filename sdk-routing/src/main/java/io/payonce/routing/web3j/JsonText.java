package io.payonce.routing.web3j;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON between web3j and the values of {@code io.payonce.rpc}, on this project's own parser: web3j
 * has another one, in another package, in each of its lines. Nothing is lost: integers stay exact,
 * objects keep the order of their keys. Stateless; thread-safe.
 */
final class JsonText {
  private static final JsonFactory JSON =
      new JsonFactoryBuilder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(64)
                  .maxNumberLength(100)
                  .maxStringLength(16 << 20)
                  .build())
          .build();

  private JsonText() {}

  static @Nullable Object parse(String text) throws IOException {
    try (JsonParser in = JSON.createParser(text)) {
      Object value = value(in, next(in));
      if (in.nextToken() != null) {
        throw new IOException("trailing content");
      }
      return value;
    }
  }

  static byte[] bytes(@Nullable Object value) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
    try (JsonGenerator out = JSON.createGenerator(bytes)) {
      write(out, value);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible); // into memory
    }
    return bytes.toByteArray();
  }

  private static @Nullable Object value(JsonParser in, JsonToken token) throws IOException {
    return switch (token) {
      case VALUE_NULL -> null;
      case VALUE_STRING -> in.getText();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NUMBER_INT -> in.getBigIntegerValue();
      case VALUE_NUMBER_FLOAT -> in.getDecimalValue();
      case START_ARRAY -> array(in);
      case START_OBJECT -> object(in);
      default -> throw new IOException("unexpected token");
    };
  }

  private static List<@Nullable Object> array(JsonParser in) throws IOException {
    List<@Nullable Object> list = new ArrayList<>();
    for (JsonToken t = next(in); t != JsonToken.END_ARRAY; t = next(in)) {
      list.add(value(in, t));
    }
    return list;
  }

  private static Map<String, @Nullable Object> object(JsonParser in) throws IOException {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    while (next(in) != JsonToken.END_OBJECT) {
      String key = in.currentName();
      map.put(key, value(in, next(in)));
    }
    return map;
  }

  private static JsonToken next(JsonParser in) throws IOException {
    JsonToken token = in.nextToken();
    if (token == null) {
      throw new IOException("cut off");
    }
    return token;
  }

  private static void write(JsonGenerator out, @Nullable Object value) throws IOException {
    if (value == null) {
      out.writeNull();
    } else if (value instanceof String text) {
      out.writeString(text);
    } else if (value instanceof Boolean flag) {
      out.writeBoolean(flag);
    } else if (value instanceof Integer number) {
      out.writeNumber(number);
    } else if (value instanceof BigInteger number) {
      out.writeNumber(number);
    } else if (value instanceof BigDecimal number) {
      out.writeNumber(number);
    } else if (value instanceof List<?> list) {
      out.writeStartArray();
      for (Object element : list) {
        write(out, element);
      }
      out.writeEndArray();
    } else if (value instanceof Map<?, ?> map) {
      out.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        out.writeFieldName(String.valueOf(entry.getKey()));
        write(out, entry.getValue());
      }
      out.writeEndObject();
    } else {
      throw new IllegalStateException("no JSON value: " + value.getClass().getName());
    }
  }
}
