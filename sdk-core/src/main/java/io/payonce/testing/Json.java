package io.payonce.testing;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** Writes one JSON object. Names and values are plain ASCII; only error words are escaped. */
final class Json {
  private final StringBuilder out;
  private boolean first = true;

  Json(StringBuilder out) {
    this.out = out;
    out.append('{');
  }

  private StringBuilder name(String name) {
    if (!first) {
      out.append(',');
    }
    first = false;
    return out.append('"').append(name).append("\":");
  }

  Json text(String name, @Nullable String value) {
    StringBuilder to = name(name);
    if (value == null) {
      to.append("null");
    } else {
      to.append('"').append(value).append('"');
    }
    return this;
  }

  Json quantity(String name, long value) {
    name(name).append("\"0x").append(Long.toHexString(value)).append('"');
    return this;
  }

  Json quantity(String name, BigInteger value) {
    name(name).append("\"0x").append(value.toString(16)).append('"');
    return this;
  }

  Json raw(String name, String json) {
    name(name).append(json);
    return this;
  }

  StringBuilder end() {
    return out.append('}');
  }

  static String quote(String text) {
    return '"' + text + '"';
  }

  static String quantity(long value) {
    return "\"0x" + Long.toHexString(value) + '"';
  }

  static String quantity(BigInteger value) {
    return "\"0x" + value.toString(16) + '"';
  }

  static String escaped(String words) {
    StringBuilder out = new StringBuilder(words.length() + 2).append('"');
    for (int i = 0; i < words.length(); i++) {
      char c = words.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else {
        out.append(c < ' ' || c > '~' ? '?' : c);
      }
    }
    return out.append('"').toString();
  }
}
