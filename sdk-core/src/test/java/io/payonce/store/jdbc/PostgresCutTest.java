package io.payonce.store.jdbc;

import static io.payonce.testing.JournalScript.AT;
import static io.payonce.testing.JournalScript.LANE;
import static io.payonce.testing.JournalScript.LEASE;
import static io.payonce.testing.JournalScript.add;
import static io.payonce.testing.JournalScript.intake;
import static io.payonce.testing.JournalScript.move;
import static io.payonce.testing.JournalScript.payment;
import static io.payonce.testing.JournalScript.slot;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.payonce.IdempotencyKey;
import io.payonce.Priority;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.signing.AttemptKind;
import io.payonce.store.AcceptResult;
import io.payonce.store.CommitResult;
import io.payonce.store.JournalChange;
import io.payonce.store.JournalChange.SlotBound;
import io.payonce.store.LaneRequest;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoreUnavailableException.Outcome;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferFilter;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore.JournalEvent;
import io.payonce.store.jdbc.PostgresTestServer.TestDatabase;
import io.payonce.testing.JournalScript;
import io.payonce.testing.PostgresProxy;
import io.payonce.testing.PostgresProxy.Cut;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Connections that end in the COMMIT of each kind of write: the outcome is unknown, is read back,
 * and the same write again applies nothing twice.
 */
@ExtendWith(PostgresTestServer.class)
final class PostgresCutTest {
  private static final IdempotencyKey KEY = IdempotencyKey.of("k");

  private final TestDatabase database;
  private final Deque<Cut> cuts = new ConcurrentLinkedDeque<>();
  private PostgresProxy proxy;
  private JdbcTransferStore store;

  /** Sees the same journal past the proxy. */
  private JdbcTransferStore witness;

  PostgresCutTest(TestDatabase database) {
    this.database = database;
  }

  @BeforeEach
  void open() throws IOException {
    witness = database.open();
    proxy =
        PostgresProxy.start(
            database.server().port(), () -> Optional.ofNullable(cuts.poll()).orElse(Cut.NONE));
    store = JdbcTransferStore.open(proxy.url("postgres"), database.options());
  }

  @AfterEach
  void close() throws IOException {
    store.close();
    witness.close();
    proxy.close();
  }

  /** The cuts of a COMMIT; it is known of all but one what becomes of it. */
  private enum Course {
    LOST(Cut.BEFORE),
    RACED(Cut.WHILE),
    DONE(Cut.AFTER);

    private final Cut cut;

    Course(Cut cut) {
      this.cut = cut;
    }
  }

  /** Runs a write whose COMMIT is cut; answers whether it was applied. */
  private boolean cut(Course course, Runnable write) {
    Object before = JournalScript.everything(witness);
    cuts.add(course.cut);
    StoreUnavailableException failure =
        catchThrowableOfType(StoreUnavailableException.class, write::run);
    assertThat(failure).isNotNull();
    assertThat(failure.outcome()).isEqualTo(Outcome.UNKNOWN);
    assertThat(proxy.commits(course.cut)).isOne();
    awaitEndOfCutSession();
    boolean applied = !JournalScript.everything(witness).equals(before);
    if (course != Course.RACED) {
      assertThat(applied).isEqualTo(course == Course.DONE);
    }
    return applied;
  }

  private static void assertCut(Runnable write) {
    assertThatThrownBy(write::run)
        .isInstanceOfSatisfying(
            StoreUnavailableException.class,
            e -> assertThat(e.outcome()).isEqualTo(Outcome.UNKNOWN));
  }

  /** The server may still be at the COMMIT of a connection that has gone. */
  private void awaitEndOfCutSession() {
    database.await(
        "SELECT count(*) = 0 FROM pg_stat_activity WHERE usename = '"
            + TestDatabase.APP
            + "' AND state <> 'idle'");
  }

  @ParameterizedTest
  @EnumSource
  void an_acceptance_that_was_cut_off_is_found_by_the_same_key(Course course) {
    boolean applied = cut(course, () -> accept(store));
    assertThat(store.find(KEY).isPresent()).isEqualTo(applied);
    assertThat(accept(store))
        .isInstanceOf(applied ? AcceptResult.AlreadyKnown.class : AcceptResult.Accepted.class);
    assertThat(store.list(TransferFilter.all(), Optional.empty(), 10)).hasSize(1);
    assertWhole();
  }

  private static AcceptResult accept(JdbcTransferStore store) {
    return store.accept(intake(KEY, payment(100)), AT);
  }

  @ParameterizedTest
  @EnumSource
  void an_intent_that_was_cut_off_is_there_whole_or_not_at_all(Course course) {
    JournalScript lane = JournalScript.on(store);
    TransferId id = lane.ready("k");
    JournalChange[] intent = {new SlotBound(slot(5), id), add(slot(5), 1, AttemptKind.PAYMENT)};
    boolean applied = cut(course, () -> lane.commit(intent));
    Optional<StoredSlot> bound = store.slot(slot(5));
    assertThat(bound.isPresent()).isEqualTo(applied);
    assertThat(store.lane(LANE).orElseThrow().nextNonce()).isEqualTo(applied ? 6 : 5);
    CommitResult again = lane.commit(intent);
    if (applied) {
      assertThat(bound.orElseThrow().attempts()).hasSize(1);
      assertThat(again).isInstanceOf(CommitResult.Conflict.class);
    } else {
      assertThat(again).isEqualTo(new CommitResult.Applied());
    }
    assertThat(store.slot(slot(5)).orElseThrow().attempts()).hasSize(1);
    assertWhole();
  }

  @ParameterizedTest
  @EnumSource
  void bytes_that_were_cut_off_are_the_same_when_they_are_stored_again(Course course) {
    JournalScript lane = JournalScript.on(store);
    lane.bind(lane.ready("k"));
    JournalChange bytes = lane.sign(slot(5), 1);
    cut(course, () -> lane.commit(bytes));
    assertThat(lane.commit(bytes)).isEqualTo(new CommitResult.Applied());
    assertThat(store.slot(slot(5)).orElseThrow().attempts().get(0).signed()).isPresent();
    assertThat(store.find(KEY).orElseThrow().state()).isEqualTo(TransferState.IN_FLIGHT);
    assertWhole();
  }

  @ParameterizedTest
  @EnumSource
  void a_lane_whose_taking_was_cut_off_is_taken_again_under_a_higher_epoch(Course course) {
    JournalScript former = JournalScript.on(store);
    TransferId id = former.ready("k");
    boolean applied = cut(course, () -> store.takeLane(LANE, LEASE, AT));
    long cutOff = store.lane(LANE).orElseThrow().epoch();
    assertThat(cutOff > former.epoch()).isEqualTo(applied);
    assertThat(store.takeLane(LANE, LEASE, AT).orElseThrow().epoch()).isGreaterThan(cutOff);
    assertThat(former.commit(move(id, TransferState.READY, TransferState.HELD)))
        .isEqualTo(new CommitResult.StaleEpoch());
    assertWhole();
  }

  @ParameterizedTest
  @EnumSource
  void arrivals_whose_notice_was_cut_off_are_still_there_to_be_loaded(Course course) {
    JournalScript lane = JournalScript.on(store);
    accept(witness);
    cuts.add(course.cut);
    assertCut(() -> store.noticeArrivals(LANE, lane.epoch(), 10, AT));
    awaitEndOfCutSession();
    // Told or not, whoever is in doubt looks for what waits: that never forgets one.
    assertThat(store.waiting(LANE, Priority.NORMAL, Optional.empty(), AT, 10))
        .extracting(transfer -> transfer.key())
        .containsExactly(KEY);
    assertWhole();
  }

  @ParameterizedTest
  @EnumSource
  void a_request_that_was_cut_off_may_be_asked_twice_and_harms_nobody(Course course) {
    JournalScript lane = JournalScript.on(store);
    TransferId id = lane.ready("k");
    cuts.add(course.cut);
    assertCut(() -> ask(id));
    awaitEndOfCutSession();
    ask(id);
    List<LaneRequest> open = store.openRequests(LANE, 10);
    assertThat(open).hasSizeBetween(1, 2);
    if (course != Course.RACED) {
      assertThat(open).hasSize(course == Course.DONE ? 2 : 1);
    }
    lane.apply(move(id, TransferState.READY, TransferState.REJECTED));
    for (LaneRequest asked : open) {
      lane.apply(new JournalChange.RequestAnswered(asked.id(), "REJECTED"));
    }
    assertThat(store.openRequests(LANE, 10)).isEmpty();
    assertWhole();
  }

  private long ask(TransferId id) {
    return store.ask(LANE, LaneRequest.Kind.CANCEL, Optional.of(id), "ops", "typo", AT);
  }

  @Test
  void connections_that_end_while_nobody_uses_them_are_replaced_unseen() {
    JournalScript lane = JournalScript.on(store);
    for (int i = 0; i < 5; i++) {
      lane.paid("k" + i);
      proxy.cutAll();
    }
    assertThat(store.counts()).containsEntry(TransferState.PAID_FINAL, 5L);
    assertWhole();
  }

  @Test
  void a_storm_of_cuts_loses_nothing_and_doubles_nothing() {
    JournalScript lane = JournalScript.on(store);
    Deque<Cut> storm = new ArrayDeque<>(List.of(Cut.values()));
    proxy.policy(
        () -> {
          Cut next = storm.remove();
          storm.add(next);
          return next;
        });
    for (int i = 0; i < 12; i++) {
      String key = "storm-" + i;
      SlotId slot = slot(5 + i);
      untilConfirmed(() -> store.accept(intake(IdempotencyKey.of(key), payment(100)), AT));
      TransferId id = store.find(IdempotencyKey.of(key)).orElseThrow().id();
      untilConfirmed(() -> lane.commit(move(id, TransferState.ACCEPTED, TransferState.READY)));
      JournalChange[] intent = {new SlotBound(slot, id), add(slot, 1, AttemptKind.PAYMENT)};
      untilConfirmed(() -> lane.commit(intent));
      untilConfirmed(() -> lane.commit(lane.sign(slot, 1)));
    }
    assertThat(proxy.commits(Cut.AFTER)).isGreaterThan(10);
    assertThat(witness.counts()).containsEntry(TransferState.IN_FLIGHT, 12L).hasSize(1);
    assertThat(witness.lane(LANE).orElseThrow().nextNonce()).isEqualTo(17);
    for (StoredTransfer transfer : witness.list(TransferFilter.all(), Optional.empty(), 100)) {
      // Storing the same bytes again is no conflict, and leaves a line of its own.
      assertThat(witness.events(transfer.id()).stream().map(JournalEvent::what).distinct())
          .containsExactly("accepted", "moved", "bound", "attempt intended", "attempt signed");
      assertThat(witness.events(transfer.id()).stream().filter(e -> !e.what().endsWith("signed")))
          .hasSize(4);
    }
    assertWhole();
  }

  private static void untilConfirmed(Runnable write) {
    while (catchThrowableOfType(StoreUnavailableException.class, write::run) != null) {
      Thread.onSpinWait();
    }
  }

  private void assertWhole() {
    assertThat(witness.verifyChain().isIntact()).isTrue();
  }
}
