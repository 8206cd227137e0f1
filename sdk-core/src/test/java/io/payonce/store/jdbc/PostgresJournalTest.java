package io.payonce.store.jdbc;

import static io.payonce.testing.JournalScript.AT;
import static io.payonce.testing.JournalScript.LANE;
import static io.payonce.testing.JournalScript.LEASE;
import static io.payonce.testing.JournalScript.intake;
import static io.payonce.testing.JournalScript.payment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.IdempotencyKey;
import io.payonce.TransferId;
import io.payonce.store.CommitResult;
import io.payonce.store.JournalUnusableException;
import io.payonce.store.Lease;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoreUnavailableException.Outcome;
import io.payonce.store.TransferState;
import io.payonce.store.jdbc.PostgresTestServer.TestDatabase;
import io.payonce.testing.JournalScript;
import io.payonce.testing.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the contract cannot ask of every store: the server, its roles, and several instances. */
@ExtendWith(PostgresTestServer.class)
final class PostgresJournalTest {
  private final TestDatabase database;

  PostgresJournalTest(TestDatabase database) {
    this.database = database;
  }

  @Test
  void the_server_of_these_tests_keeps_what_it_confirms() {
    for (String setting : List.of("fsync", "full_page_writes", "synchronous_commit")) {
      assertThat(database.text("SHOW " + setting)).as(setting).isEqualTo("on");
    }
  }

  @Test
  void a_database_without_a_journal_is_refused_and_says_who_creates_it() {
    assertUnusable(() -> JdbcTransferStore.open(database.url(), database.options()), "migrate");
    assertThat(
            database.text(
                "SELECT count(*) FROM pg_namespace WHERE nspname = '" + database.schema() + "'"))
        .isEqualTo("0");
  }

  @Test
  void each_instance_counts_as_a_start_and_a_reader_does_not() {
    try (JdbcTransferStore first = database.open();
        JdbcTransferStore second = database.open();
        JdbcTransferStore tool =
            JdbcTransferStore.openReadOnly(database.url(), database.options())) {
      assertThat(second.incarnation()).isEqualTo(2);
      assertThat(tool.journalId()).matches("[0-9a-f]{32}").isEqualTo(first.journalId());
      assertThat(tool.incarnation()).isEqualTo(2);
      assertThatThrownBy(() -> tool.accept(intake(IdempotencyKey.of("k"), payment(1)), AT))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("read-only");
    }
  }

  @Test
  void of_two_instances_the_one_whose_epoch_passed_writes_nothing() {
    try (JdbcTransferStore first = database.open();
        JdbcTransferStore second = database.open()) {
      JournalScript former = JournalScript.on(first);
      TransferId id = former.ready("k");
      assertThat(second.takeLane(LANE, new Lease("other", LEASE.duration()), AT)).isEmpty();
      first.releaseLane(LANE, former.epoch());
      long epoch =
          second.takeLane(LANE, new Lease("other", LEASE.duration()), AT).orElseThrow().epoch();
      assertThat(former.commit(JournalScript.move(id, TransferState.READY, TransferState.HELD)))
          .isEqualTo(new CommitResult.StaleEpoch());
      assertThat(first.renewLane(LANE, former.epoch(), LEASE, Optional.empty())).isFalse();
      assertThat(
              second.commit(
                  LANE,
                  epoch,
                  List.of(JournalScript.move(id, TransferState.READY, TransferState.HELD)),
                  AT))
          .isEqualTo(new CommitResult.Applied());
      assertThat(first.verifyChain().isIntact()).isTrue();
    }
  }

  @Test
  void what_one_instance_accepts_the_owner_of_the_lane_notices_at_the_other() {
    try (JdbcTransferStore owner = database.open();
        JdbcTransferStore other = database.open()) {
      JournalScript lane = JournalScript.on(owner);
      other.accept(intake(IdempotencyKey.of("k"), payment(1)), AT);
      assertThat(owner.noticeArrivals(LANE, lane.epoch(), 10, AT))
          .extracting(t -> t.key().value())
          .containsExactly("k");
      assertThat(owner.noticeArrivals(LANE, lane.epoch(), 10, AT)).isEmpty();
    }
  }

  @Test
  void a_held_lane_is_waited_for_no_longer_than_the_patience_and_nothing_is_applied()
      throws SQLException {
    JournalOptions impatient = database.options().withBusyTimeout(Duration.ofMillis(200));
    try (JdbcTransferStore store = database.open();
        JdbcTransferStore hasty = JdbcTransferStore.open(database.url(), impatient);
        Connection other = database.connect(TestDatabase.APP);
        Statement statement = other.createStatement()) {
      JournalScript.on(store);
      other.setAutoCommit(false);
      statement.execute("SELECT 1 FROM " + database.schema() + ".lanes FOR UPDATE");
      assertThatThrownBy(() -> hasty.takeLane(LANE, LEASE, AT))
          .isInstanceOfSatisfying(
              StoreUnavailableException.class,
              e -> assertThat(e.outcome()).isEqualTo(Outcome.NOT_APPLIED))
          .hasMessageContaining("lock timeout");
      other.rollback();
      assertThat(hasty.takeLane(LANE, LEASE, AT)).isPresent();
    }
  }

  /**
   * The server ends whoever finds the circle, after waiting for a second. Here that is the store,
   * however slow the machine: the other one waits first, and looks for no circle.
   */
  @Test
  void a_transaction_that_is_the_victim_of_a_deadlock_is_run_again() throws Exception {
    database.migrate();
    JournalOptions patient = database.options().withBusyTimeout(Duration.ofSeconds(60));
    String lanes = "SELECT 1 FROM " + database.schema() + ".lanes FOR UPDATE";
    // Of its own: the common pool may have one thread, and both of these wait.
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (JdbcTransferStore store = JdbcTransferStore.open(database.url(), patient);
        Connection gate = database.connect(PostgresServer.ADMIN);
        Connection other = database.connect(PostgresServer.ADMIN);
        Statement holds = gate.createStatement();
        Statement statement = other.createStatement()) {
      JournalScript lane = JournalScript.on(store);
      TransferId id = lane.ready("k");
      gate.setAutoCommit(false);
      other.setAutoCommit(false);
      statement.execute("SET deadlock_timeout = '1h'");
      statement.execute("SELECT 1 FROM " + database.schema() + ".streams WHERE id > 0 FOR UPDATE");
      holds.execute(lanes);
      CompletableFuture<CommitResult> moving =
          CompletableFuture.supplyAsync(
              () -> lane.commit(JournalScript.move(id, TransferState.READY, TransferState.HELD)),
              threads);
      database.awaitWaiting(1);
      CompletableFuture<Boolean> getsTheLane =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return statement.execute(lanes);
                } catch (SQLException victim) {
                  throw new IllegalStateException(victim);
                }
              },
              threads);
      database.awaitWaiting(2);
      gate.rollback(); // the store has the lane and wants the stream; the other, the other way
      // round
      assertThat(getsTheLane.get(60, TimeUnit.SECONDS)).isTrue();
      assertThat(moving).isNotDone();
      other.rollback();
      assertThat(moving.get(60, TimeUnit.SECONDS)).isEqualTo(new CommitResult.Applied());
      assertThat(store.find(id).orElseThrow().state()).isEqualTo(TransferState.HELD);
      assertThat(store.verifyChain().isIntact()).isTrue();
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void nothing_of_a_session_is_left_on_a_connection_of_the_hosts_pool() throws SQLException {
    database.migrate();
    try (OneConnection pool = new OneConnection(database.source(TestDatabase.APP));
        JdbcTransferStore store = JdbcTransferStore.open(pool, database.options())) {
      JournalScript lane = JournalScript.on(store);
      for (int i = 0; i < 12; i++) {
        lane.paid("k" + i);
      }
      Connection connection = pool.connection();
      assertThat(connection.getAutoCommit()).isTrue();
      try (Statement statement = connection.createStatement()) {
        for (String query :
            List.of(
                "SELECT count(*) FROM pg_prepared_statements WHERE NOT from_sql",
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'",
                "SELECT count(*) FROM pg_listening_channels()",
                "SELECT count(*) FROM pg_class WHERE relpersistence = 't'",
                "SELECT count(*) FROM pg_settings WHERE source = 'session'"
                    + " AND name IN ('lock_timeout', 'idle_in_transaction_session_timeout',"
                    + " 'search_path', 'default_transaction_isolation', 'synchronous_commit')")) {
          try (var row = statement.executeQuery(query)) {
            row.next();
            assertThat(row.getInt(1)).as(query).isZero();
          }
        }
      }
      assertThat(pool.mostLent()).isEqualTo(1);
    }
  }

  @Test
  void an_edited_and_a_shortened_history_show() {
    try (JdbcTransferStore store = database.open()) {
      JournalScript.on(store).paid("k");
      assertThat(store.verifyChain().intact()).isGreaterThan(8);
      database.sql("ALTER TABLE @events DISABLE TRIGGER USER");
      String last = database.text("SELECT max(id) FROM @events");
      database.sql("DELETE FROM @events WHERE id = " + last);
      assertThat(store.verifyChain().isIntact()).isFalse();
    }
    try (JdbcTransferStore store =
        JdbcTransferStore.openReadOnly(database.url(), database.options())) {
      String third = database.text("SELECT id FROM @events WHERE stream > 0 AND seq = 3");
      database.sql("UPDATE @events SET detail = detail || ' ' WHERE id = " + third);
      assertThat(store.verifyChain().firstBroken()).isEqualTo(Optional.of(Long.parseLong(third)));
    }
  }

  @Test
  void a_role_that_lacks_a_right_is_refused_with_its_name() {
    database.migrate();
    for (var lacks :
        List.of(Map.entry("only_read", "INSERT"), Map.entry("only_accept", "SELECT"))) {
      JournalOptions other = database.options().withLogin(lacks.getKey(), "none");
      assertUnusable(
          () -> JdbcTransferStore.open(database.url(), other),
          lacks.getValue() + " on " + database.schema() + ".lanes");
    }
    database.sql("REVOKE UPDATE ON @slots FROM payonce_app");
    assertUnusable(
        () -> JdbcTransferStore.open(database.url(), database.options()),
        "UPDATE on " + database.schema() + ".slots");
    JdbcTransferStore.openReadOnly(
            database.url(), database.options().withLogin("only_read", "none"))
        .close();
  }

  @Test
  void the_role_of_the_app_can_neither_rewrite_nor_remove_nor_change_tables() throws SQLException {
    try (JdbcTransferStore store = database.open()) {
      JournalScript.on(store).paid("k");
      for (String sql :
          List.of(
              "UPDATE @keys SET fingerprint = ''",
              "DELETE FROM @keys",
              "UPDATE @bindings SET nonce = 9",
              "DELETE FROM @events",
              "UPDATE @events SET detail = ''",
              "DELETE FROM @transfers",
              "TRUNCATE @broadcasts",
              "DROP TABLE @events",
              "ALTER TABLE @events DISABLE TRIGGER ALL",
              "CREATE TABLE @mine (x int)")) {
        assertThatThrownBy(() -> run(TestDatabase.APP, sql))
            .as(sql)
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("42501"));
      }
    }
  }

  @Test
  void a_newer_schema_is_refused_with_both_versions() {
    database.migrate();
    int next = Migrations.VERSION + 1;
    database.sql(
        "UPDATE @journal SET schema_version = %d, min_writer = %d".formatted(next + 1, next));
    assertUnusable(
        () -> JdbcTransferStore.open(database.url(), database.options()), next + " or later");
    JdbcTransferStore.openReadOnly(database.url(), database.options()).close();
    assertUnusable(database::migrate, "version " + (next + 1));
  }

  @Test
  void a_url_with_a_mistake_is_refused_without_its_password() {
    assertThatThrownBy(
            () ->
                JdbcTransferStore.open(
                    "jdbc:postgresql://user:s3cret@:x/?password=s3cret", database.options()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("s3cret");
    assertThat(database.options().withLogin("u", "s3cret").toString()).doesNotContain("s3cret");
  }

  private void run(String user, String sql) throws SQLException {
    try (Connection connection = database.connect(user);
        Statement statement = connection.createStatement()) {
      statement.execute(sql.replace("@", database.schema() + "."));
    }
  }

  private static void assertUnusable(Runnable opening, String says) {
    assertThatThrownBy(opening::run)
        .isInstanceOf(JournalUnusableException.class)
        .hasMessageContaining(says);
  }
}
