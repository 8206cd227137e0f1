package io.payonce.store.jdbc;

import static io.payonce.testing.JournalScript.AT;
import static io.payonce.testing.JournalScript.LANE;
import static io.payonce.testing.JournalScript.intake;
import static io.payonce.testing.JournalScript.payment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.IdempotencyKey;
import io.payonce.store.AcceptResult;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoreUnavailableException.Outcome;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferFilter;
import io.payonce.store.jdbc.PostgresTestServer.TestDatabase;
import io.payonce.testing.JournalScript;
import io.payonce.testing.PostgresServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Processes that die by signal 9 in the middle of their commits: the writer's, and the server's,
 * whose disk is then all that is left. The server flushes every commit.
 */
@ExtendWith(PostgresTestServer.class)
final class PostgresCrashTest {
  private static final int WRITER_KILLS = 3;
  private static final int SERVER_KILLS = 3;
  private static PostgresServer server;

  private final TestDatabase shared;
  private TestDatabase database;
  private RandomGenerator random;

  PostgresCrashTest(TestDatabase shared) {
    this.shared = shared;
  }

  @BeforeAll
  static void startServer() {
    server = PostgresTestServer.own();
  }

  @AfterAll
  static void stopServer() throws IOException {
    if (server != null) {
      server.close();
    }
  }

  @BeforeEach
  void draw() {
    database = new TestDatabase(server, shared.schema());
    long seed = Long.getLong("payonce.seed", new SplittableRandom().nextLong());
    System.out.println("seed of the kills: " + seed);
    random = new SplittableRandom(seed);
  }

  @Test
  void every_acknowledged_commit_survives_a_kill_of_the_writer_and_at_most_one_more()
      throws Exception {
    int unused = database.migrate();
    for (int kill = 0; kill < WRITER_KILLS; kill++) {
      verify(runAndKill(1 + random.nextInt(120)));
    }
  }

  private List<Long> runAndKill(int commits) throws Exception {
    List<Long> acknowledged = new ArrayList<>();
    Process child = JournalChild.start(database.url(), database.schema(), TestDatabase.APP);
    try (BufferedReader lines = JournalChild.lines(child)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        acknowledged.add(Long.parseLong(line));
        if (acknowledged.size() == commits) {
          // By its handle, which leaves the pipe open: what it wrote until it died is read too.
          child.toHandle().destroyForcibly();
        }
      }
    } finally {
      child.destroyForcibly().waitFor();
    }
    assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(commits);
    awaitEndOfSessions();
    return acknowledged;
  }

  /** The server may still be at the last commit of a client that is dead. */
  private void awaitEndOfSessions() {
    database.await(
        "SELECT count(*) = 0 FROM pg_stat_activity WHERE usename = '" + TestDatabase.APP + "'");
  }

  private void verify(List<Long> acknowledged) {
    try (JdbcTransferStore store = database.open()) {
      long last = acknowledged.get(acknowledged.size() - 1);
      // The commits of a payment leave 1, 1, 2 and 1 events; the first line counts none of them.
      long next = (acknowledged.size() - 1) % 4 == 2 ? 2 : 1;
      assertThat(verifyWhole(store)).isIn(last, last + next);
      assertThat(store.openSlots(LANE))
          .allSatisfy(slot -> assertThat(slot.attempts()).hasSize(1))
          .hasSize(Math.toIntExact(store.lane(LANE).orElseThrow().nextNonce() - 5));
    }
  }

  /** No half of anything; answers the number of events. */
  private static long verifyWhole(JdbcTransferStore store) {
    ChainCheck chain = store.verifyChain();
    assertThat(chain.isIntact()).isTrue();
    for (StoredTransfer transfer :
        store.list(TransferFilter.all(), Optional.empty(), Integer.MAX_VALUE)) {
      assertThat(transfer.state().isUnbound()).isEqualTo(transfer.slot().isEmpty());
      assertThat(store.slotOf(transfer.id())).isEqualTo(transfer.slot());
    }
    return chain.intact();
  }

  @Test
  void every_acknowledged_acceptance_survives_a_kill_of_the_server_and_none_is_doubled()
      throws Exception {
    try (JdbcTransferStore store = database.open()) {
      AtomicInteger accepted = new AtomicInteger();
      for (int kill = 1; kill <= SERVER_KILLS; kill++) {
        int before = accepted.get();
        CompletableFuture<StoreUnavailableException> writer =
            CompletableFuture.supplyAsync(() -> acceptUntilItFails(store, accepted));
        int wanted = before + 20 + random.nextInt(100);
        while (accepted.get() < wanted && !writer.isDone()) {
          Thread.onSpinWait();
        }
        server.kill();
        int doubtful = writer.handle((failure, defect) -> accepted.get()).get(60, TimeUnit.SECONDS);
        assertThat(writer.get()).isInstanceOf(StoreUnavailableException.class);
        server.start();
        for (int i = 0; i < doubtful; i++) {
          assertThat(accept(store, i)).isInstanceOf(AcceptResult.AlreadyKnown.class);
        }
        // The one that was under way is there or not, and said again it is there once.
        assertThat(accept(store, doubtful)).isNotInstanceOf(AcceptResult.KeyConflict.class);
        accepted.incrementAndGet();
        assertThat(database.text("SELECT count(*) FROM @keys")).isEqualTo("" + accepted.get());
        assertThat(verifyWhole(store)).isEqualTo(accepted.get());
      }
    }
  }

  private static StoreUnavailableException acceptUntilItFails(
      JdbcTransferStore store, AtomicInteger accepted) {
    while (true) {
      try {
        AcceptResult unused = accept(store, accepted.get());
      } catch (StoreUnavailableException killed) {
        return killed;
      }
      accepted.incrementAndGet();
    }
  }

  private static AcceptResult accept(JdbcTransferStore store, int number) {
    return store.accept(intake(IdempotencyKey.of("k" + number), payment(100)), AT);
  }

  @Test
  void a_server_that_was_restarted_is_used_again_by_the_same_store_at_once() throws Exception {
    try (JdbcTransferStore store = database.open()) {
      JournalScript lane = JournalScript.on(store);
      lane.exposed("before");
      Object all = lane.everything();
      server.stop();
      assertThatThrownBy(() -> lane.accept("meanwhile"))
          .isInstanceOfSatisfying(
              StoreUnavailableException.class,
              e -> assertThat(e.outcome()).isEqualTo(Outcome.NOT_APPLIED));
      server.start();
      assertThat(JournalScript.everything(store)).isEqualTo(all);
      lane.paid("after");
      server.stop();
      server.start();
      lane.paid("unseen"); // nobody asked in between: the connections are dead and nobody knows
      assertThat(store.verifyChain().isIntact()).isTrue();
    }
  }
}
