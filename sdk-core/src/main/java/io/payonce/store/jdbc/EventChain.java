package io.payonce.store.jdbc;

import io.payonce.store.internal.EventLine;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The history that cannot be edited unnoticed: each digest is SHA-256 over the digest before it and
 * the length-prefixed sequence, time, entity, what and detail. The first follows a digest of the
 * journal's own id, so a history cannot be moved to another journal. What it cannot show by itself
 * is that its newest lines were cut off; that takes a copy of the head elsewhere.
 */
final class EventChain {
  private static final String HEAD = "SELECT seq, digest FROM events ORDER BY seq DESC LIMIT 1";
  private static final String APPEND =
      "INSERT INTO events (seq, at, entity, what, detail, previous, digest)"
          + " VALUES (?, ?, ?, ?, ?, ?, ?)";
  private static final String WALK =
      "SELECT seq, at, entity, what, detail, previous, digest FROM events WHERE seq > ?"
          + " ORDER BY seq";

  private final byte[] origin;

  EventChain(String journalId) {
    this.origin = sha256(("payonce journal " + journalId).getBytes(StandardCharsets.UTF_8));
  }

  /** Appends lines in the running transaction. */
  void append(Session session, List<EventLine> lines, Instant at) throws SQLException {
    long seq = 0;
    byte[] previous = origin;
    try (ResultSet head = session.prepared(HEAD).executeQuery()) {
      if (head.next()) {
        seq = head.getLong(1);
        previous = head.getBytes(2);
      }
    }
    PreparedStatement insert = session.prepared(APPEND);
    String time = at.toString();
    for (EventLine line : lines) {
      seq++;
      byte[] digest = digest(previous, seq, time, line);
      insert.setLong(1, seq);
      insert.setString(2, time);
      insert.setString(3, line.entity());
      insert.setString(4, line.what());
      insert.setString(5, line.detail());
      insert.setBytes(6, previous);
      insert.setBytes(7, digest);
      insert.executeUpdate();
      previous = digest;
    }
  }

  /** Recomputes the whole chain. */
  ChainCheck verify(Session session) throws SQLException {
    long seq = 0;
    byte[] previous = origin;
    PreparedStatement walk = session.prepared(WALK);
    walk.setLong(1, 0);
    try (ResultSet row = walk.executeQuery()) {
      while (row.next()) {
        seq++;
        EventLine line = new EventLine(row.getString(3), row.getString(4), row.getString(5));
        byte[] digest = digest(previous, seq, row.getString(2), line);
        if (row.getLong(1) != seq
            || !Arrays.equals(row.getBytes(6), previous)
            || !Arrays.equals(row.getBytes(7), digest)) {
          return new ChainCheck(seq - 1, Optional.of(row.getLong(1)));
        }
        previous = digest;
      }
    }
    return new ChainCheck(seq, Optional.empty());
  }

  private static byte[] digest(byte[] previous, long seq, String at, EventLine line) {
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
