package io.payonce.store.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The numbered, forward-only scripts of one dialect: plain SQL in the jar. Script n takes a journal
 * from schema n - 1 to schema n; its last statement says so in the journal's own row, together with
 * the lowest versions that may still read and write.
 */
final class Migrations {
  /** The same steps in every dialect, so that one number means one thing. */
  private static final List<String> SCRIPTS =
      List.of(
          "V1__journal.sql",
          "V2__leases.sql",
          "V3__requests.sql",
          "V4__recovery.sql",
          "V5__pools.sql",
          "V6__lists.sql",
          "V7__finality.sql",
          "V8__outbox.sql",
          "V9__reservations.sql",
          "V10__groups.sql",
          "V11__archive.sql");

  /** The schema that this code writes. */
  static final int VERSION = SCRIPTS.size();

  private final String folder;
  private final String schema;

  private Migrations(String folder, String schema) {
    this.folder = folder;
    this.schema = schema;
  }

  static Migrations sqlite() {
    return new Migrations("sqlite", JournalOptions.DEFAULT_SCHEMA);
  }

  static Migrations postgresql(String schema) {
    return new Migrations("postgresql", schema);
  }

  /** All scripts one after the other, as they are. */
  String ddl() {
    StringBuilder all = new StringBuilder();
    SCRIPTS.forEach(name -> all.append(script(name)));
    return all.toString();
  }

  /**
   * The statements of one script.
   *
   * @param version the schema that it leads to, 1 or more
   */
  List<String> statements(int version) {
    List<String> statements = new ArrayList<>();
    for (String part : script(SCRIPTS.get(version - 1)).split(";\n\n", -1)) {
      if (!part.isBlank()) {
        statements.add(part);
      }
    }
    return statements;
  }

  /** The script that leads to this schema, as it is. */
  String script(int version) {
    return script(SCRIPTS.get(version - 1));
  }

  /** A script of this dialect. */
  String script(String name) {
    String path = folder + "/" + name;
    try (InputStream in = Migrations.class.getResourceAsStream(path)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks " + path);
      }
      String sql = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return sql.replace(JournalOptions.DEFAULT_SCHEMA + ".", schema + ".")
          .replace("SCHEMA " + JournalOptions.DEFAULT_SCHEMA, "SCHEMA " + schema)
          .replace("'" + JournalOptions.DEFAULT_SCHEMA + "'", "'" + schema + "'");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
