package io.payonce.internal;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/** Answers from outside; their sources are in {@code proofs/README.md} of the test resources. */
final class KnownAnswers {
  private KnownAnswers() {}

  /** A file of them, fresh for each caller, so that a test may change what it read. */
  static Map<String, Object> read(String file) {
    try (InputStream in = KnownAnswers.class.getResourceAsStream("/proofs/" + file)) {
      return new ObjectMapper().readValue(in, new TypeReference<Map<String, Object>>() {});
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  @SuppressWarnings("unchecked") // an object of JSON
  static Map<String, Object> object(Object json) {
    return (Map<String, Object>) json;
  }
}
