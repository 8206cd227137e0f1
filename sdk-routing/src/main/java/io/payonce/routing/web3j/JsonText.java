package io.payonce.routing.web3j;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.payonce.internal.JsonValues;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * JSON between web3j and the values of {@code io.payonce.rpc}, on this project's own parser: web3j
 * has another one, in another package, in each of its lines. Nothing is lost: integers stay exact,
 * objects keep the order of their keys. Stateless; thread-safe.
 */
final class JsonText {
  private static final JsonFactory JSON =
      new JsonFactoryBuilder()
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
      return JsonValues.readAll(in);
    }
  }

  static byte[] bytes(@Nullable Object value) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
    try (JsonGenerator out = JSON.createGenerator(bytes)) {
      JsonValues.write(out, value, false);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible); // into memory
    }
    return bytes.toByteArray();
  }
}
