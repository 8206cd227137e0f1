package io.payonce.submit.internal;

import static io.payonce.testing.JournalScript.AT;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.SubmitOptions;
import io.payonce.store.Agenda;
import io.payonce.submit.internal.LaneEvent.WaitingPage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What waits for a nonce, while pages of it are on their way from the journal. */
final class WaitingRoomTest {
  private static final Agenda NOTHING_DUE = new Agenda(List.of(), Optional.empty());
  private final LaneMemory memory = FreshMemory.make();
  private final WaitingRoom room = memory.waiting;

  @Test
  void a_payment_for_later_is_not_forgotten_when_it_arrives_while_a_page_is_read() {
    room.lookAgain();
    LaneCommand.Fetch asked = room.fetch().orElseThrow();
    room.arrived(
        FreshMemory.transfer(1, SubmitOptions.defaults().withNotBefore(AT.plusSeconds(30))));
    room.fetched(new WaitingPage(asked.priority(), List.of(), false), NOTHING_DUE);
    assertThat(room.wakes()).hasSize(1).allMatch(in -> in <= Duration.ofSeconds(31).toNanos());
    for (Optional<LaneCommand.Fetch> next = room.fetch(); next.isPresent(); next = room.fetch()) {
      room.fetched(new WaitingPage(next.get().priority(), List.of(), false), NOTHING_DUE);
    }
    assertThat(room.isComplete()).isTrue();
    memory.now = new Moment(AT.plusSeconds(31), Duration.ofSeconds(31).toNanos());
    assertThat(room.fetch()).isPresent();
  }

  @Test
  void the_journal_is_read_once_more_when_something_may_have_arrived_while_a_page_was_read() {
    room.lookAgain();
    LaneCommand.Fetch asked = room.fetch().orElseThrow();
    room.lookAgain();
    room.fetched(new WaitingPage(asked.priority(), List.of(), false), NOTHING_DUE);
    assertThat(room.isComplete()).isFalse();
    assertThat(room.fetch()).contains(asked);
  }
}
