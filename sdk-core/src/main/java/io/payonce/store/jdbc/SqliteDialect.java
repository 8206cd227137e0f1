package io.payonce.store.jdbc;

import io.payonce.TransferId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
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
  public Optional<TransferId> insert(Session session, TransferRow row) throws SQLException {
    PreparedStatement known =
        session.bound(
            "SELECT 1 FROM @keys WHERE tenant = ? AND key = ?",
            row.key().tenant(),
            row.key().value());
    try (ResultSet found = known.executeQuery()) {
      if (found.next()) {
        return Optional.empty();
      }
    }
    TransferId id = next(session);
    List<@Nullable Object> transfer = row.values();
    transfer.add(0, id.value());
    session.queue(INSERT_TRANSFER, transfer.toArray());
    List<@Nullable Object> key = row.keyValues();
    key.add(id.value());
    session.queue(INSERT_KEY, key.toArray());
    return Optional.of(id);
  }

  private static TransferId next(Session session) throws SQLException {
    PreparedStatement select = session.prepared("SELECT coalesce(max(id), 0) + 1 FROM @transfers");
    try (ResultSet row = select.executeQuery()) {
      row.next();
      return new TransferId(row.getLong(1));
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
