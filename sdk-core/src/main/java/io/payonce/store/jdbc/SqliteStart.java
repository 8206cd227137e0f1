package io.payonce.store.jdbc;

import io.payonce.store.JournalUnusableException;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/** What a writing start does to a file. Only for the holder of the side lock. */
final class SqliteStart {
  /** Marks the file as ours in its header: "PayO". */
  private static final int APPLICATION_ID = 0x5061794f;

  private SqliteStart() {}

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
  static void start(SqliteConnection writer, Path journal, RandomGenerator random) {
    boolean unused =
        writer.write(
            s -> {
              if (isNew(s, journal)) {
                create(s, random);
              }
              Schema found = Schema.load(s);
              found.checkWritable(journal.toString());
              for (int next = found.version() + 1; next <= Migrations.VERSION; next++) {
                run(s, next);
              }
              Schema.countStart(s);
              new JournalWriter(s).endLeases();
              return true;
            },
            started -> started);
  }

  private static void create(Session session, RandomGenerator random) throws SQLException {
    run(session, 1);
    byte[] id = new byte[16];
    random.nextBytes(id);
    session.update(
        "INSERT INTO @journal (one, id, schema_version, min_reader, min_writer, incarnation)"
            + " VALUES (1, ?, 1, 1, 1, 0)",
        HexFormat.of().formatHex(id));
    session.execute("PRAGMA application_id = " + APPLICATION_ID);
  }

  private static void run(Session session, int version) throws SQLException {
    for (String statement : Migrations.sqlite().statements(version)) {
      session.execute(statement);
    }
  }

  private static long number(Session session, String sql) throws SQLException {
    try (ResultSet row = session.prepared(sql).executeQuery()) {
      return row.next() ? row.getLong(1) : 0;
    }
  }
}
