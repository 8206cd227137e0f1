package io.payonce.store.jdbc;

import io.payonce.IdempotencyKey;
import io.payonce.TransferId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** SQLite: one writer at a time, so nothing is locked and nothing races. */
final class SqliteDialect implements Dialect {
  private static final String INSERT_TRANSFER =
      "INSERT INTO @transfers (id, %s) VALUES (?, %s)"
          .formatted(TransferRow.COLUMNS, TransferRow.MARKS);
  private static final String INSERT_KEY =
      "INSERT INTO @keys (%s) VALUES (?, ?, ?, ?, ?)".formatted(TransferRow.KEY_COLUMNS);

  private final Clock clock;

  SqliteDialect(Clock clock) {
    this.clock = clock;
  }

  @Override
  public String sql(String text) {
    return text.replace("@", "")
        .replace("[LOCK]", "")
        .replace("[CROSS]", "CROSS")
        .replace("[BYTES]", "")
        .replace("[BY ", "INDEXED BY [")
        .replace("[ORDER]", "seq");
  }

  @Override
  public PreparedStatement prepare(Connection connection, String sql) throws SQLException {
    return connection.prepareStatement(sql);
  }

  @Override
  public boolean isRemote() {
    return false;
  }

  @Override
  public boolean isRefusal(SQLException e) {
    return SqliteErrors.isRefusal(e);
  }

  @Override
  public Instant now(Session session) {
    return clock.instant();
  }

  @Override
  public List<Optional<TransferId>> insert(Session session, List<TransferRow> rows)
      throws SQLException {
    Set<IdempotencyKey> taken = known(session, rows);
    long next = nextTransfer(session);
    List<Optional<TransferId>> ids = new ArrayList<>();
    for (TransferRow row : rows) {
      boolean fresh = taken.add(row.key());
      ids.add(fresh ? Optional.of(new TransferId(next++)) : Optional.empty());
    }
    // Table by table, so that the rows of one table travel together.
    for (int i = 0; i < rows.size(); i++) {
      if (ids.get(i).isPresent()) {
        List<@Nullable Object> transfer = rows.get(i).values();
        transfer.add(0, ids.get(i).get().value());
        session.queue(INSERT_TRANSFER, transfer.toArray());
      }
    }
    for (int i = 0; i < rows.size(); i++) {
      if (ids.get(i).isPresent()) {
        List<@Nullable Object> key = rows.get(i).keyValues();
        key.add(ids.get(i).get().value());
        session.queue(INSERT_KEY, key.toArray());
      }
    }
    return ids;
  }

  /** Those of their keys that are stored. */
  private static Set<IdempotencyKey> known(Session session, List<TransferRow> rows)
      throws SQLException {
    Set<IdempotencyKey> known = new HashSet<>(); // only asked, never iterated
    for (TransferRow row : rows) {
      PreparedStatement select =
          session.bound(
              "SELECT 1 FROM @keys WHERE tenant = ? AND key = ?",
              row.key().tenant(),
              row.key().value());
      try (ResultSet found = select.executeQuery()) {
        if (found.next()) {
          known.add(row.key());
        }
      }
    }
    return known;
  }

  private static long nextTransfer(Session session) throws SQLException {
    PreparedStatement select = session.prepared("SELECT coalesce(max(id), 0) + 1 FROM @transfers");
    try (ResultSet row = select.executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  @Override
  public History history(String journalId) {
    return new SqliteHistory(journalId);
  }

  /** Nobody but the one process accepts, and that one always writes the event. */
  @Override
  public List<TransferId> claimDueEvents(Session session, Collection<TransferId> transfers) {
    return List.of();
  }
}
