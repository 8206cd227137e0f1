package io.payonce.internal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * JSON as plain Java: null, String, Boolean, BigInteger, BigDecimal, List and Map. Nothing is lost:
 * integers stay exact, objects keep the order of their keys. Limits are the parser's. Stateless.
 */
public final class JsonValues {
  /** As deep as an answer may be. */
  static final int MOST_DEPTH = 64;

  private JsonValues() {}

  /** The one value of a document; a key twice and trailing content make it malformed. */
  public static @Nullable Object readAll(JsonParser in) throws IOException {
    Object value = value(in, next(in));
    if (in.nextToken() != null) {
      throw new IOException("trailing content");
    }
    return value;
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
    Map<String, @Nullable Object> map = new LinkedHashMap<>(32); // a receipt, without growing
    int keys = 0;
    while (next(in) != JsonToken.END_OBJECT) {
      String key = in.currentName();
      map.put(key, value(in, next(in)));
      if (map.size() != ++keys) {
        throw new IOException("a key twice");
      }
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

  /**
   * Throws when a value has a type that JSON does not have, or is nested deeper than {@value
   * #MOST_DEPTH}, as one that holds itself is.
   */
  public static void requireWritable(@Nullable Object value) {
    requireWritable(value, 0);
  }

  private static void requireWritable(@Nullable Object value, int depth) {
    if (depth > MOST_DEPTH) {
      throw new IllegalArgumentException("JSON is nested deeper than " + MOST_DEPTH);
    }
    if (value instanceof List<?> list) {
      list.forEach(element -> requireWritable(element, depth + 1));
    } else if (value instanceof Map<?, ?> map) {
      map.values().forEach(element -> requireWritable(element, depth + 1));
    } else if (value != null
        && !(value instanceof String)
        && !(value instanceof Boolean)
        && !(value instanceof Integer)
        && !(value instanceof Long)
        && !(value instanceof BigInteger)
        && !(value instanceof BigDecimal)) {
      throw new IllegalArgumentException("JSON has no " + value.getClass().getName());
    }
  }

  /**
   * Writes what {@link #requireWritable} lets through.
   *
   * @param sorted whether the keys of objects are written in sorted order, so that equal values are
   *     equal texts
   */
  public static void write(JsonGenerator out, @Nullable Object value, boolean sorted)
      throws IOException {
    if (value == null) {
      out.writeNull();
    } else if (value instanceof String text) {
      out.writeString(text);
    } else if (value instanceof Boolean flag) {
      out.writeBoolean(flag);
    } else if (value instanceof Integer || value instanceof Long) {
      out.writeNumber(((Number) value).longValue());
    } else if (value instanceof BigInteger number) {
      out.writeNumber(number);
    } else if (value instanceof BigDecimal number) {
      out.writeNumber(number);
    } else if (value instanceof List<?> list) {
      out.writeStartArray();
      for (Object element : list) {
        write(out, element, sorted);
      }
      out.writeEndArray();
    } else if (value instanceof Map<?, ?> map) {
      Map<String, @Nullable Object> entries = sorted ? new TreeMap<>() : new LinkedHashMap<>();
      map.forEach((key, element) -> entries.put(String.valueOf(key), element));
      out.writeStartObject();
      for (Map.Entry<String, @Nullable Object> entry : entries.entrySet()) {
        out.writeFieldName(entry.getKey());
        write(out, entry.getValue(), sorted);
      }
      out.writeEndObject();
    } else {
      throw new IllegalStateException("not checked: " + value.getClass().getName());
    }
  }
}
