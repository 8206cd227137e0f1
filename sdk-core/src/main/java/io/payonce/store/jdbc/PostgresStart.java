package io.payonce.store.jdbc;

import io.payonce.store.JournalUnusableException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is asked of a server and of the own role before a journal is used. */
final class PostgresStart {
  private static final List<String> INSERT_ONLY =
      List.of("keys", "bindings", "broadcasts", "events", "orphans", "orphan_rulings");
  private static final Logger log = LoggerFactory.getLogger(PostgresStart.class);
  private static final int OLDEST_SERVER = 130_000;

  /** Without these, a commit that was confirmed can be gone after a crash. */
  private static final List<String> DURABLE =
      List.of("fsync", "full_page_writes", "synchronous_commit");

  /** Table and rights that a writer needs. */
  private static final List<Right> NEEDED = needed();

  /** Rights that a writer never needs, and that would let a hand undo what keeps money safe. */
  private static final List<Right> TOO_MANY = tooMany();

  /** Those of foreign keys too. */
  private static final String TRIGGERS_OFF =
      "SELECT c.relname FROM pg_catalog.pg_trigger t"
          + " JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid"
          + " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
          + " WHERE n.nspname = ? AND t.tgenabled IN ('D', 'R') ORDER BY c.relname LIMIT 1";

  private PostgresStart() {}

  private record Right(String table, String privilege) {}

  private static List<Right> needed() {
    List<Right> rights = new ArrayList<>();
    for (String table :
        List.of(
            "lanes",
            "transfers",
            "slots",
            "attempts",
            "fee_bookings",
            "fees_in_flight",
            "fee_windows",
            "requests",
            "streams",
            "sinks",
            "members")) {
      rights.add(new Right(table, "SELECT"));
      rights.add(new Right(table, "INSERT"));
      rights.add(new Right(table, "UPDATE"));
    }
    for (String table : INSERT_ONLY) {
      rights.add(new Right(table, "SELECT"));
      rights.add(new Right(table, "INSERT"));
    }
    rights.add(new Right("outbox", "SELECT"));
    rights.add(new Right("outbox", "INSERT"));
    rights.add(new Right("outbox", "DELETE"));
    rights.add(new Right("sinks", "DELETE"));
    rights.add(new Right("journal", "SELECT"));
    rights.add(new Right("journal", "UPDATE"));
    return rights;
  }

  private static List<Right> tooMany() {
    List<Right> rights = new ArrayList<>();
    for (String table : INSERT_ONLY) {
      rights.add(new Right(table, "UPDATE"));
    }
    for (String table :
        List.of(
            "keys",
            "bindings",
            "broadcasts",
            "events",
            "orphans",
            "orphan_rulings",
            "transfers",
            "slots",
            "attempts",
            "members")) {
      rights.add(new Right(table, "DELETE"));
      rights.add(new Right(table, "TRUNCATE"));
    }
    return rights;
  }

  /** Checks and counts one writing start. */
  static Schema start(Database database, String schema) {
    Schema found = database.read(s -> check(s, schema, true));
    boolean unused =
        database.write(
            s -> {
              Schema.countStart(s);
              return true;
            },
            counted -> counted);
    return found;
  }

  /** Checks for reading alone: any server that answers will do, a replica too. */
  static Schema startReadOnly(Database database, String schema) {
    return database.read(s -> check(s, schema, false));
  }

  private static Schema check(Session s, String schema, boolean writes) throws SQLException {
    checkVersion(s);
    if (writes) {
      checkServer(s);
    }
    if (!exists(s, schema)) {
      throw new JournalUnusableException(
          "there is no journal in schema "
              + schema
              + " of this database, or this role may not use the schema; the owner creates it with"
              + " JdbcTransferStore.migrate or the statements of JdbcTransferStore.ddl, and grants"
              + " it");
    }
    demand(s, schema, new Right("journal", "SELECT"));
    Schema found = Schema.load(s); // before the rights: another version has other tables
    if (writes) {
      found.checkWritable(schema);
    }
    found.checkReadable(schema);
    if (writes) {
      checkTriggers(s, schema);
      checkRights(s, schema);
    }
    return found;
  }

  private static void checkVersion(Session s) throws SQLException {
    int version = Integer.parseInt(setting(s, "server_version_num"));
    if (version < OLDEST_SERVER) {
      throw new JournalUnusableException(
          "the server has version "
              + setting(s, "server_version")
              + " and must have 13 or later: upgrade it");
    }
  }

  private static void checkServer(Session s) throws SQLException {
    for (String name : DURABLE) {
      if (setting(s, name).equals("off")) {
        throw new JournalUnusableException(
            name
                + " is off on this server or for this role: a payment that was confirmed could be"
                + " forgotten after a crash and be paid again; set it to on");
      }
    }
    if (flag(s, "SELECT pg_is_in_recovery()")) {
      throw new JournalUnusableException(
          "the server is in recovery mode: it is a replica or still starting; connect to the"
              + " primary");
    }
    if (setting(s, "default_transaction_read_only").equals("on")) {
      throw new JournalUnusableException(
          "default_transaction_read_only is on: this role or server is read-only; connect to where"
              + " it may write");
    }
  }

  /** They fill the outbox and keep the invariants: without them a commit would hold too little. */
  private static void checkTriggers(Session s, String schema) throws SQLException {
    if (setting(s, "session_replication_role").equals("replica")) {
      throw new JournalUnusableException(
          "session_replication_role is replica for this role or server, so that triggers do not run"
              + " and nothing reaches the outbox; set it to origin");
    }
    PreparedStatement off = s.bound(TRIGGERS_OFF, schema);
    try (ResultSet row = off.executeQuery()) {
      if (row.next()) {
        throw new JournalUnusableException(
            "a trigger of table %s.%s is disabled, so that what it keeps is not kept; its owner runs"
                    .formatted(schema, row.getString(1))
                + " ALTER TABLE ... ENABLE TRIGGER ALL");
      }
    }
  }

  private static void checkRights(Session s, String schema) throws SQLException {
    for (Right right : NEEDED) {
      demand(s, schema, right);
    }
    if (!flag(s, "SELECT has_sequence_privilege(?, 'USAGE')", schema + ".transfer_ids")) {
      throw missing("USAGE on sequence " + schema + ".transfer_ids");
    }
    for (Right right : TOO_MANY) {
      if (has(s, schema, right)) {
        log.warn(
            "the journal's role has {} on {}.{}, which it does not need: connect with a role that"
                + " has payonce_app only",
            right.privilege(),
            schema,
            right.table());
        return; // one is enough to show that it is not the role that was meant
      }
    }
    if (flag(s, "SELECT has_schema_privilege(?, 'CREATE')", schema)) {
      log.warn("the journal's role has CREATE on schema {}, which it does not need", schema);
    }
  }

  private static void demand(Session s, String schema, Right right) throws SQLException {
    if (!has(s, schema, right)) {
      throw missing(right.privilege() + " on " + schema + "." + right.table());
    }
  }

  private static JournalUnusableException missing(String right) {
    return new JournalUnusableException(
        "this role lacks "
            + right
            + "; grant it, or the role payonce_app (grants of"
            + " JdbcTransferStore.ddl)");
  }

  private static boolean has(Session s, String schema, Right right) throws SQLException {
    return flag(
        s, "SELECT has_table_privilege(?, ?)", schema + "." + right.table(), right.privilege());
  }

  /** Asks the catalogue, which answers also when nothing is there. */
  private static boolean exists(Session s, String schema) throws SQLException {
    return flag(
        s,
        "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_class c"
            + " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            + " WHERE n.nspname = ? AND c.relname = 'journal'"
            + " AND has_schema_privilege(n.oid, 'USAGE'))",
        schema);
  }

  private static String setting(Session s, String name) throws SQLException {
    PreparedStatement select = s.bound("SELECT current_setting(?)", name);
    try (ResultSet row = select.executeQuery()) {
      row.next();
      return row.getString(1);
    }
  }

  private static boolean flag(Session s, String sql, Object... values) throws SQLException {
    try (ResultSet row = s.bound(sql, values).executeQuery()) {
      row.next();
      return row.getBoolean(1);
    }
  }
}
