package io.payonce.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Cuts JSON text into its parts without reading their meaning, so that a proxy can take one element
 * of a batch and leave every other byte as it was.
 */
final class JsonText {
  private final String text;
  private int at;

  private JsonText(String text) {
    this.text = text;
  }

  static boolean isArray(String json) {
    return json.stripLeading().startsWith("[");
  }

  /** The elements of an array, each as its own text; any other value is its own only element. */
  static List<String> elements(String json) {
    if (!isArray(json)) {
      return List.of(json.strip());
    }
    JsonText reader = new JsonText(json);
    List<String> elements = new ArrayList<>();
    reader.expect('[');
    while (!reader.ends(']')) {
      elements.add(reader.value());
    }
    return elements;
  }

  /** The text of one member of an object; empty when it has none of that name or is no object. */
  static Optional<String> member(String object, String name) {
    if (!object.stripLeading().startsWith("{")) {
      return Optional.empty();
    }
    JsonText reader = new JsonText(object);
    reader.expect('{');
    while (!reader.ends('}')) {
      String key = reader.value();
      reader.expect(':');
      String value = reader.value();
      if (key.equals('"' + name + '"')) {
        return Optional.of(value);
      }
    }
    return Optional.empty();
  }

  /** A string member without its quotes; escapes stay as written. */
  static Optional<String> string(String object, String name) {
    return member(object, name)
        .filter(value -> value.length() > 1 && value.startsWith("\""))
        .map(value -> value.substring(1, value.length() - 1));
  }

  /** Steps over the closing bracket or the comma before the next part. */
  private boolean ends(char closing) {
    skipSpace();
    if (peek() == ',') {
      at++;
      skipSpace();
    }
    return peek() == closing;
  }

  private void expect(char wanted) {
    skipSpace();
    if (peek() != wanted) {
      throw new IllegalArgumentException("JSON text lacks " + wanted + " at " + at);
    }
    at++;
  }

  private String value() {
    skipSpace();
    int start = at;
    int depth = 0;
    do {
      char c = peek();
      if (c == '"') {
        skipString();
      } else if (c == '{' || c == '[') {
        depth++;
        at++;
      } else if (c == '}' || c == ']') {
        depth--;
        at++;
      } else if (depth == 0) {
        skipLiteral();
      } else {
        at++;
      }
    } while (depth > 0);
    return text.substring(start, at);
  }

  private void skipString() {
    at++;
    while (peek() != '"') {
      at += peek() == '\\' ? 2 : 1;
    }
    at++;
  }

  private void skipLiteral() {
    int start = at;
    while (at < text.length() && ",]}: \t\r\n".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    if (at == start) {
      throw new IllegalArgumentException("JSON text has no value at " + at);
    }
  }

  private void skipSpace() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private char peek() {
    if (at >= text.length()) {
      throw new IllegalArgumentException("JSON text ends early");
    }
    return text.charAt(at);
  }
}
