package io.payonce.store.jdbc;

import io.payonce.store.JournalUnusableException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The numbered, forward-only migrations and the one row that says where a journal stands.
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

  private static final List<String> MIGRATIONS = List.of("V1__journal.sql");

  /** What this code writes. */
  static final int VERSION = MIGRATIONS.size();

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

  /** Creates the journal or checks it, and counts one more writing start. One transaction. */
  static Schema start(Session session, Path journal, RandomGenerator random) {
    return session.write(
        s -> {
          if (isNew(s, journal)) {
            create(s, random);
          }
          Schema schema = load(s);
          schema.checkWritable(journal);
          s.execute("UPDATE journal SET incarnation = incarnation + 1");
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

  void checkReadable(Path journal) {
    if (minReader > VERSION) {
      throw tooNew(journal, "read", minReader);
    }
  }

  private void checkWritable(Path journal) {
    if (minWriter > VERSION) {
      throw tooNew(journal, "written", minWriter);
    }
  }

  /** The statements of every migration, for people and their tools. */
  static String ddl() {
    StringBuilder all = new StringBuilder();
    MIGRATIONS.forEach(name -> all.append(script(name)));
    return all.toString();
  }

  private static void create(Session session, RandomGenerator random) throws SQLException {
    for (String migration : MIGRATIONS) {
      for (String statement : statements(script(migration))) {
        session.execute(statement);
      }
    }
    byte[] id = new byte[16];
    random.nextBytes(id);
    PreparedStatement insert =
        session.prepared(
            "INSERT INTO journal (one, id, schema_version, min_reader, min_writer, incarnation)"
                + " VALUES (1, ?, ?, ?, ?, 0)");
    insert.setString(1, HexFormat.of().formatHex(id));
    insert.setInt(2, VERSION);
    insert.setInt(3, 1);
    insert.setInt(4, 1);
    insert.executeUpdate();
    session.execute("PRAGMA application_id = " + APPLICATION_ID);
  }

  private JournalUnusableException tooNew(Path journal, String verb, int needed) {
    return new JournalUnusableException(
        "journal %s has schema %d and is %s by code of schema %d or later; this code has %d: upgrade it"
            .formatted(journal, version, verb, needed, VERSION));
  }

  private static List<String> statements(String script) {
    List<String> statements = new ArrayList<>();
    for (String part : script.split(";\n\n", -1)) {
      if (!part.isBlank()) {
        statements.add(part);
      }
    }
    return statements;
  }

  private static String script(String name) {
    try (InputStream in = Schema.class.getResourceAsStream("sqlite/" + name)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks sqlite/" + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long number(Session session, String sql) throws SQLException {
    try (ResultSet row = session.prepared(sql).executeQuery()) {
      return row.next() ? row.getLong(1) : 0;
    }
  }
}
