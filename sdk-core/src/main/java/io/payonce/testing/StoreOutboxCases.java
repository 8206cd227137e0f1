package io.payonce.testing;

import static io.payonce.testing.JournalScript.move;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.payonce.IdempotencyKey;
import io.payonce.TransferId;
import io.payonce.store.JournalChange.TransferMoved;
import io.payonce.store.Lease;
import io.payonce.store.OutboxEvent;
import io.payonce.store.SinkBacklog;
import io.payonce.store.TransferState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What waits for sinks outside the journal. */
abstract class StoreOutboxCases extends StoreArchiveCases {
  private static final String SINK = "ledger";
  private static final Lease MINE = new Lease("me", Duration.ofSeconds(10));
  private static final Lease OTHERS = new Lease("other", Duration.ofSeconds(10));

  private List<OutboxEvent> heads(String sink) {
    return store.outbox().heads(sink, 0, 100);
  }

  /** Takes everything, one round of heads after the other. */
  private List<OutboxEvent> drained(String sink) {
    List<OutboxEvent> all = new ArrayList<>();
    for (List<OutboxEvent> heads = heads(sink); !heads.isEmpty(); heads = heads(sink)) {
      all.addAll(heads);
      store.outbox().delivered(sink, heads);
    }
    return all;
  }

  @Test
  final void every_transition_waits_for_a_sink_in_its_order() {
    store.outbox().addSink(SINK);
    lane.paid("paid");
    TransferId held = lane.accept("held");
    lane.apply(
        new TransferMoved(
            held, TransferState.ACCEPTED, TransferState.HELD, "FUNDS_SHORT", "to be refilled"));
    lane.apply(new TransferMoved(held, TransferState.HELD, TransferState.HELD, "OTHER", ""));
    TransferId paid = store.find(IdempotencyKey.of("paid")).orElseThrow().id();
    List<OutboxEvent> all = drained(SINK);
    assertThat(all.stream().filter(event -> event.transfer().equals(paid)))
        .extracting(OutboxEvent::state)
        .containsExactly(
            TransferState.ACCEPTED,
            TransferState.READY,
            TransferState.BOUND,
            TransferState.IN_FLIGHT,
            TransferState.INCLUDED,
            TransferState.PAID_FINAL);
    assertThat(all.stream().filter(event -> event.transfer().equals(held)))
        .extracting(OutboxEvent::state, OutboxEvent::code, OutboxEvent::reason, OutboxEvent::at)
        .containsExactly(
            tuple(TransferState.ACCEPTED, "", "", JournalScript.AT),
            tuple(TransferState.HELD, "FUNDS_SHORT", "to be refilled", JournalScript.AT),
            tuple(TransferState.HELD, "OTHER", "", JournalScript.AT));
    assertThat(all).extracting(OutboxEvent::id).doesNotHaveDuplicates();
  }

  @Test
  final void what_follows_in_a_payment_waits_and_other_payments_do_not() {
    store.outbox().addSink(SINK);
    TransferId first = lane.ready("first");
    TransferId second = lane.ready("second");
    List<OutboxEvent> heads = heads(SINK);
    assertThat(heads)
        .extracting(OutboxEvent::transfer, OutboxEvent::state)
        .containsExactly(
            tuple(first, TransferState.ACCEPTED), tuple(second, TransferState.ACCEPTED));
    assertThat(store.outbox().heads(SINK, heads.get(0).number(), 100)).hasSize(1);
    assertThat(store.outbox().heads(SINK, 0, 1)).hasSize(1);
    store.outbox().delivered(SINK, List.of(heads.get(1)));
    assertThat(heads(SINK))
        .extracting(OutboxEvent::transfer, OutboxEvent::state)
        .containsExactly(tuple(first, TransferState.ACCEPTED), tuple(second, TransferState.READY));
  }

  @Test
  final void what_was_taken_is_taken_by_that_sink_alone_and_once() {
    store.outbox().addSink(SINK);
    store.outbox().addSink("queue");
    store.outbox().addSink(SINK);
    lane.accept("a");
    List<OutboxEvent> events = heads(SINK);
    store.outbox().delivered(SINK, events);
    store.outbox().delivered(SINK, events);
    store.outbox().delivered(SINK, List.of());
    assertThat(heads(SINK)).isEmpty();
    assertThat(heads("queue")).hasSize(1);
    assertThat(store.outbox().sinks())
        .containsExactly(
            new SinkBacklog(SINK, 0, Optional.empty()),
            new SinkBacklog("queue", 1, Optional.of(JournalScript.AT)));
  }

  /** After a fail-over that lost commits another event has the number of one that was delivered. */
  @Test
  final void another_event_of_the_same_number_is_not_taken_with_it() {
    store.outbox().addSink(SINK);
    lane.accept("a");
    OutboxEvent waits = heads(SINK).get(0);
    OutboxEvent lost =
        new OutboxEvent(
            waits.number(),
            "0".repeat(32),
            waits.at(),
            waits.transfer(),
            waits.state(),
            waits.code(),
            waits.reason());
    store.outbox().delivered(SINK, List.of(lost));
    assertThat(heads(SINK)).containsExactly(waits);
  }

  @Test
  final void a_sink_hears_of_what_happens_while_it_is_known() {
    lane.accept("before");
    store.outbox().addSink(SINK);
    TransferId between = lane.accept("between");
    assertThat(heads(SINK)).extracting(OutboxEvent::transfer).containsExactly(between);
    store.outbox().removeSink(SINK);
    store.outbox().removeSink(SINK);
    lane.accept("after");
    assertThat(heads(SINK)).isEmpty();
    store.outbox().addSink(SINK);
    assertThat(heads(SINK)).isEmpty();
  }

  @Test
  final void a_refused_commit_leaves_nothing_in_the_outbox() {
    TransferId id = lane.accept("a");
    store.outbox().addSink(SINK);
    lane.refused(
        move(id, TransferState.ACCEPTED, TransferState.READY),
        move(id, TransferState.ACCEPTED, TransferState.READY));
    assertThat(heads(SINK)).isEmpty();
  }

  @Test
  final void a_restart_keeps_what_waits() {
    store.outbox().addSink(SINK);
    lane.ready("a");
    List<OutboxEvent> before = heads(SINK);
    store = reopen(store);
    assertThat(heads(SINK)).isEqualTo(before).isNotEmpty();
  }

  @Test
  final void one_instance_delivers_until_its_lease_ends() {
    assertThat(store.outbox().leaseSink("unknown", MINE)).isFalse();
    store.outbox().addSink(SINK);
    assertThat(store.outbox().leaseSink(SINK, MINE)).isTrue();
    assertThat(store.outbox().leaseSink(SINK, MINE)).isTrue();
    assertThat(store.outbox().leaseSink(SINK, OTHERS)).isFalse();
    store.outbox().releaseSink(SINK, OTHERS.owner());
    assertThat(store.outbox().leaseSink(SINK, OTHERS)).isFalse();
    store.outbox().releaseSink(SINK, MINE.owner());
    assertThat(store.outbox().leaseSink(SINK, OTHERS)).isTrue();
    outliveLeases(store);
    assertThat(store.outbox().leaseSink(SINK, MINE)).isTrue();
  }

  @Test
  final void a_name_that_no_sink_can_have_is_refused() {
    for (String name : List.of("", "two words", "a".repeat(65))) {
      assertThatThrownBy(() -> store.outbox().addSink(name))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'" + name + "'")
          .hasMessageContaining("1 to 64");
    }
  }
}
