package io.payonce.internal;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Values of JSON-RPC answers for what is checked against a hash. A wrong shape throws {@code
 * IllegalArgumentException} that names the field and not the value, which may be long.
 */
final class RpcJson {
  private RpcJson() {}

  /**
   * A number of at most 256 bits. Zeros in front are taken: whoever wrote them is contradicted by
   * the hash, if at all.
   */
  static BigInteger quantity(String field, @Nullable Object json) {
    String text = text(field, json);
    if (!Hex.isNumber(text)) {
      throw new IllegalArgumentException(field + " is no quantity");
    }
    return Hex.number(text);
  }

  static byte[] data(String field, @Nullable Object json) {
    return Hex.decode(field, text(field, json));
  }

  /** Exactly so many bytes. */
  static byte[] data(String field, @Nullable Object json, int bytes) {
    byte[] data = data(field, json);
    if (data.length != bytes) {
      throw new IllegalArgumentException(field + " has " + data.length + " bytes, not " + bytes);
    }
    return data;
  }

  static List<?> list(String field, @Nullable Object json, int most) {
    if (json instanceof List<?> list && list.size() <= most) {
      return list;
    }
    throw new IllegalArgumentException(field + " is no list of at most " + most);
  }

  static Map<?, ?> object(String field, @Nullable Object json) {
    if (json instanceof Map<?, ?> map) {
      return map;
    }
    throw new IllegalArgumentException(field + " is no object");
  }

  private static String text(String field, @Nullable Object json) {
    if (json instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException(field + " is no text");
  }
}
