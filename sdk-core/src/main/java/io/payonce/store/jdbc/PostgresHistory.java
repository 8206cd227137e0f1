package io.payonce.store.jdbc;

import io.payonce.LaneId;
import io.payonce.store.StoredTransfer;
import io.payonce.store.internal.EventLine;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * One chain per lane, and a few for what no lane holds: many instances write at once, and one chain
 * over everything would make each commit wait for the flush of the one before it.
 *
 * <p>A lane's commits follow one another anyway, under the lock of its row, so its chain costs no
 * extra wait. An acceptance locks no lane; it goes to whichever of the intake chains is free at
 * that moment, and waits only when all are taken. The head of each chain is a row of its own,
 * locked from the append to the commit: two writers cannot follow the same event, and cutting off
 * the newest ones shows.
 *
 * <p>{@code events.id} orders events across chains: what happened to a transfer in its lane has a
 * higher id than its acceptance, which was committed before.
 */
final class PostgresHistory implements History {
  private static final String START =
      "INSERT INTO @streams (id, seq, digest) SELECT l.id, 0,"
          + " sha256(convert_to('payonce journal ' || j.id || ' stream ' || l.id, 'UTF8'))"
          + " FROM @lanes l, @journal j WHERE l.chain = ? AND l.address = ?";
  private static final String LANE_HEAD =
      "SELECT s.id, s.seq, s.digest FROM @streams s JOIN @lanes l ON l.id = s.id"
          + " WHERE l.chain = ? AND l.address = ? FOR UPDATE OF s";
  private static final String FREE_HEAD =
      "SELECT id, seq, digest FROM @streams WHERE id <= 0 ORDER BY id DESC LIMIT 1"
          + " FOR UPDATE SKIP LOCKED";
  private static final String FIRST_HEAD =
      "SELECT id, seq, digest FROM @streams WHERE id = 0 FOR UPDATE";
  private static final String APPEND =
      "INSERT INTO @events (stream, seq, at, entity, what, detail, previous, digest)"
          + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
  private static final String MOVE_HEAD = "UPDATE @streams SET seq = ?, digest = ? WHERE id = ?";
  private static final String WALK =
      "SELECT s.id, s.seq, s.digest, e.id, e.seq, e.at, e.entity, e.what, e.detail, e.previous,"
          + " e.digest FROM @streams s LEFT JOIN @events e ON e.stream = s.id"
          + " ORDER BY s.id, e.seq";

  private final String journalId;

  PostgresHistory(String journalId) {
    this.journalId = journalId;
  }

  /** A chain can be moved neither to another journal nor to another lane. */
  private byte[] origin(long stream) {
    return EventDigest.origin(journalId + " stream " + stream);
  }

  @Override
  public void start(Session session, LaneId lane) throws SQLException {
    int unused = session.update(START, lane.chain().value(), lane.address().value());
  }

  @Override
  public void append(Session session, LaneId lane, List<EventLine> lines, Instant at)
      throws SQLException {
    if (lines.isEmpty()) {
      return;
    }
    Optional<Head> head =
        head(session.bound(LANE_HEAD, lane.chain().value(), lane.address().value()));
    append(
        session,
        head.orElseThrow(() -> lost("lane " + lane)),
        lines,
        Collections.nCopies(lines.size(), at));
  }

  @Override
  public void appendAccepted(Session session, List<StoredTransfer> accepted) throws SQLException {
    Optional<Head> head = head(session.prepared(FREE_HEAD));
    if (head.isEmpty()) {
      head = head(session.prepared(FIRST_HEAD));
    }
    append(
        session,
        head.orElseThrow(() -> lost("intake")),
        accepted.stream().map(EventLine::accepted).toList(),
        accepted.stream().map(StoredTransfer::acceptedAt).toList());
  }

  private record Head(long stream, long seq, byte[] digest) {}

  private static Optional<Head> head(PreparedStatement select) throws SQLException {
    try (ResultSet row = select.executeQuery()) {
      return row.next()
          ? Optional.of(new Head(row.getLong(1), row.getLong(2), row.getBytes(3)))
          : Optional.empty();
    }
  }

  private static IllegalStateException lost(String chain) {
    return new IllegalStateException("the history has lost the head of " + chain);
  }

  private static void append(Session session, Head head, List<EventLine> lines, List<Instant> times)
      throws SQLException {
    long seq = head.seq();
    byte[] previous = head.digest();
    for (int i = 0; i < lines.size(); i++) {
      EventLine line = lines.get(i);
      String time = times.get(i).toString();
      seq++;
      byte[] digest = EventDigest.of(previous, seq, time, line);
      session.queue(
          APPEND,
          head.stream(),
          seq,
          time,
          line.entity(),
          line.what(),
          line.detail(),
          previous,
          digest);
      previous = digest;
    }
    session.queue(MOVE_HEAD, seq, previous, head.stream());
  }

  @Override
  public ChainCheck verify(Session session) throws SQLException {
    long intact = 0;
    PreparedStatement walk = session.prepared(WALK);
    walk.setFetchSize(1_000); // the whole history does not fit into memory
    Optional<Walk> chain = Optional.empty();
    try (ResultSet row = walk.executeQuery()) {
      while (row.next()) {
        long stream = row.getLong(1);
        if (chain.isEmpty() || chain.get().stream != stream) {
          if (chain.isPresent() && !chain.get().endsAtHead()) {
            return new ChainCheck(intact, Optional.of(chain.get().last));
          }
          chain = Optional.of(new Walk(stream, row.getLong(2), row.getBytes(3), origin(stream)));
        }
        long id = row.getLong(4);
        if (row.wasNull()) {
          continue; // a chain without events
        }
        EventLine line = new EventLine(row.getString(7), row.getString(8), row.getString(9));
        if (!chain
            .get()
            .follows(
                id, row.getLong(5), row.getString(6), line, row.getBytes(10), row.getBytes(11))) {
          return new ChainCheck(intact, Optional.of(id));
        }
        intact++;
      }
    }
    if (chain.isPresent() && !chain.get().endsAtHead()) {
      return new ChainCheck(intact, Optional.of(chain.get().last));
    }
    return new ChainCheck(intact, Optional.empty());
  }

  /** One chain on the way from its origin to its head. */
  private static final class Walk {
    private final long stream;
    private final long headSeq;
    private final byte[] headDigest;
    private long seq;
    private long last;
    private byte[] previous;

    Walk(long stream, long headSeq, byte[] headDigest, byte[] origin) {
      this.stream = stream;
      this.headSeq = headSeq;
      this.headDigest = headDigest;
      this.previous = origin;
    }

    boolean follows(
        long id, long eventSeq, String at, EventLine line, byte[] before, byte[] digest) {
      seq++;
      last = id;
      boolean fits =
          eventSeq == seq
              && Arrays.equals(before, previous)
              && Arrays.equals(digest, EventDigest.of(previous, seq, at, line));
      previous = digest;
      return fits;
    }

    boolean endsAtHead() {
      return seq == headSeq && Arrays.equals(previous, headDigest);
    }
  }
}
