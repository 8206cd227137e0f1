package io.payonce.testing;

import static io.payonce.testing.JournalScript.AT;
import static io.payonce.testing.JournalScript.CHAIN;
import static io.payonce.testing.JournalScript.LANE;
import static io.payonce.testing.JournalScript.add;
import static io.payonce.testing.JournalScript.move;
import static io.payonce.testing.JournalScript.slot;
import static io.payonce.testing.JournalScript.transaction;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.AttemptId;
import io.payonce.ChainId;
import io.payonce.LaneId;
import io.payonce.Priority;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.Wei;
import io.payonce.signing.AttemptKind;
import io.payonce.signing.SigningClaims.Claim;
import io.payonce.signing.SigningRequest;
import io.payonce.store.CommitResult;
import io.payonce.store.JournalChange.FeeBooked;
import io.payonce.store.JournalChange.FeeSettled;
import io.payonce.store.JournalChange.SlotBound;
import io.payonce.store.JournalChange.TransferMoved;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferFilter;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore.JournalEvent;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Fees of the hour; pages, counts, history and claims. */
abstract class StoreReadingCases extends StoreSlotCases {
  @Test
  final void the_hour_of_fees_has_a_limit_and_refuses_the_whole_commit() {
    SlotId slot = lane.bind(lane.ready("a"));
    lane.apply(new FeeBooked(CHAIN, slot, Wei.of(60), Wei.of(100)));
    TransferId second = lane.ready("b");
    Object before = lane.everything();
    assertThat(
            lane.commit(
                new SlotBound(slot(6), second),
                add(slot(6), 1, AttemptKind.PAYMENT),
                new FeeBooked(CHAIN, slot(6), Wei.of(41), Wei.of(100))))
        .isInstanceOf(CommitResult.FeeWindowFull.class);
    assertThat(lane.everything()).isEqualTo(before);
    lane.apply(
        new SlotBound(slot(6), second),
        add(slot(6), 1, AttemptKind.PAYMENT),
        new FeeBooked(CHAIN, slot(6), Wei.of(40), Wei.of(100)));
  }

  @Test
  final void a_later_booking_of_a_slot_replaces_a_lower_one() {
    SlotId slot = lane.bind(lane.ready("a"));
    lane.apply(new FeeBooked(CHAIN, slot, Wei.of(60), Wei.of(100)));
    lane.apply(new FeeBooked(CHAIN, slot, Wei.of(90), Wei.of(100)));
    lane.apply(new FeeBooked(CHAIN, slot, Wei.of(10), Wei.of(100)));
    assertThat(lane.commit(new FeeBooked(CHAIN, slot(6), Wei.of(11), Wei.of(100))))
        .isInstanceOf(CommitResult.FeeWindowFull.class);
    assertThat(lane.commit(new FeeBooked(CHAIN, slot(6), Wei.of(10), Wei.of(100))))
        .isEqualTo(new CommitResult.Applied());
  }

  @Test
  final void a_settled_fee_counts_for_an_hour_and_one_in_flight_for_as_long_as_it_is() {
    lane.apply(new FeeBooked(CHAIN, slot(5), Wei.of(50), Wei.of(100)));
    lane.apply(new FeeBooked(CHAIN, slot(6), Wei.of(50), Wei.of(100)));
    lane.apply(new FeeSettled(CHAIN, slot(5), Wei.of(20)));
    store = reopen(store);
    lane = JournalScript.on(store);
    FeeBooked next = new FeeBooked(CHAIN, slot(7), Wei.of(50), Wei.of(100));
    assertThat(lane.commit(next)).isInstanceOf(CommitResult.FeeWindowFull.class);
    assertThat(lane.commitAt(AT.plusSeconds(59 * 60), next))
        .isInstanceOf(CommitResult.FeeWindowFull.class);
    assertThat(lane.commitAt(AT.plusSeconds(62 * 60), next)).isEqualTo(new CommitResult.Applied());
    assertThat(
            lane.commitAt(
                AT.plusSeconds(9_999 * 60), new FeeBooked(CHAIN, slot(8), Wei.of(1), Wei.of(100))))
        .isInstanceOf(CommitResult.FeeWindowFull.class);
  }

  @Test
  final void a_fee_settles_once_and_sums_beyond_64_bits_are_exact() {
    Wei huge = Wei.ofCoins("1000");
    lane.apply(new FeeBooked(CHAIN, slot(5), huge, huge.plus(Wei.ONE)));
    assertThat(lane.commit(new FeeBooked(CHAIN, slot(6), Wei.of(2), huge.plus(Wei.ONE))))
        .isInstanceOf(CommitResult.FeeWindowFull.class);
    lane.apply(new FeeBooked(CHAIN, slot(6), Wei.ONE, huge.plus(Wei.ONE)));
    lane.apply(new FeeSettled(CHAIN, slot(5), huge));
    lane.refused(new FeeSettled(CHAIN, slot(5), huge));
    lane.refused(new FeeBooked(CHAIN, slot(5), huge, huge));
  }

  @Test
  final void fees_of_another_chain_or_lane_are_refused() {
    lane.refused(new FeeBooked(ChainId.of(1), slot(5), Wei.ONE, Wei.of(9)));
    LaneId other = new LaneId(CHAIN, Address.of("0x" + "01".repeat(20)));
    lane.refused(new FeeSettled(CHAIN, new SlotId(other, 5), Wei.ONE));
  }

  // Pages, counts, history, claims.

  @Test
  final void waiting_transfers_come_in_pages_by_id() {
    TransferId a = lane.accept("a");
    TransferId b = lane.ready("b");
    lane.bind(lane.ready("c"));
    TransferId d = lane.accept("d");
    lane.apply(new TransferMoved(d, TransferState.ACCEPTED, TransferState.HELD, "X", "y"));
    TransferId e = lane.accept("e");
    lane.apply(move(e, TransferState.ACCEPTED, TransferState.REJECTED));
    assertThat(store.waiting(LANE, Priority.NORMAL, Optional.empty(), AT, 10))
        .extracting(StoredTransfer::id)
        .containsExactly(a, b, d);
    assertThat(store.waiting(LANE, Priority.NORMAL, Optional.of(a), AT, 1))
        .extracting(StoredTransfer::id)
        .containsExactly(b);
    assertThat(store.waiting(LANE, Priority.NORMAL, Optional.of(d), AT, 10)).isEmpty();
  }

  @Test
  final void lists_are_newest_first_filtered_and_paged() {
    TransferId a = lane.accept("a");
    TransferId b = lane.ready("b");
    TransferId c = lane.accept("c");
    assertThat(store.list(TransferFilter.all(), Optional.empty(), 2))
        .extracting(StoredTransfer::id)
        .containsExactly(c, b);
    assertThat(store.list(TransferFilter.all(), Optional.of(b), 2))
        .extracting(StoredTransfer::id)
        .containsExactly(a);
    assertThat(
            store.list(TransferFilter.all().inState(TransferState.ACCEPTED), Optional.empty(), 9))
        .extracting(StoredTransfer::id)
        .containsExactly(c, a);
    assertThat(
            store.list(TransferFilter.all().inState(TransferState.PAID_FINAL), Optional.empty(), 9))
        .isEmpty();
  }

  @Test
  final void counts_say_how_many_stand_where() {
    lane.accept("a");
    lane.accept("b");
    lane.paid("c");
    assertThat(store.counts())
        .isEqualTo(Map.of(TransferState.ACCEPTED, 2L, TransferState.PAID_FINAL, 1L));
  }

  @Test
  final void each_change_leaves_one_event_in_order() {
    TransferId id = lane.ready("k");
    lane.ready("other");
    SlotId slot = lane.bind(id);
    lane.apply(lane.sign(slot, 1));
    List<JournalEvent> events = store.events(id);
    assertThat(events)
        .extracting(JournalEvent::what)
        .containsExactly("accepted", "moved", "bound", "attempt intended", "attempt signed");
    assertThat(events).extracting(JournalEvent::sequence).isSorted().doesNotHaveDuplicates();
    assertThat(events).extracting(JournalEvent::at).containsOnly(AT);
    assertThat(events)
        .extracting(JournalEvent::entity)
        .containsOnly("transfer/" + id, "slot/" + slot);
    assertThat(store.events(new TransferId(99))).isEmpty();
  }

  @Test
  final void claims_are_what_was_committed_with_the_payment_they_are_for() {
    TransferId id = lane.ready("k");
    SlotId slot = lane.bind(id);
    lane.apply(add(slot, 2, AttemptKind.CANCEL));
    Optional<SigningRequest.Intent> intent =
        Optional.of(new SigningRequest.Intent(id, store.find(id).orElseThrow().fingerprint()));
    assertThat(store.claims(slot))
        .containsExactly(
            new Claim(
                new AttemptId(slot, 1),
                AttemptKind.PAYMENT,
                intent,
                transaction(slot, 1, AttemptKind.PAYMENT)),
            new Claim(
                new AttemptId(slot, 2),
                AttemptKind.CANCEL,
                intent,
                transaction(slot, 2, AttemptKind.CANCEL)));
    assertThat(store.slotOf(id)).contains(slot);
    assertThat(store.slotOf(lane.accept("x"))).isEmpty();
    assertThat(store.claims(slot(99))).isEmpty();
  }
}
