package io.payonce.testing;

import static io.payonce.store.AttemptState.LOST;
import static io.payonce.store.AttemptState.SENT;
import static io.payonce.store.AttemptState.SIGNED;
import static io.payonce.store.AttemptState.UNKNOWN;
import static io.payonce.store.AttemptState.WON;
import static io.payonce.testing.JournalScript.AT;
import static io.payonce.testing.JournalScript.LANE;
import static io.payonce.testing.JournalScript.add;
import static io.payonce.testing.JournalScript.answer;
import static io.payonce.testing.JournalScript.consumption;
import static io.payonce.testing.JournalScript.sent;
import static io.payonce.testing.JournalScript.signed;
import static io.payonce.testing.JournalScript.slot;
import static io.payonce.testing.JournalScript.transaction;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.AttemptId;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.rpc.BroadcastEvidence.Answer;
import io.payonce.rpc.BroadcastEvidence.Verdict;
import io.payonce.signing.AttemptKind;
import io.payonce.store.CommitResult;
import io.payonce.store.ConsumerClass;
import io.payonce.store.JournalChange.AttemptAdded;
import io.payonce.store.JournalChange.AttemptEnded;
import io.payonce.store.JournalChange.AttemptSent;
import io.payonce.store.JournalChange.AttemptSigned;
import io.payonce.store.JournalChange.SlotBound;
import io.payonce.store.JournalChange.SlotFound;
import io.payonce.store.JournalChange.SlotMoved;
import io.payonce.store.JournalChange.SlotTaken;
import io.payonce.store.SlotState;
import io.payonce.store.StoredAnswer;
import io.payonce.store.StoredSlot;
import io.payonce.store.TransferState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is signed and sent for a nonce, and what took it in the end. */
abstract class StoreSlotCases extends StoreBindingCases {
  @Test
  final void attempts_count_up_by_one() {
    SlotId slot = lane.exposed("k");
    lane.refused(add(slot, 1, AttemptKind.REPLACEMENT));
    lane.refused(add(slot, 3, AttemptKind.REPLACEMENT));
    lane.apply(add(slot, 2, AttemptKind.REPLACEMENT));
    assertThat(store.slot(slot).orElseThrow().state()).isEqualTo(SlotState.EXPOSED);
    assertThat(store.slot(slot).orElseThrow().attempts()).hasSize(2);
  }

  @Test
  final void an_attempt_must_be_for_its_slot() {
    SlotId slot = lane.exposed("k");
    lane.refused(
        new AttemptAdded(
            new AttemptId(slot, 2),
            AttemptKind.REPLACEMENT,
            transaction(slot(6), 2, AttemptKind.REPLACEMENT)));
    lane.refused(
        new AttemptAdded(
            new AttemptId(slot(77), 1),
            AttemptKind.FILL,
            transaction(slot(77), 1, AttemptKind.FILL)));
  }

  @Test
  final void a_slot_keeps_its_purpose() {
    SlotId slot = lane.exposed("k");
    lane.refused(add(slot, 2, AttemptKind.FILL));
    lane.refused(add(slot, 2, AttemptKind.PAYMENT));
    lane.apply(add(slot, 2, AttemptKind.CANCEL));
    lane.refused(add(slot, 3, AttemptKind.REPLACEMENT));
    lane.apply(add(slot, 3, AttemptKind.CANCEL));
    lane.apply(new SlotTaken(slot(6), SlotState.RELEASED));
    lane.refused(add(slot(6), 1, AttemptKind.PAYMENT));
    lane.refused(add(slot(6), 1, AttemptKind.CANCEL));
  }

  @Test
  final void a_cancel_sends_nothing_to_its_own_wallet() {
    SlotId slot = lane.exposed("k");
    lane.refused(
        new AttemptAdded(
            new AttemptId(slot, 2),
            AttemptKind.CANCEL,
            transaction(slot, 2, AttemptKind.REPLACEMENT)));
  }

  @Test
  final void a_released_slot_is_filled() {
    lane.apply(new SlotTaken(slot(5), SlotState.RELEASED), add(slot(5), 1, AttemptKind.FILL));
    assertThat(store.slot(slot(5)).orElseThrow().state()).isEqualTo(SlotState.INTENDED);
    lane.apply(lane.sign(slot(5), 1));
    assertThat(store.slot(slot(5)).orElseThrow().state()).isEqualTo(SlotState.EXPOSED);
    assertThat(store.slot(slot(5)).orElseThrow().transfer()).isEmpty();
  }

  @Test
  final void signing_exposes_the_slot_and_puts_the_transfer_in_flight() {
    TransferId id = lane.ready("k");
    SlotId slot = lane.bind(id);
    AttemptSigned signed = lane.sign(slot, 1);
    lane.apply(signed);
    store = reopen(store);
    StoredSlot stored = store.slot(slot).orElseThrow();
    assertThat(stored.state()).isEqualTo(SlotState.EXPOSED);
    assertThat(stored.attempts().get(0).state()).isEqualTo(SIGNED);
    assertThat(stored.attempts().get(0).signed()).contains(signed.signed());
    assertThat(store.find(id).orElseThrow().state()).isEqualTo(TransferState.IN_FLIGHT);
  }

  @Test
  final void the_same_bytes_again_change_nothing() {
    SlotId slot = lane.exposed("k");
    AttemptSigned again = lane.sign(slot, 1);
    StoredSlot before = store.slot(slot).orElseThrow();
    lane.apply(again);
    assertThat(store.slot(slot)).contains(before);
    lane.apply(sent(slot, 1, SENT));
    lane.apply(again);
    assertThat(store.slot(slot).orElseThrow().attempts().get(0).state()).isEqualTo(SENT);
  }

  @Test
  final void other_bytes_than_the_intent_are_refused() {
    SlotId slot = lane.bind(lane.ready("k"));
    AttemptId first = new AttemptId(slot, 1);
    lane.refused(new AttemptSigned(first, signed(transaction(slot, 2, AttemptKind.PAYMENT))));
    lane.refused(
        new AttemptSigned(
            first, new ContractWallet(8).sign(transaction(slot, 1, AttemptKind.PAYMENT))));
    lane.refused(new AttemptSigned(new AttemptId(slot, 2), lane.sign(slot, 1).signed()));
  }

  @Test
  final void sending_is_recorded_and_an_acceptance_is_never_forgotten() {
    SlotId slot = lane.exposed("k");
    lane.apply(sent(slot, 1, UNKNOWN));
    assertThat(store.slot(slot).orElseThrow().attempts().get(0).state()).isEqualTo(UNKNOWN);
    lane.apply(sent(slot, 1, SENT));
    lane.apply(sent(slot, 1, UNKNOWN));
    assertThat(store.slot(slot).orElseThrow().attempts().get(0).state()).isEqualTo(SENT);
  }

  @Test
  final void the_last_answer_of_each_endpoint_to_the_newest_bytes_is_kept_with_its_words() {
    SlotId slot = lane.exposed("k");
    assertThat(store.answers(slot)).isEmpty();
    Answer full = answer("beta", Verdict.REJECTED, -32000, "txpool is full");
    Answer lost = answer("alpha", Verdict.AMBIGUOUS, 0, "timeout");
    lane.apply(sent(slot, 1, UNKNOWN, full, lost));
    assertThat(store.answers(slot))
        .containsExactly(
            StoredAnswer.of(new AttemptId(slot, 1), AT, lost),
            StoredAnswer.of(new AttemptId(slot, 1), AT, full));
    Answer took = answer("alpha", Verdict.ACCEPTED, 0, "");
    Instant later = AT.plusSeconds(1);
    assertThat(lane.commitAt(later, sent(slot, 1, SENT, took)))
        .isEqualTo(new CommitResult.Applied());
    assertThat(store.answers(slot))
        .containsExactly(
            StoredAnswer.of(new AttemptId(slot, 1), later, took),
            StoredAnswer.of(new AttemptId(slot, 1), AT, full));
    lane.apply(add(slot, 2, AttemptKind.REPLACEMENT));
    lane.apply(lane.sign(slot, 2));
    lane.apply(sent(slot, 2, UNKNOWN, lost));
    lane.apply(sent(slot, 1, SENT, full)); // older bytes
    store = reopen(store);
    assertThat(store.answers(slot))
        .containsExactly(StoredAnswer.of(new AttemptId(slot, 2), AT, lost));
    assertThat(store.answers(slot(99))).isEmpty();
  }

  @Test
  final void nothing_is_sent_that_is_not_signed() {
    SlotId slot = lane.bind(lane.ready("k"));
    lane.refused(sent(slot, 1, SENT));
    lane.refused(sent(slot, 1, UNKNOWN));
  }

  @Test
  final void evidence_for_another_hash_and_other_states_are_refused() {
    SlotId slot = lane.exposed("k");
    AttemptSent good = sent(slot, 1, SENT);
    lane.refused(new AttemptSent(good.attempt(), WON, good.evidence()));
    lane.refused(new AttemptSent(good.attempt(), SENT, sent(slot(9), 1, SENT).evidence()));
  }

  @Test
  final void an_attempt_ends_once_and_a_slot_has_one_winner() {
    SlotId slot = lane.exposed("k");
    lane.apply(add(slot, 2, AttemptKind.REPLACEMENT));
    lane.apply(lane.sign(slot, 2));
    lane.refused(new AttemptEnded(new AttemptId(slot, 1), SENT));
    lane.apply(new AttemptEnded(new AttemptId(slot, 1), WON));
    lane.refused(new AttemptEnded(new AttemptId(slot, 2), WON));
    lane.apply(new AttemptEnded(new AttemptId(slot, 2), LOST));
    lane.refused(new AttemptEnded(new AttemptId(slot, 1), LOST));
    lane.refused(sent(slot, 1, SENT));
  }

  // Slots.

  @Test
  final void a_consumed_slot_keeps_what_took_it() {
    SlotId slot = lane.consumed("k");
    store = reopen(store);
    assertThat(store.slot(slot).orElseThrow().consumption())
        .contains(consumption(slot, 1, ConsumerClass.PAYMENT));
  }

  @Test
  final void a_reorg_opens_a_slot_again_and_forgets_the_consumption() {
    SlotId slot = lane.consumed("k");
    lane.apply(new SlotMoved(slot, SlotState.CONSUMED, SlotState.EXPOSED, Optional.empty()));
    StoredSlot open = store.slot(slot).orElseThrow();
    assertThat(open.state()).isEqualTo(SlotState.EXPOSED);
    assertThat(open.consumption()).isEmpty();
    assertThat(open.attempts()).hasSize(1);
  }

  @Test
  final void a_reorg_never_hides_an_intent_or_its_bytes() {
    SlotId exposed = lane.consumed("a");
    for (SlotState to : List.of(SlotState.INTENDED, SlotState.RELEASED, SlotState.RESERVED)) {
      lane.refused(new SlotMoved(exposed, SlotState.CONSUMED, to, Optional.empty()));
    }
    SlotId intended = lane.bind(lane.ready("b"));
    lane.apply(
        new SlotMoved(
            intended,
            SlotState.INTENDED,
            SlotState.CONSUMED,
            Optional.of(consumption(intended, 1, ConsumerClass.FOREIGN))));
    lane.refused(new SlotMoved(intended, SlotState.CONSUMED, SlotState.RELEASED, Optional.empty()));
    lane.apply(new SlotMoved(intended, SlotState.CONSUMED, SlotState.INTENDED, Optional.empty()));
  }

  @Test
  final void a_slot_moves_only_as_listed_and_from_what_is_stored() {
    SlotId slot = lane.bind(lane.ready("k"));
    lane.refused(new SlotMoved(slot, SlotState.INTENDED, SlotState.EXPOSED, Optional.empty()));
    lane.refused(new SlotMoved(slot, SlotState.INTENDED, SlotState.RELEASED, Optional.empty()));
    lane.refused(
        new SlotMoved(
            slot,
            SlotState.EXPOSED,
            SlotState.CONSUMED,
            Optional.of(consumption(slot, 1, ConsumerClass.FOREIGN))));
    lane.refused(new SlotMoved(slot, SlotState.INTENDED, SlotState.CONSUMED, Optional.empty()));
    lane.apply(lane.sign(slot, 1));
    lane.refused(
        new SlotMoved(slot, SlotState.EXPOSED, SlotState.CONSUMED_FINAL, Optional.empty()));
  }

  @Test
  final void what_is_final_stays() {
    SlotId slot = lane.paid("k");
    for (SlotState to : SlotState.values()) {
      lane.refused(new SlotMoved(slot, SlotState.CONSUMED_FINAL, to, Optional.empty()));
    }
    lane.refused(add(slot, 2, AttemptKind.REPLACEMENT));
    assertThat(store.slot(slot).orElseThrow().consumption()).isPresent();
  }

  @Test
  final void a_found_nonce_is_booked_as_consumed_and_moves_the_lane() {
    lane.apply(new SlotFound(slot(5), consumption(slot(5), 1, ConsumerClass.FOREIGN)));
    assertThat(store.lane(LANE).orElseThrow().nextNonce()).isEqualTo(6);
    assertThat(store.slot(slot(5)).orElseThrow().state()).isEqualTo(SlotState.CONSUMED);
    lane.refused(new SlotFound(slot(5), consumption(slot(5), 1, ConsumerClass.FOREIGN)));
    lane.apply(new SlotFound(slot(9), consumption(slot(9), 1, ConsumerClass.FOREIGN)));
    assertThat(store.lane(LANE).orElseThrow().nextNonce()).isEqualTo(10);
    TransferId id = lane.ready("k");
    lane.refused(new SlotBound(slot(9), id));
    assertThat(lane.bind(id).nonce()).isEqualTo(10);
  }

  @Test
  final void slots_are_taken_only_as_reserved_or_released() {
    lane.refused(new SlotTaken(slot(5), SlotState.EXPOSED));
    lane.refused(new SlotTaken(slot(5), SlotState.RESERVED));
    lane.refused(new SlotTaken(slot(6), SlotState.RELEASED));
    lane.apply(new SlotTaken(slot(5), SlotState.RELEASED));
    lane.refused(new SlotTaken(slot(5), SlotState.RELEASED));
  }

  @Test
  final void open_slots_are_all_that_are_not_final_in_nonce_order() {
    lane.paid("a");
    SlotId consumed = lane.consumed("b");
    SlotId exposed = lane.exposed("c");
    SlotId intended = lane.bind(lane.ready("d"));
    store = reopen(store);
    assertThat(store.openSlots(LANE))
        .extracting(StoredSlot::id)
        .containsExactly(consumed, exposed, intended);
    assertThat(store.openSlots(LANE)).allSatisfy(s -> assertThat(s.attempts()).hasSize(1));
    assertThat(store.openSlots(LANE)).allSatisfy(s -> assertThat(store.slot(s.id())).contains(s));
  }
}
