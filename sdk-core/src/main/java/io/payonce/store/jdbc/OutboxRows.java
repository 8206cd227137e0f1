package io.payonce.store.jdbc;

import io.payonce.TransferId;
import io.payonce.store.Lease;
import io.payonce.store.Outbox;
import io.payonce.store.OutboxEvent;
import io.payonce.store.SinkBacklog;
import io.payonce.store.TransferState;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** The outbox of a journal. Its rows come from triggers, so that no writer can forget them. */
final class OutboxRows implements Outbox {
  static final String HEADS =
      "SELECT o.number, o.id, o.at, o.transfer, o.state, o.code, o.reason FROM @outbox o"
          + " WHERE o.sink = ? AND o.number > ? AND NOT EXISTS (SELECT 1 FROM @outbox p"
          + " WHERE p.sink = o.sink AND p.transfer = o.transfer AND p.number < o.number)"
          + " ORDER BY o.number LIMIT ?";
  private static final String BACKLOG =
      "SELECT s.name, (SELECT count(*) FROM @outbox o WHERE o.sink = s.name),"
          + " (SELECT o.at FROM @outbox o WHERE o.sink = s.name ORDER BY o.number LIMIT 1)"
          + " FROM @sinks s ORDER BY s.name [BYTES]";

  private final Database database;
  private final Dialect dialect;

  OutboxRows(Database database, Dialect dialect) {
    this.database = database;
    this.dialect = dialect;
  }

  @Override
  public void addSink(String sink) {
    String name = SinkBacklog.checkName(sink);
    int unusedRows =
        database.write(
            s ->
                s.update(
                    "INSERT INTO @sinks (name) VALUES (?) ON CONFLICT (name) DO NOTHING", name),
            inserted -> true);
  }

  @Override
  public void removeSink(String sink) {
    int unusedRows =
        database.write(s -> s.update("DELETE FROM @sinks WHERE name = ?", sink), deleted -> true);
  }

  @Override
  public List<SinkBacklog> sinks() {
    return database.read(
        s -> {
          List<SinkBacklog> sinks = new ArrayList<>();
          try (ResultSet row = s.prepared(BACKLOG).executeQuery()) {
            while (row.next()) {
              Optional<Instant> oldest = Optional.ofNullable(row.getString(3)).map(Instant::parse);
              sinks.add(new SinkBacklog(row.getString(1), row.getLong(2), oldest));
            }
          }
          return sinks;
        });
  }

  @Override
  public boolean leaseSink(String sink, Lease lease) {
    return database.write(
        s -> {
          Instant now = dialect.now(s);
          PreparedStatement select =
              s.bound(
                  "SELECT lease_owner, lease_expires_at FROM @sinks WHERE name = ? [LOCK]", sink);
          try (ResultSet row = select.executeQuery()) {
            if (!row.next()) {
              return false;
            }
            String owner = row.getString(1);
            if (owner != null
                && !owner.equals(lease.owner())
                && Instant.parse(row.getString(2)).isAfter(now)) {
              return false;
            }
          }
          return 1
              == s.update(
                  "UPDATE @sinks SET lease_owner = ?, lease_expires_at = ? WHERE name = ?",
                  lease.owner(),
                  now.plus(lease.duration()).toString(),
                  sink);
        },
        leased -> leased);
  }

  @Override
  public void releaseSink(String sink, String owner) {
    int unusedRows =
        database.write(
            s ->
                s.update(
                    "UPDATE @sinks SET lease_owner = NULL, lease_expires_at = NULL"
                        + " WHERE name = ? AND lease_owner = ?",
                    sink,
                    owner),
            released -> true);
  }

  @Override
  public List<OutboxEvent> heads(String sink, long after, int limit) {
    return database.read(
        s -> {
          List<OutboxEvent> heads = new ArrayList<>();
          try (ResultSet row = s.bound(HEADS, sink, after, limit).executeQuery()) {
            while (row.next()) {
              heads.add(read(row));
            }
          }
          return heads;
        });
  }

  private static OutboxEvent read(ResultSet row) throws SQLException {
    return new OutboxEvent(
        row.getLong(1),
        row.getString(2),
        Instant.parse(row.getString(3)),
        new TransferId(row.getLong(4)),
        TransferState.valueOf(row.getString(5)),
        row.getString(6),
        row.getString(7));
  }

  @Override
  public void delivered(String sink, Collection<OutboxEvent> events) {
    boolean unused =
        database.write(
            s -> {
              for (List<OutboxEvent> part : InList.of(events)) {
                List<Object> values = new ArrayList<>();
                values.add(sink);
                part.forEach(event -> values.add(event.number()));
                part.forEach(event -> values.add(event.id()));
                int unusedRows =
                    s.update(
                        "DELETE FROM @outbox WHERE sink = ? AND number IN (%1$s) AND id IN (%1$s)"
                            .formatted(InList.marks(part)),
                        values.toArray());
              }
              return true;
            },
            deleted -> true);
  }
}
