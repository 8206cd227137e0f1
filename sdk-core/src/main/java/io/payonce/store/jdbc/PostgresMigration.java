package io.payonce.store.jdbc;

import io.payonce.store.JournalUnusableException;
import io.payonce.store.StoreUnavailableException.Outcome;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/** Creates and changes the tables, for their owner. */
final class PostgresMigration {
  private PostgresMigration() {}

  static String ddl(String schema) {
    Migrations scripts = Migrations.postgresql(schema);
    return scripts.script("roles.sql") + "\n" + scripts.ddl() + "\n" + scripts.script("grants.sql");
  }

  /** Runs what is missing, each version in a transaction of its own; answers the version before. */
  static int migrate(DataSource owner, String schema) {
    Migrations scripts = Migrations.postgresql(schema);
    try (Connection connection = owner.getConnection()) {
      connection.setAutoCommit(false);
      int before = version(connection, schema);
      int version = before;
      while (version < Migrations.VERSION) {
        version = next(connection, scripts, version, schema);
      }
      run(connection, scripts.script("grants.sql"));
      connection.commit();
      return before;
    } catch (SQLException e) {
      throw PostgresDatabase.unavailable(Outcome.UNKNOWN, e);
    }
  }

  /** Whatever a server or role makes of a backslash, the scripts mean it as the standard does. */
  private static int next(Connection connection, Migrations scripts, int version, String schema)
      throws SQLException {
    try {
      run(connection, "SET LOCAL standard_conforming_strings = on; " + scripts.script(version + 1));
      connection.commit();
    } catch (SQLException e) {
      connection.rollback();
      if (version(connection, schema) <= version) {
        throw e;
      } // else another migration created the tables at the same moment
    }
    return version(connection, schema);
  }

  /** Locks the journal's row, so that of two migrations the second finds what the first did. */
  private static int version(Connection connection, String schema) throws SQLException {
    try (PreparedStatement exists =
        connection.prepareStatement(
            "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_tables"
                + " WHERE schemaname = ? AND tablename = 'journal')")) {
      exists.setString(1, schema);
      try (ResultSet row = exists.executeQuery()) {
        row.next();
        if (!row.getBoolean(1)) {
          return 0;
        }
      }
    }
    try (Statement select = connection.createStatement();
        ResultSet row =
            select.executeQuery(
                "SELECT schema_version, min_writer FROM " + schema + ".journal FOR UPDATE")) {
      if (!row.next()) {
        throw new JournalUnusableException(
            "schema " + schema + " has lost the journal's own row; restore it from a backup");
      }
      if (row.getInt(2) > Migrations.VERSION) {
        throw new JournalUnusableException(
            "schema %s has version %s and this code has %s: upgrade it"
                .formatted(schema, row.getInt(1), Migrations.VERSION));
      }
      return row.getInt(1);
    }
  }

  private static void run(Connection connection, String script) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      boolean unused = statement.execute(script);
    }
  }
}
