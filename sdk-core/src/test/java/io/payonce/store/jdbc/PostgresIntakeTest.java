package io.payonce.store.jdbc;

import static io.payonce.testing.JournalScript.AT;
import static io.payonce.testing.JournalScript.LANE;
import static io.payonce.testing.JournalScript.intake;
import static io.payonce.testing.JournalScript.payment;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.IdempotencyKey;
import io.payonce.store.AcceptResult;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.store.jdbc.PostgresTestServer.TestDatabase;
import io.payonce.testing.JournalScript;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Many writers at once on the intake, of several instances, while the owner works. */
@ExtendWith(PostgresTestServer.class)
final class PostgresIntakeTest {
  private static final int INSTANCES = 3;
  private static final int WRITERS = 12;
  private static final int KEYS = 40;
  private static final int CALLERS = 100;

  private final TestDatabase database;

  PostgresIntakeTest(TestDatabase database) {
    this.database = database;
  }

  @Test
  void racing_writers_of_several_instances_store_each_key_once_and_the_owner_misses_none()
      throws Exception {
    List<JdbcTransferStore> instances = new ArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(WRITERS + 1);
    try {
      for (int i = 0; i < INSTANCES; i++) {
        instances.add(database.open());
      }
      JournalScript lane = JournalScript.on(instances.get(0));
      CyclicBarrier together = new CyclicBarrier(WRITERS);
      List<Future<Map<String, AcceptResult>>> writers = new ArrayList<>();
      for (int writer = 0; writer < WRITERS; writer++) {
        JdbcTransferStore store = instances.get(writer % INSTANCES);
        boolean joined = writer >= WRITERS - INSTANCES;
        writers.add(
            threads.submit(
                () -> {
                  together.await();
                  return joined ? acceptJoined(store) : acceptAll(store);
                }));
      }
      Future<Integer> owner = threads.submit(notice(instances.get(0), lane));
      Map<String, Integer> accepted = new HashMap<>();
      for (Future<Map<String, AcceptResult>> writer : writers) {
        writer
            .get()
            .forEach(
                (key, result) -> {
                  assertThat(result).isNotInstanceOf(AcceptResult.KeyConflict.class);
                  accepted.merge(
                      key, result instanceof AcceptResult.Accepted ? 1 : 0, Integer::sum);
                });
      }
      assertThat(accepted.values()).hasSize(KEYS).containsOnly(1);
      assertThat(owner.get()).isEqualTo(KEYS);
      assertThat(instances.get(1).counts()).isEqualTo(Map.of(TransferState.READY, (long) KEYS));
      // registered, taken, and of each key: accepted and moved
      assertThat(instances.get(2).verifyChain())
          .isEqualTo(new ChainCheck(2 + 2 * KEYS, Optional.empty()));
    } finally {
      threads.shutdownNow();
      instances.forEach(JdbcTransferStore::close);
    }
  }

  @Test
  void a_hundred_callers_of_one_key_at_two_instances_make_one_payment_for_ever() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(CALLERS);
    try (JdbcTransferStore one = database.open();
        JdbcTransferStore two = database.open()) {
      CyclicBarrier together = new CyclicBarrier(CALLERS);
      List<Future<AcceptResult>> calls = new ArrayList<>();
      for (int caller = 0; caller < CALLERS; caller++) {
        JdbcTransferStore store = caller % 2 == 0 ? one : two;
        long units = caller % 4 < 2 ? 100 : 7;
        calls.add(
            threads.submit(
                () -> {
                  together.await();
                  return store.accept(intake(key(1), payment(units)), AT);
                }));
      }
      int accepted = 0;
      int known = 0;
      int conflicts = 0;
      for (Future<AcceptResult> call : calls) {
        accepted += call.get() instanceof AcceptResult.Accepted ? 1 : 0;
        known += call.get() instanceof AcceptResult.AlreadyKnown ? 1 : 0;
        conflicts += call.get() instanceof AcceptResult.KeyConflict ? 1 : 0;
      }
      assertThat(List.of(accepted, known, conflicts))
          .containsExactly(1, CALLERS / 2 - 1, CALLERS / 2);
      assertThat(one.verifyChain()).isEqualTo(new ChainCheck(1, Optional.empty()));
    } finally {
      threads.shutdownNow();
    }
    try (JdbcTransferStore restarted = database.open()) {
      StoredTransfer stored = restarted.find(key(1)).orElseThrow();
      long other = stored.transfer().amount().units().intValueExact() == 100 ? 7 : 100;
      assertThat(restarted.accept(intake(key(1), stored.transfer()), AT))
          .isEqualTo(new AcceptResult.AlreadyKnown(stored));
      assertThat(restarted.accept(intake(key(1), payment(other)), AT))
          .isEqualTo(new AcceptResult.KeyConflict(stored, List.of("amount")));
    }
  }

  private static Map<String, AcceptResult> acceptAll(JdbcTransferStore store) {
    Map<String, AcceptResult> results = new HashMap<>();
    for (int key = 0; key < KEYS; key++) {
      results.put("k" + key, store.accept(intake(key(key), payment(100)), AT));
    }
    return results;
  }

  /** In transactions of a host, which asks in the same order. */
  private Map<String, AcceptResult> acceptJoined(JdbcTransferStore store) throws Exception {
    Map<String, AcceptResult> results = new HashMap<>();
    try (Connection host = database.connect("only_accept")) {
      host.setAutoCommit(false);
      for (int key = 0; key < KEYS; key++) {
        results.put("k" + key, store.accept(host, intake(key(key), payment(100)), AT));
        if (key % 4 == 3) {
          host.commit();
        }
      }
    }
    return results;
  }

  private static IdempotencyKey key(int key) {
    return IdempotencyKey.of("k" + key);
  }

  /** Moves what it is told of on, while others accept. */
  private static Callable<Integer> notice(JdbcTransferStore store, JournalScript lane) {
    return () -> {
      int noticed = 0;
      while (noticed < KEYS) {
        for (StoredTransfer arrival : store.noticeArrivals(LANE, lane.epoch(), 7, AT)) {
          lane.apply(JournalScript.move(arrival.id(), TransferState.ACCEPTED, TransferState.READY));
          noticed++;
        }
      }
      return noticed;
    };
  }
}
