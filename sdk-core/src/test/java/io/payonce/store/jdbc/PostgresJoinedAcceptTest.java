package io.payonce.store.jdbc;

import static io.payonce.testing.JournalScript.AT;
import static io.payonce.testing.JournalScript.LANE;
import static io.payonce.testing.JournalScript.intake;
import static io.payonce.testing.JournalScript.payment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.payonce.IdempotencyKey;
import io.payonce.store.AcceptResult;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore.JournalEvent;
import io.payonce.store.jdbc.PostgresTestServer.TestDatabase;
import io.payonce.testing.JournalScript;
import io.payonce.testing.PostgresServer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** A payment that is accepted together with rows of the host, or not at all. */
@ExtendWith(PostgresTestServer.class)
final class PostgresJoinedAcceptTest {
  private static final IdempotencyKey KEY = IdempotencyKey.of("order-1");

  private final TestDatabase database;
  private JdbcTransferStore store;
  private JournalScript lane;
  private Connection host;

  PostgresJoinedAcceptTest(TestDatabase database) {
    this.database = database;
  }

  /** The host's role may accept and nothing else. */
  @BeforeEach
  void begin() throws SQLException {
    store = database.open();
    lane = JournalScript.on(store);
    database.sql(
        "CREATE TABLE @orders (id text PRIMARY KEY); GRANT ALL ON @orders TO payonce_accept");
    host = database.connect("only_accept");
    host.setAutoCommit(false);
  }

  @AfterEach
  void end() throws SQLException {
    host.close();
    store.close();
  }

  private AcceptResult accept(Connection connection, long units) {
    return store.accept(connection, intake(KEY, payment(units), Map.of("order", "1")), AT);
  }

  private void order(Connection connection, String id) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("INSERT INTO " + database.schema() + ".orders VALUES ('" + id + "')");
    }
  }

  private String orders() {
    return database.text("SELECT count(*) FROM @orders");
  }

  @Test
  void a_joined_accept_commits_with_the_host() throws SQLException {
    order(host, "1");
    AcceptResult result = accept(host, 100);
    assertThat(result).isInstanceOf(AcceptResult.Accepted.class);
    assertThat(store.find(KEY)).isEmpty();
    assertThat(store.noticeArrivals(LANE, lane.epoch(), 10, AT)).isEmpty();
    order(host, "2"); // the transaction is the host's still
    host.commit();
    StoredTransfer stored = store.find(KEY).orElseThrow();
    assertThat(stored).isEqualTo(((AcceptResult.Accepted) result).transfer());
    assertThat(orders()).isEqualTo("2");
  }

  @Test
  void its_event_is_written_when_the_owner_notices_it() throws SQLException {
    accept(host, 100);
    host.commit();
    StoredTransfer stored = store.find(KEY).orElseThrow();
    assertThat(store.events(stored.id())).isEmpty();
    assertThat(store.noticeArrivals(LANE, lane.epoch(), 10, AT.plusSeconds(9)))
        .containsExactly(stored);
    assertThat(store.events(stored.id()))
        .extracting(JournalEvent::what, JournalEvent::at)
        .containsExactly(tuple("accepted", AT));
    assertThat(store.noticeArrivals(LANE, lane.epoch(), 10, AT)).isEmpty();
    assertThat(store.verifyChain().isIntact()).isTrue();
  }

  @Test
  void one_that_is_moved_before_it_is_noticed_has_its_event_first() throws SQLException {
    accept(host, 100);
    host.commit();
    StoredTransfer stored = store.find(KEY).orElseThrow();
    lane.apply(JournalScript.move(stored.id(), TransferState.ACCEPTED, TransferState.READY));
    lane.bind(stored.id());
    assertThat(store.events(stored.id()))
        .extracting(JournalEvent::what)
        .containsExactly("accepted", "moved", "bound", "attempt intended");
    assertThat(store.noticeArrivals(LANE, lane.epoch(), 10, AT)).isEmpty();
  }

  @Test
  void a_rollback_leaves_the_key_unused() throws SQLException {
    order(host, "1");
    accept(host, 100);
    host.rollback();
    assertThat(store.find(KEY)).isEmpty();
    assertThat(orders()).isEqualTo("0");
    assertThat(store.accept(intake(KEY, payment(7)), AT)).isInstanceOf(AcceptResult.Accepted.class);
  }

  @Test
  void a_known_key_is_an_answer_and_the_transaction_goes_on() throws SQLException {
    StoredTransfer first =
        ((AcceptResult.Accepted) store.accept(intake(KEY, payment(100), Map.of("a", "b")), AT))
            .transfer();
    order(host, "1");
    assertThat(accept(host, 100)).isEqualTo(new AcceptResult.AlreadyKnown(first));
    assertThat(accept(host, 101)).isEqualTo(new AcceptResult.KeyConflict(first, List.of("amount")));
    order(host, "2");
    host.commit();
    assertThat(orders()).isEqualTo("2");
  }

  @Test
  void the_same_key_twice_in_one_transaction_is_known_the_second_time() throws SQLException {
    assertThat(accept(host, 100)).isInstanceOf(AcceptResult.Accepted.class);
    assertThat(accept(host, 100)).isInstanceOf(AcceptResult.AlreadyKnown.class);
    host.commit();
    assertThat(store.find(KEY)).isPresent();
  }

  @Test
  void of_two_transactions_with_one_key_the_second_waits_and_learns_what_became_of_the_first()
      throws Exception {
    ExecutorService other = Executors.newSingleThreadExecutor();
    try (Connection second = database.connect("only_accept")) {
      second.setAutoCommit(false);
      accept(host, 100);
      Future<AcceptResult> waits = other.submit(() -> accept(second, 100));
      database.awaitWaiting(1);
      assertThat(waits.isDone()).isFalse();
      host.commit();
      assertThat(waits.get(60, TimeUnit.SECONDS)).isInstanceOf(AcceptResult.AlreadyKnown.class);
      order(second, "2");
      second.commit();
      assertThat(orders()).isEqualTo("1");
    } finally {
      other.shutdownNow();
    }
  }

  @Test
  void when_the_first_of_two_rolls_back_the_second_is_accepted() throws Exception {
    ExecutorService other = Executors.newSingleThreadExecutor();
    try (Connection second = database.connect("only_accept")) {
      second.setAutoCommit(false);
      accept(host, 100);
      Future<AcceptResult> waits = other.submit(() -> accept(second, 7));
      database.awaitWaiting(1);
      host.rollback();
      assertThat(waits.get(60, TimeUnit.SECONDS)).isInstanceOf(AcceptResult.Accepted.class);
      second.commit();
      assertThat(store.find(KEY).orElseThrow().transfer()).isEqualTo(payment(7));
    } finally {
      other.shutdownNow();
    }
  }

  @Test
  void keys_of_a_transaction_that_stays_open_never_take_the_connections_of_the_wallets()
      throws Exception {
    ExecutorService callers = Executors.newFixedThreadPool(16);
    try (JdbcTransferStore patient =
        JdbcTransferStore.open(
            database.url(), database.options().withBusyTimeout(Duration.ofSeconds(60)))) {
      accept(host, 100);
      List<Future<AcceptResult>> waiting = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        waiting.add(callers.submit(() -> patient.accept(intake(KEY, payment(100)), AT)));
        if (i < 4) {
          database.awaitWaiting(i + 1); // those that come together would share a connection
        }
      }
      for (int i = 0; i < 100; i++) {
        assertThat(patient.noticeArrivals(LANE, lane.epoch(), 10, AT)).isEmpty();
      }
      assertThat(waiting).noneMatch(Future::isDone);
      database.awaitWaiting(4); // and no more than these
      host.commit();
      for (Future<AcceptResult> caller : waiting) {
        assertThat(caller.get(30, TimeUnit.SECONDS)).isInstanceOf(AcceptResult.AlreadyKnown.class);
      }
    } finally {
      callers.shutdownNow();
    }
  }

  @Test
  void a_host_that_dies_between_accept_and_commit_leaves_nothing() throws SQLException {
    order(host, "1");
    accept(host, 100);
    database.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'only_accept'"
            + " AND state = 'idle in transaction' AND query LIKE '%"
            + database.schema()
            + "%'");
    assertThatThrownBy(host::commit).isInstanceOf(SQLException.class);
    assertThat(store.find(KEY)).isEmpty();
    assertThat(orders()).isEqualTo("0");
  }

  @Test
  void what_cannot_accept_is_refused_before_anything_is_asked_that_could_fail(
      @TempDir Path directory) throws SQLException {
    host.setAutoCommit(true);
    assertRefused(host, "auto-commit is on");
    host.setAutoCommit(false);
    host.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
    assertRefused(host, "serializable");
    order(host, "goes-on");
    host.rollback();
    host.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
    host.setReadOnly(true);
    assertRefused(host, "read-only");
    host.rollback();
    try (Connection reader = database.connect("only_read")) {
      reader.setAutoCommit(false);
      assertRefused(reader, "payonce_accept");
    }
    try (Connection admin = database.connect(PostgresServer.ADMIN);
        Statement statement = admin.createStatement()) {
      admin.setAutoCommit(false);
      boolean unused = statement.execute("SET session_replication_role = replica");
      assertRefused(admin, "session_replication_role");
    }
    try (Connection file = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("x"))) {
      file.setAutoCommit(false);
      assertRefused(file, "no connection to PostgreSQL");
    }
    assertThat(store.find(KEY)).isEmpty();
  }

  @Test
  void a_connection_to_another_journal_is_refused() {
    database.sql("UPDATE @journal SET id = 'of another'");
    assertRefused(host, "another journal");
  }

  @Test
  void a_copy_of_the_database_is_refused_as_nobody_pays_there() throws SQLException {
    String copy = "copy_of_" + database.schema();
    database.sql("CREATE DATABASE " + copy);
    PGSimpleDataSource owner = new PGSimpleDataSource();
    owner.setURL(database.server().url(copy));
    owner.setUser(PostgresServer.ADMIN);
    int unused = JdbcTransferStore.migrate(owner, database.options());
    try (Connection admin = owner.getConnection();
        PreparedStatement same =
            admin.prepareStatement(
                "UPDATE %s.journal SET id = ?, incarnation = ?".formatted(database.schema()))) {
      same.setString(1, store.journalId());
      same.setLong(2, store.incarnation());
      assertThat(same.executeUpdate()).isOne();
    }
    try (Connection elsewhere =
        DriverManager.getConnection(database.server().url(copy), "only_accept", "none")) {
      elsewhere.setAutoCommit(false);
      assertRefused(elsewhere, "a copy of the journal");
    }
  }

  @Test
  void an_older_state_of_the_journal_is_refused() {
    database.sql("UPDATE @journal SET incarnation = incarnation - 1");
    assertRefused(host, "a copy of the journal");
  }

  @Test
  void sqlite_has_no_such_thing(@TempDir Path directory) {
    try (JdbcTransferStore file =
        JdbcTransferStore.open(directory.resolve("journal.db"), JournalOptions.defaults())) {
      assertThatThrownBy(() -> file.accept(host, intake(KEY, payment(1)), AT))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("only a journal on PostgreSQL");
    }
  }

  private void assertRefused(Connection connection, String why) {
    assertThatThrownBy(() -> accept(connection, 100))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(why);
  }
}
