package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.Transfer;
import io.payonce.examples.node.TestPostgres;
import io.payonce.store.TransferState;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.submit.SubmitResult;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A payment that is accepted in the host's own transaction, together with the host's order, on a
 * real PostgreSQL server: what the submitter makes of it.
 */
final class JoinedAcceptScenarioTest {
  private TestPostgres postgres;
  private JdbcTransferStore journal;
  private Stage stage;
  private Connection host;

  @BeforeEach
  void start() throws SQLException {
    postgres = TestPostgres.emptied();
    journal = postgres.open();
    stage = new Stage(Ground.SIMULATED);
    stage.journal = journal;
    stage.start();
    stage.until(() -> stage.journal.lane(stage.lane).isPresent());
    stage.blocks(2);
    host = transaction();
  }

  @AfterEach
  void stop() throws SQLException {
    if (journal != null) {
      host.close();
      stage.payonce().close();
      journal.close();
    }
  }

  private Connection transaction() throws SQLException {
    Connection connection = postgres.connect(TestPostgres.HOST);
    connection.setAutoCommit(false);
    return connection;
  }

  private static void order(Connection connection, String id) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("INSERT INTO orders VALUES ('" + id + "')");
    }
  }

  private String orders() {
    return postgres.text("SELECT count(*) FROM orders");
  }

  private SubmitResult submit(Connection connection, String name, Transfer transfer) {
    stage.asked.putIfAbsent(Stage.key(name), transfer);
    return stage.payonce().submit(connection, Stage.key(name), transfer);
  }

  @Test
  void a_joined_accept_commits_with_the_host() throws SQLException {
    order(host, "p");
    assertThat(submit(host, "p", stage.coins("0.5"))).isInstanceOf(SubmitResult.Accepted.class);
    stage.blocks(5);
    assertThat(stage.payonce().status(Stage.key("p"))).isEmpty();
    host.commit();
    stage.until(() -> stage.state("p") == TransferState.PAID_FINAL); // by the poll, unasked
    assertThat(stage.paid("p")).isOne();
    assertThat(orders()).isEqualTo("1");
    stage.verify();
  }

  @Test
  void a_missing_connection_is_named_and_nothing_is_stored() {
    Transfer transfer = stage.coins("0.5");
    assertThatThrownBy(() -> submit(null, "p", transfer))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("hostTransaction null must be an open transaction");
    assertThat(stage.payonce().status(Stage.key("p"))).isEmpty();
  }

  @Test
  void waking_the_submitter_spares_the_poll() throws SQLException {
    submit(host, "p", stage.coins("0.5"));
    host.commit();
    Instant committed = stage.time.now();
    stage.payonce().wake();
    stage.until(
        () ->
            !stage.journal.events(stage.journal.find(Stage.key("p")).orElseThrow().id()).isEmpty());
    assertThat(Duration.between(committed, stage.time.now())).isLessThan(Duration.ofMillis(10));
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.verify();
  }

  @Test
  void a_rollback_leaves_the_key_unused_and_pays_nothing() throws SQLException {
    order(host, "p");
    Transfer withdrawn = stage.coins("0.5");
    submit(host, "p", withdrawn);
    host.rollback();
    stage.blocks(5);
    assertThat(stage.payonce().status(Stage.key("p"))).isEmpty();
    stage.asked.clear();
    assertThat(submit(host, "p", stage.coins("0.7"))).isInstanceOf(SubmitResult.Accepted.class);
    host.commit();
    stage.until(() -> stage.state("p") == TransferState.PAID_FINAL);
    assertThat(stage.paid("p")).isOne();
    assertThat(stage.world.balance(withdrawn.to()).isZero()).isTrue();
    assertThat(orders()).isEqualTo("0");
    stage.verify();
  }

  @Test
  void a_host_that_dies_before_its_commit_has_neither_order_nor_payment() throws SQLException {
    order(host, "p");
    Transfer lost = stage.coins("0.5");
    submit(host, "p", lost);
    postgres.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '"
            + TestPostgres.HOST
            + "' AND state = 'idle in transaction'");
    assertThatThrownBy(host::commit).isInstanceOf(SQLException.class);
    stage.kill();
    stage.start();
    stage.blocks(10);
    assertThat(stage.payonce().status(Stage.key("p"))).isEmpty();
    assertThat(orders()).isEqualTo("0");
    stage.asked.clear();
    try (Connection next = transaction()) {
      order(next, "p");
      assertThat(submit(next, "p", lost)).isInstanceOf(SubmitResult.Accepted.class);
      next.commit();
    }
    stage.until(() -> stage.state("p") == TransferState.PAID_FINAL);
    assertThat(stage.paid("p")).isOne();
    stage.verify();
  }

  @Test
  void a_host_that_dies_after_its_commit_is_paid_by_the_next_start() throws SQLException {
    order(host, "p");
    submit(host, "p", stage.coins("0.5"));
    stage.host().process().kill(); // before anybody noticed
    host.commit();
    stage.payonce().close();
    stage.start();
    stage.until(() -> stage.state("p") == TransferState.PAID_FINAL);
    assertThat(stage.paid("p")).isOne();
    assertThat(stage.journal.events(stage.status("p").id()).get(0).what()).isEqualTo("accepted");
    stage.verify();
  }

  @Test
  void a_key_in_two_transactions_at_once_is_one_payment_and_both_orders_stand() throws Exception {
    Transfer transfer = stage.coins("0.5");
    ExecutorService other = Executors.newSingleThreadExecutor();
    try (Connection second = transaction()) {
      order(host, "first");
      assertThat(submit(host, "p", transfer)).isInstanceOf(SubmitResult.Accepted.class);
      order(second, "second");
      Future<SubmitResult> waits = other.submit(() -> submit(second, "p", transfer));
      awaitLock(waits);
      assertThat(waits.isDone()).isFalse();
      host.commit();
      assertThat(waits.get(60, TimeUnit.SECONDS)).isInstanceOf(SubmitResult.AlreadyKnown.class);
      assertThat(submit(second, "p", stage.coins("0.7")))
          .isInstanceOf(SubmitResult.KeyConflict.class);
      second.commit();
    } finally {
      other.shutdownNow();
    }
    stage.until(() -> stage.state("p") == TransferState.PAID_FINAL);
    assertThat(stage.paid("p")).isOne();
    assertThat(orders()).isEqualTo("2");
    stage.verify();
  }

  private void awaitLock(Future<?> waits) {
    String waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = '"
            + TestPostgres.HOST
            + "'";
    while (postgres.text(waiting).equals("0")) {
      assertThat(waits.isDone()).isFalse();
    }
  }
}
