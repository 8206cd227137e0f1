package io.payonce.submit.internal;

import static io.payonce.testing.JournalScript.AT;
import static io.payonce.testing.JournalScript.LANE;
import static io.payonce.testing.JournalScript.LEASE;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.TransferId;
import io.payonce.store.LaneRequest;
import io.payonce.submit.Actor;
import io.payonce.submit.internal.LaneEvent.Asker;
import io.payonce.testing.JournalScript;
import io.payonce.testing.MemoryTransferStore;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What instances ask each other through the journal. */
final class LaneJournalTest {
  private final MemoryTransferStore store = new MemoryTransferStore();
  private final JournalScript script = JournalScript.on(store);
  private final LaneJournal journal = new LaneJournal(store, LEASE, LANE);

  /** Else the owner of the lane would fail at each look, and do nothing any more. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1001, 100_000})
  void a_reason_that_another_version_took_is_read_all_the_same(int length) {
    TransferId payment = script.accept("p");
    String reason = "x".repeat(length);
    store.ask(LANE, LaneRequest.Kind.CANCEL, Optional.of(payment), "ann", reason, AT);
    List<LaneEvent.Request> found = journal.requests();
    assertThat(found).hasSize(1);
    assertThat(((LaneEvent.CancelAsked) found.get(0)).decision())
        .isEqualTo(new Decision(new Actor("ann"), reason));
  }

  @Test
  void words_of_a_host_reach_the_journal_as_every_journal_can_hold_them() {
    ReservationStep step = new ReservationStep.Unknown("mine", 5, "no answer\0");
    journal.ask(
        new LaneEvent.ReservationAsked(
            step,
            Optional.empty(),
            List.of(),
            new Actor("ann"),
            Asker.here(new CompletableFuture<>())),
        AT);
    LaneRequest stored = store.openRequests(LANE, 1).get(0);
    assertThat(ReservationStep.of(stored.reason()))
        .isEqualTo(new ReservationStep.Unknown("mine", 5, "no answer\uFFFD"));
  }
}
