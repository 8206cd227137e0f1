package io.payonce.store.jdbc;

import io.payonce.store.JournalUnusableException;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

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
  /** Marks the file as ours in its header: "PayO". */
  static final int APPLICATION_ID = 0x5061794f;

  private static final String SELECT =
      "SELECT id, schema_version, min_reader, min_writer, incarnation FROM journal";

  /** Whether the file is still empty; throws when it belongs to something else. */
  static boolean isNew(Session session, Path journal) throws SQLException {
    if (number(session, "PRAGMA application_id") == APPLICATION_ID) {
      return false;
    }
    if (number(session, "SELECT count(*) FROM sqlite_schema") == 0) {
      return true;
    }
    throw new JournalUnusableException(
        journal + " is a SQLite database of something else; name another file for the journal");
  }

  /**
   * Creates the journal, or checks it and brings it to this code's schema, and counts one more
   * writing start. One transaction: a process that dies in it leaves the journal as it was.
   *
   * <p>It also ends every lease: the side lock says that no other process writes, so the owners of
   * earlier ones are gone, and a restart need not wait for a lease of its own past.
   */
  static Schema start(Session session, Path journal, RandomGenerator random) {
    return session.write(
        s -> {
          if (isNew(s, journal)) {
            create(s, random);
          }
          Schema found = load(s);
          found.checkWritable(journal);
          for (int next = found.version + 1; next <= Migrations.VERSION; next++) {
            migrate(s, next);
          }
          s.execute("UPDATE journal SET incarnation = incarnation + 1");
          new JournalWriter(s).endLeases();
          return load(s);
        },
        schema -> true);
  }

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

  boolean isOlderThanCode() {
    return version < Migrations.VERSION;
  }

  void checkReadable(Path journal) {
    if (minReader > Migrations.VERSION) {
      throw tooNew(journal, "read", minReader);
    }
    if (isOlderThanCode()) {
      throw new JournalUnusableException(
          "journal %s has schema %d and this code reads schema %d; start its writer once, which migrates it"
              .formatted(journal, version, Migrations.VERSION));
    }
  }

  void checkWritable(Path journal) {
    if (minWriter > Migrations.VERSION) {
      throw tooNew(journal, "written", minWriter);
    }
  }

  private static void create(Session session, RandomGenerator random) throws SQLException {
    migrate(session, 1);
    byte[] id = new byte[16];
    random.nextBytes(id);
    PreparedStatement insert =
        session.prepared(
            "INSERT INTO journal (one, id, schema_version, min_reader, min_writer, incarnation)"
                + " VALUES (1, ?, 1, 1, 1, 0)");
    insert.setString(1, HexFormat.of().formatHex(id));
    insert.executeUpdate();
    session.execute("PRAGMA application_id = " + APPLICATION_ID);
  }

  private static void migrate(Session session, int version) throws SQLException {
    for (String statement : Migrations.sqlite().statements(version)) {
      session.execute(statement);
    }
  }

  private JournalUnusableException tooNew(Path journal, String verb, int needed) {
    return new JournalUnusableException(
        "journal %s has schema %d and is %s by code of schema %d or later; this code has %d: upgrade it"
            .formatted(journal, version, verb, needed, Migrations.VERSION));
  }

  private static long number(Session session, String sql) throws SQLException {
    try (ResultSet row = session.prepared(sql).executeQuery()) {
      return row.next() ? row.getLong(1) : 0;
    }
  }
}
