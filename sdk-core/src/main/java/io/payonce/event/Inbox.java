package io.payonce.event;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.regex.Pattern;

/**
 * Tells whoever takes events which ones it has already, in its own database and in the transaction
 * that books them: so what comes at least once is booked once.
 *
 * <pre>{@code
 * host.setAutoCommit(false);
 * if (inbox.isFirst(host, event.id(), event.at())) {
 *   book(host, event);
 * }
 * host.commit();
 * }</pre>
 *
 * <p>Thread-safe; has no state but the table. For PostgreSQL and SQLite, and whatever else knows
 * {@code ON CONFLICT DO NOTHING}.
 */
public final class Inbox {
  private static final Pattern NAME =
      Pattern.compile("[a-z_][a-z0-9_]{0,62}(\\.[a-z_][a-z0-9_]{0,62})?");
  private static final int MAX_ID = 200;

  private final String table;

  /**
   * An inbox in this table.
   *
   * @param table lower-case letters, digits and underscores, with a schema before a dot if wanted
   */
  public Inbox(String table) {
    if (!NAME.matcher(table).matches()) {
      throw new IllegalArgumentException(
          "table '"
              + table
              + "' must be a lower-case SQL name, with a schema before a dot at most");
    }
    this.table = table;
  }

  /** The statement that makes the table, for the host's own migrations. */
  public String ddl() {
    return "CREATE TABLE "
        + table
        + " (id varchar("
        + MAX_ID
        + ") NOT NULL PRIMARY KEY, at_ms bigint NOT NULL)";
  }

  /**
   * Whether this event is new here; from the commit of the transaction on it is not. While another
   * transaction books the same event, PostgreSQL waits for its end.
   *
   * @param transaction of the host; neither committed nor closed here
   * @param id of the event, 1 to 200 characters
   * @param at when it happened, for {@link #forget}
   */
  public boolean isFirst(Connection transaction, String id, Instant at) throws SQLException {
    if (id.isEmpty() || id.length() > MAX_ID) {
      throw new IllegalArgumentException(
          "id '" + id + "' must have 1 to " + MAX_ID + " characters");
    }
    try (PreparedStatement insert =
        transaction.prepareStatement(
            "INSERT INTO " + table + " (id, at_ms) VALUES (?, ?) ON CONFLICT (id) DO NOTHING")) {
      insert.setString(1, id);
      insert.setLong(2, at.toEpochMilli());
      return insert.executeUpdate() == 1;
    }
  }

  /**
   * Forgets events that are older than any that can still come: older than what waits in the outbox
   * ({@code Outbox.sinks}), with as much to spare as a backup may be old.
   *
   * @return how many
   */
  public int forget(Connection transaction, Instant before) throws SQLException {
    try (PreparedStatement delete =
        transaction.prepareStatement("DELETE FROM " + table + " WHERE at_ms < ?")) {
      delete.setLong(1, before.toEpochMilli());
      return delete.executeUpdate();
    }
  }
}
