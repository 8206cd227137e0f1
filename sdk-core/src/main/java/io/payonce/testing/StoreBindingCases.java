package io.payonce.testing;

import static io.payonce.store.AttemptState.INTENT;
import static io.payonce.testing.JournalScript.AT;
import static io.payonce.testing.JournalScript.CHAIN;
import static io.payonce.testing.JournalScript.LANE;
import static io.payonce.testing.JournalScript.add;
import static io.payonce.testing.JournalScript.intake;
import static io.payonce.testing.JournalScript.move;
import static io.payonce.testing.JournalScript.payment;
import static io.payonce.testing.JournalScript.reserve;
import static io.payonce.testing.JournalScript.slot;
import static io.payonce.testing.JournalScript.transaction;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.AttemptId;
import io.payonce.SlotId;
import io.payonce.Transfer;
import io.payonce.TransferId;
import io.payonce.Wei;
import io.payonce.signing.AttemptKind;
import io.payonce.store.CommitResult;
import io.payonce.store.JournalChange.CancelRequested;
import io.payonce.store.JournalChange.FeeBooked;
import io.payonce.store.JournalChange.SlotBound;
import io.payonce.store.JournalChange.SlotMoved;
import io.payonce.store.JournalChange.TransferMoved;
import io.payonce.store.SlotState;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Transfers on their way to a nonce, which they have for ever. */
abstract class StoreBindingCases extends StoreLaneCases {
  @Test
  final void a_move_is_stored_with_code_reason_and_time() {
    TransferId id = lane.accept("k");
    Instant later = AT.plusSeconds(9);
    assertThat(
            lane.commitAt(
                later,
                new TransferMoved(
                    id, TransferState.ACCEPTED, TransferState.HELD, "NO_FUNDS", "short by 3")))
        .isEqualTo(new CommitResult.Applied());
    StoredTransfer held = store.find(id).orElseThrow();
    assertThat(held.state()).isEqualTo(TransferState.HELD);
    assertThat(held.code()).isEqualTo("NO_FUNDS");
    assertThat(held.reason()).isEqualTo("short by 3");
    assertThat(held.acceptedAt()).isEqualTo(AT);
    assertThat(held.updatedAt()).isEqualTo(later);
  }

  @Test
  final void a_move_from_another_state_than_stored_is_a_conflict() {
    TransferId id = lane.accept("k");
    lane.refused(move(id, TransferState.HELD, TransferState.READY));
  }

  @Test
  final void every_edge_that_is_not_listed_is_refused() {
    TransferId id = lane.accept("k");
    for (TransferState to : TransferState.values()) {
      if (!TransferState.ACCEPTED.next().contains(to)) {
        lane.refused(move(id, TransferState.ACCEPTED, to));
      }
    }
    TransferId paid = store.slot(lane.paid("paid")).orElseThrow().transfer().orElseThrow();
    for (TransferState to : TransferState.values()) {
      lane.refused(move(paid, TransferState.PAID_FINAL, to)); // not even into quarantine, like this
    }
  }

  @Test
  final void a_transfer_is_bound_only_with_its_slot() {
    TransferId id = lane.ready("k");
    lane.refused(move(id, TransferState.READY, TransferState.BOUND));
  }

  @Test
  final void a_transfer_is_in_flight_only_with_signed_bytes() {
    TransferId id = lane.ready("k");
    lane.bind(id);
    lane.refused(move(id, TransferState.BOUND, TransferState.IN_FLIGHT));
  }

  @Test
  final void an_unknown_transfer_and_one_of_another_lane_are_refused() {
    lane.refused(move(new TransferId(99), TransferState.ACCEPTED, TransferState.READY));
    Address other = Address.of("0x" + "02".repeat(20));
    Transfer foreign =
        new Transfer(other, Address.of("0x" + "03".repeat(20)), payment(1).amount(), false);
    store.accept(intake(KEY, foreign), AT);
    TransferId id = store.find(KEY).orElseThrow().id();
    lane.refused(move(id, TransferState.ACCEPTED, TransferState.READY));
  }

  @Test
  final void a_cancel_request_is_kept_and_is_refused_at_the_end() {
    TransferId id = lane.accept("k");
    lane.apply(new CancelRequested(id, "alice", "typo"));
    lane.apply(new CancelRequested(id, "bob", "again"));
    assertThat(store.find(id).orElseThrow().cancelRequested()).isTrue();
    lane.apply(move(id, TransferState.ACCEPTED, TransferState.REJECTED));
    lane.refused(new CancelRequested(id, "alice", "late"));
  }

  // Binding.

  @Test
  final void binding_takes_the_next_nonce_for_ever() {
    TransferId id = lane.ready("k");
    SlotId slot = lane.bind(id);
    assertThat(slot.nonce()).isEqualTo(5);
    assertThat(store.lane(LANE).orElseThrow().nextNonce()).isEqualTo(6);
    assertThat(store.find(id).orElseThrow().state()).isEqualTo(TransferState.BOUND);
    assertThat(store.find(id).orElseThrow().slot()).contains(slot);
    StoredSlot stored = store.slot(slot).orElseThrow();
    assertThat(stored.state()).isEqualTo(SlotState.INTENDED);
    assertThat(stored.transfer()).contains(id);
    assertThat(stored.attempts())
        .containsExactly(
            new StoredAttempt(
                new AttemptId(slot, 1),
                AttemptKind.PAYMENT,
                transaction(slot, 1, AttemptKind.PAYMENT),
                Optional.empty(),
                INTENT,
                AT));
  }

  @Test
  final void a_second_nonce_for_a_key_is_refused() {
    TransferId id = lane.ready("k");
    lane.bind(id);
    lane.refused(new SlotBound(slot(6), id), add(slot(6), 1, AttemptKind.PAYMENT));
  }

  @Test
  final void a_nonce_that_is_not_the_next_one_is_refused() {
    TransferId id = lane.ready("k");
    lane.refused(new SlotBound(slot(4), id));
    lane.refused(new SlotBound(slot(6), id));
  }

  @Test
  final void a_taken_nonce_is_not_bound_again() {
    lane.bind(lane.ready("a"));
    TransferId second = lane.ready("b");
    lane.refused(new SlotBound(slot(5), second));
  }

  @Test
  final void only_a_ready_transfer_is_bound() {
    TransferId id = lane.accept("k");
    lane.refused(new SlotBound(slot(5), id));
    lane.apply(
        new TransferMoved(id, TransferState.ACCEPTED, TransferState.HELD, "RULE", "asked again"));
    lane.refused(new SlotBound(slot(5), id));
  }

  @Test
  final void a_released_nonce_is_bound_without_moving_the_next_one() {
    lane.apply(reserve(slot(5), "host"));
    lane.apply(new SlotMoved(slot(5), SlotState.RESERVED, SlotState.RELEASED, Optional.empty()));
    TransferId id = lane.ready("k");
    lane.apply(new SlotBound(slot(5), id), add(slot(5), 1, AttemptKind.PAYMENT));
    assertThat(store.lane(LANE).orElseThrow().nextNonce()).isEqualTo(6);
    assertThat(store.find(id).orElseThrow().slot()).contains(slot(5));
  }

  @Test
  final void a_reserved_nonce_is_not_bound() {
    lane.apply(reserve(slot(5), "host"));
    TransferId id = lane.ready("k");
    lane.refused(new SlotBound(slot(5), id));
  }

  @Test
  final void one_commit_binds_a_batch_in_order() {
    TransferId a = lane.ready("a");
    TransferId b = lane.ready("b");
    lane.apply(
        new SlotBound(slot(5), b),
        add(slot(5), 1, AttemptKind.PAYMENT),
        new SlotBound(slot(6), a),
        add(slot(6), 1, AttemptKind.PAYMENT));
    assertThat(store.openSlots(LANE))
        .extracting(s -> s.transfer().orElseThrow())
        .containsExactly(b, a);
  }

  @Test
  final void a_commit_is_all_or_nothing() {
    TransferId a = lane.ready("a");
    TransferId b = lane.accept("b");
    lane.refused(
        new SlotBound(slot(5), a),
        add(slot(5), 1, AttemptKind.PAYMENT),
        new FeeBooked(CHAIN, slot(5), Wei.of(1), Wei.of(10)),
        new SlotBound(slot(6), b));
    lane.apply(new SlotBound(slot(5), a), add(slot(5), 1, AttemptKind.PAYMENT));
  }
}
