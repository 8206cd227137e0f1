package io.payonce.store.jdbc;

import io.payonce.TransferId;
import io.payonce.store.AcceptResult;
import io.payonce.store.Intake;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoreUnavailableException.Outcome;
import io.payonce.store.StoredTransfer;
import io.payonce.store.internal.Acceptance;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;

/**
 * Accepts a key inside a transaction of the host, which alone commits it or rolls it back. Every
 * condition that PostgreSQL would answer with an error, which ends the whole transaction, is asked
 * for first.
 */
final class JoinedAccept {
  private static final String CONDITIONS =
      "SELECT bool_and(CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, 'USAGE')"
          + " ELSE has_table_privilege(c.oid, needed.privilege) END),"
          + " bool_and(has_schema_privilege(n.oid, 'USAGE')), count(*),"
          + " current_setting('transaction_isolation'), current_setting('transaction_read_only'),"
          + " current_setting('session_replication_role'),"
          + " (SELECT CAST(oid AS bigint) FROM pg_catalog.pg_database"
          + " WHERE datname = current_database())"
          + " FROM (VALUES ('journal', 'SELECT'), ('keys', 'SELECT'), ('keys', 'INSERT'),"
          + " ('transfers', 'SELECT'), ('transfers', 'INSERT'), ('transfer_ids', 'USAGE'))"
          + " needed(name, privilege)"
          + " JOIN pg_catalog.pg_class c ON c.relname = needed.name"
          + " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = ?";
  private static final int NEEDED = 6;
  private static final String DATABASE =
      "SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()";

  private final PostgresDialect dialect;
  private final Schema journal;
  private final long database;

  /**
   * For hosts in the database of this session, which a copy of it is not: nobody pays what a copy
   * accepts, although it has the name of the journal.
   *
   * @param journal as it is now
   */
  JoinedAccept(Session session, PostgresDialect dialect, Schema journal) throws SQLException {
    this.dialect = dialect;
    this.journal = journal;
    try (ResultSet row = session.prepared(DATABASE).executeQuery()) {
      row.next();
      this.database = row.getLong(1);
    }
  }

  AcceptResult accept(Connection host, Intake intake, Instant at) {
    TransferRow row = TransferRow.of(intake, Optional.empty(), at, true);
    Session session = new Session(host, dialect);
    try {
      try {
        check(host, session);
        Optional<TransferId> id = dialect.insert(session, row);
        if (id.isPresent()) {
          return new AcceptResult.Accepted(row.stored(id.get()));
        }
        Optional<StoredTransfer> known = new JournalReader(session).requested(row.key());
        return Acceptance.known(
            known.orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "key " + row.key() + " is of a member of a group")),
            intake.submission(),
            Optional.empty());
      } finally {
        session.forgetStatements(); // the connection and its transaction stay the host's
      }
    } catch (SQLException e) {
      throw new StoreUnavailableException(
          Outcome.NOT_APPLIED,
          "journal: "
              + e.getMessage()
              + "; the host's transaction has failed: roll it back and repeat it",
          e);
    }
  }

  private void check(Connection host, Session session) throws SQLException {
    demand(
        host.getMetaData().getDatabaseProductName().equals("PostgreSQL"),
        "it is no connection to PostgreSQL");
    demand(!host.getAutoCommit(), "auto-commit is on: there is no transaction to join");
    String schema = dialect.schema();
    long hostDatabase;
    PreparedStatement select = session.bound(CONDITIONS, schema);
    try (ResultSet row = select.executeQuery()) {
      row.next();
      demand(row.getLong(3) == NEEDED, "there is no journal in schema " + schema);
      demand(
          row.getBoolean(1) && row.getBoolean(2),
          "its role lacks rights on schema " + schema + ": grant it payonce_accept");
      demand(
          row.getString(4).equals("read committed"),
          "its isolation is "
              + row.getString(4)
              + ": a key that another transaction stores would end the whole transaction; use READ"
              + " COMMITTED");
      demand(row.getString(5).equals("off"), "its transaction is read-only");
      demand(
          !row.getString(6).equals("replica"),
          "its session_replication_role is replica: triggers do not run, and nothing would reach the"
              + " outbox");
      hostDatabase = row.getLong(7);
    }
    Schema found = Schema.load(session);
    demand(
        found.id().equals(journal.id()),
        "it leads to another journal: the host's tables and the journal must share one database");
    demand(
        hostDatabase == database && found.incarnation() >= journal.incarnation(),
        "it leads to a copy of the journal, where nobody would pay: connect to the database that"
            + " this journal was opened in; if that has moved since, open the journal again");
  }

  private static void demand(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalStateException("cannot accept in this connection: " + otherwise);
    }
  }
}
