package io.payonce.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.store.JournalUnusableException;
import io.payonce.store.jdbc.PostgresTestServer.TestDatabase;
import io.payonce.testing.JournalScript;
import io.payonce.testing.PostgresServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a start refuses: servers that could forget, and roles that could not write. */
final class PostgresStartTest {
  private static PostgresServer server;
  private static TestDatabase database;

  @BeforeAll
  static void start() {
    server = PostgresTestServer.own();
    database = new TestDatabase(server, "payonce");
    database.open().close();
  }

  @AfterAll
  static void stop() throws IOException {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void a_server_that_could_forget_what_it_confirmed_is_refused_by_the_name_of_the_setting() {
    for (String setting : List.of("fsync", "full_page_writes", "synchronous_commit")) {
      set(setting, "off");
      assertRefused(setting + " is off");
      assertReadable();
      set(setting, "on");
      assertWritable();
    }
  }

  @Test
  void a_role_or_server_that_is_read_only_is_refused() {
    String role = "ALTER ROLE " + TestDatabase.APP;
    database.sql(role + " SET default_transaction_read_only = on");
    assertRefused("default_transaction_read_only is on");
    assertReadable();
    database.sql(role + " RESET default_transaction_read_only");
    database.sql(role + " SET synchronous_commit = off");
    assertRefused("synchronous_commit is off");
    database.sql(role + " RESET synchronous_commit");
    assertWritable();
  }

  @Test
  void a_journal_whose_triggers_do_not_run_is_refused() {
    String role = "ALTER ROLE " + TestDatabase.APP;
    database.sql(role + " SET session_replication_role = replica");
    assertRefused("session_replication_role is replica");
    assertReadable();
    database.sql(role + " SET session_replication_role = local"); // they run
    assertWritable();
    database.sql(role + " RESET session_replication_role");
    for (String off : List.of("DISABLE TRIGGER USER", "DISABLE TRIGGER ALL")) {
      database.sql("ALTER TABLE payonce.transfers " + off);
      assertRefused("a trigger of table payonce.transfers is disabled");
      assertReadable();
      database.sql("ALTER TABLE payonce.transfers ENABLE TRIGGER ALL");
    }
    database.sql("ALTER TABLE payonce.bindings ENABLE REPLICA TRIGGER fit");
    assertRefused("a trigger of table payonce.bindings is disabled");
    database.sql("ALTER TABLE payonce.bindings ENABLE TRIGGER fit");
    assertWritable();
  }

  @Test
  void a_replica_is_refused_to_write_and_good_to_read() throws Exception {
    Object before;
    try (JdbcTransferStore store = database.open()) {
      JournalScript.on(store).paid("replicated");
      before = JournalScript.everything(store);
    }
    server.stop();
    server.startAsReplica();
    try {
      assertRefused("in recovery mode");
      try (JdbcTransferStore reader =
          JdbcTransferStore.openReadOnly(database.url(), database.options())) {
        assertThat(JournalScript.everything(reader)).isEqualTo(before);
        assertThat(reader.verifyChain().isIntact()).isTrue();
      }
    } finally {
      server.stop();
      server.start();
    }
    assertWritable();
  }

  @Test
  void each_right_that_is_missing_is_named() {
    List<String> rights = new ArrayList<>();
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
            "streams")) {
      for (String privilege : List.of("SELECT", "INSERT", "UPDATE")) {
        rights.add(privilege + " ON payonce." + table);
      }
    }
    for (String table :
        List.of("keys", "bindings", "broadcasts", "events", "orphans", "orphan_rulings")) {
      rights.add("SELECT ON payonce." + table);
      rights.add("INSERT ON payonce." + table);
    }
    rights.add("SELECT ON payonce.journal");
    rights.add("UPDATE ON payonce.journal");
    rights.add("USAGE ON SEQUENCE payonce.transfer_ids");
    for (String right : rights) {
      database.sql("REVOKE " + right + " FROM payonce_app");
      assertUnusable("lacks " + right.replace(" ON ", " on ").replace("SEQUENCE", "sequence"));
      database.sql("GRANT " + right + " TO payonce_app");
    }
    assertWritable();
  }

  @Test
  void a_server_that_is_away_and_a_login_that_is_unknown_are_refused_in_a_sentence() {
    assertThatThrownBy(
            () ->
                JdbcTransferStore.open(
                    database.url(), database.options().withLogin("nobody-here", "s3cret")))
        .isInstanceOf(JournalUnusableException.class)
        .hasMessageContaining("check server, database and role")
        .hasMessageNotContaining("s3cret");
    assertThatThrownBy(
            () ->
                JdbcTransferStore.open(
                    "jdbc:postgresql://127.0.0.1:1/postgres", database.options()))
        .isInstanceOf(JournalUnusableException.class)
        .hasMessageContaining("check server, database and role");
  }

  /** For the whole server; a reload reaches a session a moment later. */
  private static void set(String setting, String value) {
    database.sql("ALTER SYSTEM SET " + setting + " = " + value);
    database.sql("SELECT pg_reload_conf()");
    database.await("SELECT current_setting('" + setting + "') = '" + value + "'");
  }

  private static void assertRefused(String says) {
    String starts = database.text("SELECT incarnation FROM @journal");
    assertUnusable(says);
    assertThat(database.text("SELECT incarnation FROM @journal")).isEqualTo(starts);
  }

  private static void assertUnusable(String says) {
    assertThatThrownBy(() -> JdbcTransferStore.open(database.url(), database.options()))
        .isInstanceOf(JournalUnusableException.class)
        .hasMessageContaining(says);
  }

  private static void assertReadable() {
    JdbcTransferStore.openReadOnly(database.url(), database.options()).close();
  }

  private static void assertWritable() {
    JdbcTransferStore.open(database.url(), database.options()).close();
  }
}
