package io.payonce.store.jdbc;

import io.payonce.LaneId;
import io.payonce.SlotId;
import io.payonce.store.SlotState;
import io.payonce.store.internal.EventLine;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Lets the signed bytes of finished nonces go, from the lowest nonce up. The lane's row knows how
 * far that is, so a step reads no more than it archives. When a nonce became final is said by its
 * newest event of that kind. Runs inside a transaction of the session, on its thread.
 */
final class ArchiveRows {
  static final String FROM_CURSOR =
      "SELECT s.nonce, s.state FROM @lanes l [CROSS] JOIN @slots s"
          + " ON s.lane = l.id AND s.nonce >= l.archived_below"
          + " WHERE l.chain = ? AND l.address = ? ORDER BY s.nonce LIMIT ?";
  static final String FINAL_SINCE =
      "SELECT entity, at FROM @events WHERE what = ? AND detail LIKE ? AND entity IN (%s)"
          + " ORDER BY [ORDER]";
  private static final String ARCHIVE =
      "UPDATE @attempts SET archived_hash = hash, hash = NULL, raw = NULL"
          + " WHERE lane = ? AND nonce >= ? AND nonce <= ?"
          + " AND raw IS NOT NULL AND state IN ('WON', 'LOST')";
  private static final String MOVE_CURSOR =
      "UPDATE @lanes SET archived_below = ? WHERE id = ? AND epoch = ?";

  private final Session session;

  ArchiveRows(Session session) {
    this.session = session;
  }

  /** The next nonces that were final before this time, in order, at most {@code limit}. */
  List<Long> due(LaneId lane, Instant finalBefore, int limit) throws SQLException {
    PreparedStatement select = session.prepared(FROM_CURSOR);
    JournalReader.lane(select, lane);
    select.setInt(3, limit);
    List<Long> candidates = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next() && row.getString(2).equals(SlotState.CONSUMED_FINAL.name())) {
        candidates.add(row.getLong(1));
      }
    }
    Map<String, Instant> finalSince = finalSince(lane, candidates);
    List<Long> due = new ArrayList<>();
    for (long nonce : candidates) {
      Instant since = finalSince.get(EventLine.of(new SlotId(lane, nonce)));
      if (since == null || !since.isBefore(finalBefore)) {
        break; // where the history does not say since when, the bytes stay
      }
      due.add(nonce);
    }
    return due;
  }

  private Map<String, Instant> finalSince(LaneId lane, List<Long> nonces) throws SQLException {
    Map<String, Instant> newest = new HashMap<>(); // asked by name, never walked
    List<String> slots =
        nonces.stream().map(nonce -> EventLine.of(new SlotId(lane, nonce))).toList();
    for (List<String> some : InList.of(slots)) {
      PreparedStatement select = session.prepared(FINAL_SINCE.formatted(InList.marks(some)));
      select.setString(1, EventLine.MOVED);
      select.setString(2, EventLine.TO_FINAL + "%");
      for (int i = 0; i < some.size(); i++) {
        select.setString(i + 3, some.get(i));
      }
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          newest.put(row.getString(1), Instant.parse(row.getString(2)));
        }
      }
    }
    return newest;
  }

  /**
   * Archives these nonces of a lane that the running transaction has locked.
   *
   * @param lane its row
   * @param due as {@link #due} answered it
   */
  void archive(long lane, long epoch, List<Long> due) throws SQLException {
    long last = due.get(due.size() - 1);
    int unused = session.update(ARCHIVE, lane, due.get(0), last);
    if (session.update(MOVE_CURSOR, last + 1, lane, epoch) != 1) {
      throw new IllegalStateException("lane row " + lane + " is not in epoch " + epoch);
    }
  }
}
