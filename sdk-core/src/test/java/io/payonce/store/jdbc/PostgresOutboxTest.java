package io.payonce.store.jdbc;

import static io.payonce.testing.JournalScript.AT;
import static io.payonce.testing.JournalScript.LANE;
import static io.payonce.testing.JournalScript.intake;
import static io.payonce.testing.JournalScript.payment;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.IdempotencyKey;
import io.payonce.event.Inbox;
import io.payonce.event.OutboxRelay;
import io.payonce.event.PaymentEvent;
import io.payonce.event.RelaySettings;
import io.payonce.store.OutboxEvent;
import io.payonce.store.TransferState;
import io.payonce.store.jdbc.PostgresTestServer.TestDatabase;
import io.payonce.testing.JournalScript;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Events of payments on the way out of a shared journal, as the role of the application. */
@ExtendWith(PostgresTestServer.class)
final class PostgresOutboxTest {
  private static final String SINK = "ledger";

  private final TestDatabase database;
  private final JdbcTransferStore store;
  private final JournalScript lane;

  PostgresOutboxTest(TestDatabase database) {
    this.database = database;
    this.store = database.open();
    this.lane = JournalScript.on(store);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private List<TransferState> heads() {
    return store.outbox().heads(SINK, 0, 10).stream().map(OutboxEvent::state).toList();
  }

  @Test
  void what_a_host_accepts_in_its_own_transaction_gets_there_when_it_was_noticed()
      throws SQLException {
    store.outbox().addSink(SINK);
    try (Connection host = database.connect("only_accept")) {
      host.setAutoCommit(false);
      Object unused = store.accept(host, intake(IdempotencyKey.of("order-1"), payment(100)), AT);
      host.commit();
    }
    assertThat(heads()).isEmpty();
    assertThat(store.noticeArrivals(LANE, lane.epoch(), 10, AT)).hasSize(1);
    assertThat(heads()).containsExactly(TransferState.ACCEPTED);
  }

  @Test
  void two_instances_bring_each_event_to_a_ledger_that_books_it_once() throws Exception {
    Inbox inbox = new Inbox(database.schema() + ".seen_events");
    database.sql(
        inbox.ddl()
            + "; CREATE TABLE @booked (key text, state text); GRANT ALL ON @booked, "
            + database.schema()
            + ".seen_events TO payonce_app");
    List<PaymentEvent> came = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch all = new CountDownLatch(6 * 3);
    Set<String> different = ConcurrentHashMap.newKeySet(); // one may come twice
    ExecutorService ledger = Executors.newFixedThreadPool(2);
    JdbcTransferStore other = JdbcTransferStore.open(database.url(), database.options());
    List<OutboxRelay> relays = new ArrayList<>();
    try {
      for (JdbcTransferStore journal : List.of(store, other)) {
        relays.add(
            OutboxRelay.builder(
                    journal,
                    SINK,
                    event ->
                        CompletableFuture.runAsync(
                            () -> {
                              came.add(event);
                              book(inbox, event);
                              if (different.add(event.id())) {
                                all.countDown();
                              }
                            },
                            ledger))
                .settings(RelaySettings.defaults().withPollInterval(Duration.ofMillis(20)))
                .start());
      }
      for (String key : List.of("a", "b", "c")) {
        lane.paid(key);
      }
      assertThat(all.await(60, TimeUnit.SECONDS)).isTrue();
      for (PaymentEvent event : List.copyOf(came)) {
        book(inbox, event); // once more, as a relay that died before it wrote it down
      }
    } finally {
      relays.forEach(OutboxRelay::close);
      ledger.shutdown();
      assertThat(ledger.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
      other.close();
    }
    assertThat(database.text("SELECT count(*) FROM @booked")).isEqualTo("18");
    assertThat(database.text("SELECT count(DISTINCT key || state) FROM @booked")).isEqualTo("18");
  }

  private void book(Inbox inbox, PaymentEvent event) {
    try (Connection host = database.connect(TestDatabase.APP)) {
      host.setAutoCommit(false);
      if (inbox.isFirst(host, event.id(), event.at())) {
        try (Statement statement = host.createStatement()) {
          statement.execute(
              "INSERT INTO %s.booked VALUES ('%s', '%s')"
                  .formatted(database.schema(), event.status().key().value(), event.state()));
        }
      }
      host.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void of_two_transactions_that_book_one_event_one_is_first() throws Exception {
    Inbox inbox = new Inbox(database.schema() + ".seen_events");
    database.sql(inbox.ddl() + "; GRANT ALL ON @seen_events TO payonce_app");
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try (Connection first = database.connect(TestDatabase.APP);
        Connection second = database.connect(TestDatabase.APP)) {
      first.setAutoCommit(false);
      second.setAutoCommit(false);
      assertThat(inbox.isFirst(first, "e1", AT)).isTrue();
      Future<Boolean> waits = threads.submit(() -> inbox.isFirst(second, "e1", AT));
      database.awaitWaiting(1);
      assertThat(waits.isDone()).isFalse();
      first.commit();
      assertThat(waits.get(60, TimeUnit.SECONDS)).isFalse();
      second.commit();
    } finally {
      threads.shutdown();
    }
  }
}
