package io.payonce.store.jdbc;

import io.payonce.TransferId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** PostgreSQL: every name qualified, so that no search path matters. Thread-safe. */
final class PostgresDialect implements Dialect {
  private final String schema;
  private final Map<String, String> known = new ConcurrentHashMap<>();

  PostgresDialect(String schema) {
    this.schema = schema;
  }

  String schema() {
    return schema;
  }

  @Override
  public String sql(String text) {
    return known.computeIfAbsent(
        text,
        t ->
            t.replace("@", schema + ".")
                .replace("[LOCK]", "FOR UPDATE")
                .replace("[CROSS]", "")
                .replace("[BYTES]", "COLLATE \"C\"")
                .replaceAll("\\[BY \\w+]", "")
                .replace("[ORDER]", "id"));
  }

  @Override
  public PreparedStatement prepare(Connection connection, String sql) throws SQLException {
    return connection.prepareStatement(sql);
  }

  @Override
  public boolean isRemote() {
    return true;
  }

  @Override
  public boolean isRefusal(SQLException e) {
    return PostgresErrors.isRefusal(e);
  }

  /** Of now, not of when the transaction began: it may have waited for a lock since. */
  @Override
  public Instant now(Session session) throws SQLException {
    try (ResultSet row = session.prepared("SELECT clock_timestamp()").executeQuery()) {
      row.next();
      return row.getObject(1, OffsetDateTime.class).toInstant();
    }
  }

  @Override
  public List<Optional<TransferId>> insert(Session session, List<TransferRow> rows)
      throws SQLException {
    List<Optional<TransferId>> ids = new ArrayList<>();
    for (TransferRow row : rows) {
      ids.add(insert(session, row));
    }
    return ids;
  }

  /**
   * One statement, in which a key that is there already stops the insert without an error: an error
   * would end the whole transaction, which may be the host's. A key that another transaction is
   * storing right now is waited for.
   */
  Optional<TransferId> insert(Session session, TransferRow row) throws SQLException {
    List<@Nullable Object> values = new ArrayList<>(row.keyValues());
    values.addAll(row.values());
    values.add(row.hostTransaction());
    PreparedStatement insert =
        session.bound(
            "WITH accepted AS (INSERT INTO @keys (%s) VALUES (?, ?, ?, ?, nextval('%s.transfer_ids'))"
                    .formatted(TransferRow.KEY_COLUMNS, schema)
                + " ON CONFLICT (tenant, key) DO NOTHING RETURNING transfer)"
                + " INSERT INTO @transfers (%s, event_due, id) SELECT %s, ?, transfer FROM accepted"
                    .formatted(TransferRow.COLUMNS, TransferRow.MARKS)
                + " RETURNING id",
            values.toArray());
    try (ResultSet id = insert.executeQuery()) {
      return id.next() ? Optional.of(new TransferId(id.getLong(1))) : Optional.empty();
    }
  }

  @Override
  public History history(String journalId) {
    return new PostgresHistory(journalId);
  }

  @Override
  public List<TransferId> claimDueEvents(Session session, Collection<TransferId> transfers)
      throws SQLException {
    if (transfers.isEmpty()) {
      return List.of();
    }
    Long[] ids = transfers.stream().map(TransferId::value).toArray(Long[]::new);
    PreparedStatement update =
        session.bound(
            "UPDATE @transfers SET event_due = FALSE WHERE id = ANY (?) AND event_due RETURNING id",
            (Object) session.array("bigint", ids));
    List<TransferId> due = new ArrayList<>();
    try (ResultSet row = update.executeQuery()) {
      while (row.next()) {
        due.add(new TransferId(row.getLong(1)));
      }
    }
    due.sort(null);
    return due;
  }
}
