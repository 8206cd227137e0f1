package io.payonce.store.jdbc;

import static io.payonce.testing.JournalScript.AT;
import static io.payonce.testing.JournalScript.LANE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.IdempotencyKey;
import io.payonce.store.JournalUnusableException;
import io.payonce.store.Lease;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferFilter;
import io.payonce.testing.JournalScript;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A journal that code of schema 1 wrote, under the code of today. */
final class SqliteMigrationTest {
  @TempDir private Path directory;
  private Path journal;
  private Object before;

  /** Written by today's code, then taken back to schema 1 word for word. */
  @BeforeEach
  void writeSchema1() throws Exception {
    journal = directory.resolve("journal.db");
    try (JdbcTransferStore store = JdbcTransferStore.open(journal, JournalOptions.defaults())) {
      JournalScript lane = JournalScript.on(store);
      lane.paid("paid");
      lane.exposed("exposed");
      lane.ready("ready");
      lane.accept("accepted");
      before = lane.everything();
    }
    try (Connection connection = connect(journal);
        Statement statement = connection.createStatement()) {
      undoSchema11(statement);
      undoSchema10(statement);
      undoSchema9(statement);
      undoSchema8(statement);
      undoSchema7(statement);
      undoSchema6(statement);
      undoSchema5(statement);
      undoSchema4(statement);
      statement.execute("DROP TABLE requests");
      statement.execute("DROP INDEX transfers_unnoticed");
      statement.execute("ALTER TABLE transfers DROP COLUMN noticed");
      statement.execute("ALTER TABLE lanes DROP COLUMN lease_expires_at");
      statement.execute("ALTER TABLE lanes DROP COLUMN lease_owner");
      statement.execute("UPDATE journal SET schema_version = 1");
    }
    assertThat(columns(journal)).isEqualTo(columnsOfScript1());
  }

  private static void undoSchema6(Statement statement) throws SQLException {
    statement.execute("DROP TRIGGER transfers_have_metadata");
    statement.execute("DROP TABLE metadata_entries");
    for (String index :
        List.of("transfers_by_payee", "transfers_by_lane", "keys_by_tenant", "keys_by_time")) {
      statement.execute("DROP INDEX " + index);
    }
  }

  private static void undoSchema11(Statement statement) throws SQLException {
    statement.execute("DROP INDEX attempts_archived_once");
    statement.execute("DROP TRIGGER attempts_are_archived_once");
    putBack(statement, List.of("attempts_keep_their_bytes")); // which names the column
    statement.execute("ALTER TABLE attempts DROP COLUMN archived_hash");
    statement.execute("ALTER TABLE lanes DROP COLUMN archived_below");
  }

  /** The keys stay as they are: their columns are the same. */
  private static void undoSchema10(Statement statement) throws SQLException {
    statement.execute("DROP TABLE members");
    statement.execute("DROP TRIGGER groups_never_change");
    for (String column : List.of("payout_proof", "payout_gas", "payout_data")) {
      statement.execute("ALTER TABLE transfers DROP COLUMN " + column);
    }
  }

  private static void undoSchema9(Statement statement) throws SQLException {
    statement.execute("DROP INDEX slots_reserved_once");
    for (String trigger :
        List.of("slots_keep_their_host", "bindings_respect_hosts", "attempts_stay_the_hosts")) {
      statement.execute("DROP TRIGGER " + trigger);
    }
    putBack(statement, List.of("attempts_fit"));
    statement.execute("ALTER TABLE attempts DROP COLUMN host");
    for (String column :
        List.of(
            "host", "exposed_by", "reserved_until", "reserved_for", "reserved_by", "reserved_as")) {
      statement.execute("ALTER TABLE slots DROP COLUMN " + column);
    }
  }

  private static void undoSchema8(Statement statement) throws SQLException {
    statement.execute("DROP TRIGGER acceptance_reaches_the_outbox");
    statement.execute("DROP TRIGGER transition_reaches_the_outbox");
    statement.execute("DROP TABLE outbox");
    statement.execute("DROP TABLE sinks");
  }

  private static void undoSchema7(Statement statement) throws SQLException {
    statement.execute("DROP TRIGGER transfers_end_again");
    putBack(
        statement,
        List.of("transfers_end", "slots_keep_their_purpose", "attempts_keep_their_bytes"));
  }

  /** Triggers as the first script made them. */
  private static void putBack(Statement statement, List<String> triggers) throws SQLException {
    for (String trigger : triggers) {
      statement.execute("DROP TRIGGER " + trigger);
      for (String each : Migrations.sqlite().statements(1)) {
        if (each.contains("CREATE TRIGGER " + trigger + " ")) {
          statement.execute(each);
        }
      }
    }
  }

  private static void undoSchema5(Statement statement) throws SQLException {
    for (String index : List.of("transfers_due", "transfers_expiring", "transfers_waiting")) {
      statement.execute("DROP INDEX " + index);
    }
    statement.execute("DROP TRIGGER transfers_keep_their_wallet");
    statement.execute("DROP TRIGGER transfers_keep_their_request");
    for (String column :
        List.of("cancel_at_deadline", "deadline", "not_before", "max_fee", "priority", "pool")) {
      statement.execute("ALTER TABLE transfers DROP COLUMN " + column);
    }
    for (String column : List.of("offer", "paused")) {
      statement.execute("ALTER TABLE lanes DROP COLUMN " + column);
    }
    for (String each : Migrations.sqlite().statements(1)) {
      if (each.contains("CREATE TRIGGER transfers_keep_their_request ")
          || each.contains("CREATE INDEX transfers_waiting ")) {
        statement.execute(each);
      }
    }
  }

  private static void undoSchema4(Statement statement) throws SQLException {
    statement.execute("DROP TRIGGER bindings_are_no_duplicates");
    statement.execute("DROP TABLE orphan_rulings");
    statement.execute("DROP TABLE orphans");
    putBack(statement, List.of("bindings_fit"));
    statement.execute("ALTER TABLE slots DROP COLUMN foreign_by");
    statement.execute("UPDATE journal SET min_writer = 1");
  }

  @Test
  void a_start_migrates_and_keeps_everything() throws Exception {
    try (JdbcTransferStore store = JdbcTransferStore.open(journal, JournalOptions.defaults())) {
      assertThat(JournalScript.everything(store)).isEqualTo(before);
      assertThat(store.incarnation()).isEqualTo(2);
      assertThat(store.verifyChain().isIntact()).isTrue();
      JournalScript lane = JournalScript.on(store);
      assertThat(store.lane(LANE).orElseThrow().leaseOwner()).isPresent();
      StoredTransfer ready = store.find(IdempotencyKey.of("ready")).orElseThrow();
      lane.bind(ready.id());
      TransferFilter order = TransferFilter.all().withMetadata("order", "paid");
      assertThat(store.list(order, Optional.empty(), 9))
          .extracting(StoredTransfer::key)
          .containsExactly(IdempotencyKey.of("paid"));
      // What schema 1 held is found by loading the lane; only what comes now is an arrival.
      assertThat(store.noticeArrivals(LANE, lane.epoch(), 10, AT)).isEmpty();
    }
    assertThat(number(journal, "SELECT schema_version FROM journal")).isEqualTo(Migrations.VERSION);
  }

  @Test
  void the_old_file_is_kept_as_it_was() throws Exception {
    JdbcTransferStore.open(journal, JournalOptions.defaults()).close();
    Path copy = Path.of(journal + ".schema-1");
    assertThat(number(copy, "SELECT schema_version FROM journal")).isEqualTo(1);
    assertThat(number(copy, "SELECT count(*) FROM transfers")).isEqualTo(4);
    assertThat(Path.of(copy + ".unfinished")).doesNotExist();
    JdbcTransferStore.open(copy, JournalOptions.defaults()).close();
  }

  @Test
  void a_start_that_was_killed_while_it_copied_begins_again() throws Exception {
    Files.writeString(Path.of(journal + ".schema-1.unfinished"), "half a copy");
    Files.writeString(Path.of(journal + ".schema-1"), "a copy of an earlier start");
    try (JdbcTransferStore store = JdbcTransferStore.open(journal, JournalOptions.defaults())) {
      assertThat(JournalScript.everything(store)).isEqualTo(before);
    }
    assertThat(number(Path.of(journal + ".schema-1"), "SELECT schema_version FROM journal"))
        .isEqualTo(1);
  }

  @Test
  void a_start_that_was_killed_after_any_statement_left_schema_1_and_the_next_one_migrates()
      throws Exception {
    List<String> statements = new ArrayList<>();
    for (int version = 2; version <= Migrations.VERSION; version++) {
      statements.addAll(Migrations.sqlite().statements(version));
    }
    for (int done = 0; done <= statements.size(); done++) {
      Path crashed = directory.resolve("crashed-" + done + ".db");
      try (Connection connection = connect(journal);
          Statement statement = connection.createStatement()) {
        statement.execute("PRAGMA cache_spill = 1");
        statement.execute("PRAGMA cache_size = 1");
        statement.execute("BEGIN IMMEDIATE");
        for (String each : statements.subList(0, done)) {
          statement.execute(each);
        }
        // What the disk holds when the process dies here: file and log, without a commit record.
        Files.copy(journal, crashed);
        Files.copy(Path.of(journal + "-wal"), Path.of(crashed + "-wal"));
        statement.execute("ROLLBACK");
      }
      assertThatThrownBy(
              () -> JdbcTransferStore.openReadOnly(crashed, JournalOptions.defaults()).close())
          .isInstanceOf(JournalUnusableException.class)
          .hasMessageContaining("schema 1");
      try (JdbcTransferStore store = JdbcTransferStore.open(crashed, JournalOptions.defaults())) {
        assertThat(JournalScript.everything(store)).isEqualTo(before);
        assertThat(store.verifyChain().isIntact()).isTrue();
      }
    }
  }

  @Test
  void a_reading_tool_migrates_nothing_and_says_who_does() throws Exception {
    assertThatThrownBy(() -> JdbcTransferStore.openReadOnly(journal, JournalOptions.defaults()))
        .isInstanceOf(JournalUnusableException.class)
        .hasMessageContaining("schema 1")
        .hasMessageContaining("schema " + Migrations.VERSION)
        .hasMessageContaining("start its writer once");
    assertThat(columns(journal)).isEqualTo(columnsOfScript1());
  }

  @Test
  void a_restart_does_not_wait_for_the_lease_of_the_process_before_it() {
    JdbcTransferStore first = JdbcTransferStore.open(journal, JournalOptions.defaults());
    long epoch = JournalScript.on(first).epoch();
    first.close(); // and not released, as after a crash
    try (JdbcTransferStore second = JdbcTransferStore.open(journal, JournalOptions.defaults())) {
      assertThat(second.lane(LANE).orElseThrow().leaseOwner()).isEmpty();
      assertThat(second.takeLane(LANE, lease("next"), AT).orElseThrow().epoch())
          .isGreaterThan(epoch);
    }
  }

  private static Lease lease(String owner) {
    return new Lease(owner, JournalScript.LEASE.duration());
  }

  private List<String> columnsOfScript1() throws SQLException {
    Path fresh = directory.resolve("script1.db");
    if (!Files.exists(fresh)) {
      try (Connection connection = connect(fresh);
          Statement statement = connection.createStatement()) {
        for (String each : Migrations.sqlite().statements(1)) {
          statement.execute(each);
        }
      }
    }
    return columns(fresh);
  }

  private static List<String> columns(Path file) throws SQLException {
    return rows(
        file,
        "SELECT m.type || ' ' || m.name || ' ' || coalesce(group_concat(c.name || c.type), '')"
            + " FROM sqlite_schema m LEFT JOIN pragma_table_info(m.name) c WHERE m.name <> 'sqlite_sequence' GROUP BY m.type, m.name"
            + " ORDER BY m.type, m.name");
  }

  private static long number(Path file, String sql) throws SQLException {
    return Long.parseLong(rows(file, sql).get(0));
  }

  private static List<String> rows(Path file, String sql) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Connection connection = connect(file);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        rows.add(Optional.ofNullable(row.getString(1)).orElse(""));
      }
    }
    return rows;
  }

  private static Connection connect(Path file) throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + file);
  }
}
