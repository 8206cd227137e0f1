package io.payonce.store.jdbc;

import io.payonce.LaneId;
import io.payonce.store.StoredTransfer;
import io.payonce.store.internal.EventLine;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * One chain over the whole journal, as there is one writer. What it cannot show by itself is that
 * its newest lines were cut off; that takes a copy of the head elsewhere.
 */
final class SqliteHistory implements History {
  private static final String HEAD = "SELECT seq, digest FROM @events ORDER BY seq DESC LIMIT 1";
  private static final String APPEND =
      "INSERT INTO @events (seq, at, entity, what, detail, previous, digest)"
          + " VALUES (?, ?, ?, ?, ?, ?, ?)";
  private static final String WALK =
      "SELECT seq, at, entity, what, detail, previous, digest FROM @events ORDER BY seq";

  private final byte[] origin;

  SqliteHistory(String journalId) {
    this.origin = EventDigest.origin(journalId);
  }

  @Override
  public void start(Session session, LaneId lane) {}

  @Override
  public void append(Session session, LaneId lane, List<EventLine> lines, Instant at)
      throws SQLException {
    append(session, lines, Collections.nCopies(lines.size(), at));
  }

  @Override
  public void appendAccepted(Session session, List<StoredTransfer> accepted) throws SQLException {
    append(
        session,
        accepted.stream().map(EventLine::accepted).toList(),
        accepted.stream().map(StoredTransfer::acceptedAt).toList());
  }

  private void append(Session session, List<EventLine> lines, List<Instant> times)
      throws SQLException {
    long seq = 0;
    byte[] previous = origin;
    try (ResultSet head = session.prepared(HEAD).executeQuery()) {
      if (head.next()) {
        seq = head.getLong(1);
        previous = head.getBytes(2);
      }
    }
    for (int i = 0; i < lines.size(); i++) {
      EventLine line = lines.get(i);
      String time = times.get(i).toString();
      seq++;
      byte[] digest = EventDigest.of(previous, seq, time, line);
      session.queue(APPEND, seq, time, line.entity(), line.what(), line.detail(), previous, digest);
      previous = digest;
    }
  }

  @Override
  public ChainCheck verify(Session session) throws SQLException {
    long seq = 0;
    byte[] previous = origin;
    try (ResultSet row = session.prepared(WALK).executeQuery()) {
      while (row.next()) {
        seq++;
        EventLine line = new EventLine(row.getString(3), row.getString(4), row.getString(5));
        byte[] digest = EventDigest.of(previous, seq, row.getString(2), line);
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
}
