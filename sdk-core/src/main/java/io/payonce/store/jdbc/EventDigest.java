package io.payonce.store.jdbc;

import io.payonce.store.internal.EventLine;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The digests of a history that cannot be edited unnoticed: each is SHA-256 over the digest before
 * it and the length-prefixed sequence, time, entity, what and detail. The first follows a digest of
 * the journal's own id, so a history cannot be moved to another journal.
 */
final class EventDigest {
  private EventDigest() {}

  /** What the first event of a chain follows. */
  static byte[] origin(String chain) {
    return sha256(("payonce journal " + chain).getBytes(StandardCharsets.UTF_8));
  }

  static byte[] of(byte[] previous, long seq, String at, EventLine line) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.write(previous);
      out.writeLong(seq);
      for (String field : new String[] {at, line.entity(), line.what(), line.detail()}) {
        byte[] text = field.getBytes(StandardCharsets.UTF_8);
        out.writeInt(text.length);
        out.write(text);
      }
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return sha256(bytes.toByteArray());
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }
}
