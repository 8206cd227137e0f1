package io.payonce.store.jdbc;

import io.payonce.store.JournalUnusableException;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * The one row that says where a journal stands.
 *
 * @param id random name of the journal
 * @param version of its schema
 * @param minReader the lowest schema version whose code may read it
 * @param minWriter the lowest whose code may write it
 * @param incarnation how often a writer started
 */
record Schema(String id, int version, int minReader, int minWriter, long incarnation) {
  private static final String SELECT =
      "SELECT id, schema_version, min_reader, min_writer, incarnation FROM @journal";

  static Schema load(Session session) throws SQLException {
    try (ResultSet row = session.prepared(SELECT).executeQuery()) {
      if (!row.next()) {
        throw new JournalUnusableException(
            "the journal has lost its own row; restore it from a backup");
      }
      return new Schema(
          row.getString(1), row.getInt(2), row.getInt(3), row.getInt(4), row.getLong(5));
    }
  }

  static void countStart(Session session) throws SQLException {
    int unused = session.update("UPDATE @journal SET incarnation = incarnation + 1");
  }

  boolean isOlderThanCode() {
    return version < Migrations.VERSION;
  }

  /** Throws unless this code may read the journal of this name as it is. */
  void checkReadable(String journal) {
    if (minReader > Migrations.VERSION) {
      throw tooNew(journal, "read", minReader);
    }
    if (isOlderThanCode()) {
      throw new JournalUnusableException(
          "journal %s has schema %s and this code needs schema %s; start its writer once, which migrates it (on PostgreSQL the owner does: JdbcTransferStore.migrate)"
              .formatted(journal, version, Migrations.VERSION));
    }
  }

  /** Throws when this code is too old to write the journal of this name. */
  void checkWritable(String journal) {
    if (minWriter > Migrations.VERSION) {
      throw tooNew(journal, "written", minWriter);
    }
  }

  private JournalUnusableException tooNew(String journal, String verb, int needed) {
    return new JournalUnusableException(
        "journal %s has schema %s and is %s by code of schema %s or later; this code has %s: upgrade it"
            .formatted(journal, version, verb, needed, Migrations.VERSION));
  }
}
