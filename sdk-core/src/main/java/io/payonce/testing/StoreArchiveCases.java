package io.payonce.testing;

import static io.payonce.testing.JournalScript.AT;
import static io.payonce.testing.JournalScript.LANE;
import static io.payonce.testing.JournalScript.add;
import static io.payonce.testing.JournalScript.consumption;
import static io.payonce.testing.JournalScript.intake;
import static io.payonce.testing.JournalScript.move;
import static io.payonce.testing.JournalScript.payment;
import static io.payonce.testing.JournalScript.sent;
import static io.payonce.testing.JournalScript.slot;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.AttemptId;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.IdempotencyKey;
import io.payonce.SlotId;
import io.payonce.TransactionHash;
import io.payonce.TransferId;
import io.payonce.signing.AttemptKind;
import io.payonce.store.AcceptResult;
import io.payonce.store.AttemptState;
import io.payonce.store.ConsumerClass;
import io.payonce.store.JournalChange.AttemptEnded;
import io.payonce.store.JournalChange.FinalityBroken;
import io.payonce.store.JournalChange.LaneMoved;
import io.payonce.store.JournalChange.SlotMoved;
import io.payonce.store.JournalChange.TransferMoved;
import io.payonce.store.SlotState;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredLane.LaneState;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Signed bytes that go when their retention is over. */
abstract class StoreArchiveCases extends StoreFinalityCases {
  private static final Instant LATER = AT.plusSeconds(1);
  private static final BlockRef NOW = new BlockRef(90, BlockHash.of("0x" + "cd".repeat(32)));

  private int archive(Instant finalBefore, int limit) {
    return store.archiveBytes(LANE, lane.epoch(), finalBefore, limit, LATER);
  }

  private StoredSlot stored(SlotId slot) {
    return store.slot(slot).orElseThrow();
  }

  private static List<StoredAttempt> archived(StoredSlot slot) {
    return slot.attempts().stream().map(StoredAttempt::archived).toList();
  }

  @Test
  final void the_bytes_of_a_finished_nonce_go_and_all_else_stays() {
    SlotId slot = lane.exposed("k");
    TransferId id = stored(slot).transfer().orElseThrow();
    lane.apply(sent(slot, 1, AttemptState.SENT), add(slot, 2, AttemptKind.CANCEL));
    lane.apply(lane.sign(slot, 2), add(slot, 3, AttemptKind.CANCEL)); // the last is never signed
    lane.apply(
        new SlotMoved(
            slot,
            SlotState.EXPOSED,
            SlotState.CONSUMED,
            Optional.of(consumption(slot, 1, ConsumerClass.PAYMENT))),
        move(id, TransferState.IN_FLIGHT, TransferState.INCLUDED));
    lane.apply(
        new SlotMoved(slot, SlotState.CONSUMED, SlotState.CONSUMED_FINAL, Optional.empty()),
        new AttemptEnded(new AttemptId(slot, 1), AttemptState.WON),
        new AttemptEnded(new AttemptId(slot, 2), AttemptState.LOST),
        move(id, TransferState.INCLUDED, TransferState.PAID_FINAL));
    StoredSlot before = stored(slot);
    StoredTransfer transfer = store.find(id).orElseThrow();
    Object events = store.events(id);
    Object claims = store.claims(slot);
    List<TransactionHash> hashes =
        before.attempts().stream().flatMap(attempt -> attempt.hash().stream()).toList();

    assertThat(archive(LATER, 9)).isEqualTo(1);
    store = reopen(store);

    StoredSlot after = stored(slot);
    assertThat(after).isEqualTo(before.with(archived(before)));
    assertThat(after.attempts()).allMatch(attempt -> attempt.signed().isEmpty());
    assertThat(after.attempts().stream().flatMap(attempt -> attempt.hash().stream()))
        .hasSize(2)
        .containsExactlyElementsOf(hashes);
    assertThat(after.attempts().get(2).state()).isEqualTo(AttemptState.INTENT);
    assertThat(store.finalSlots(LANE, Long.MAX_VALUE, 9)).containsExactly(after);
    assertThat(store.find(id)).contains(transfer);
    assertThat(store.events(id)).isEqualTo(events);
    assertThat(store.claims(slot)).isEqualTo(claims);
    assertThat(archive(LATER, 9)).isZero();
  }

  @Test
  final void a_key_means_the_same_payment_after_its_bytes_are_gone() {
    SlotId slot = lane.paid("k");
    assertThat(archive(LATER, 1)).isEqualTo(1);
    store = reopen(store);
    IdempotencyKey key = IdempotencyKey.of("k");
    StoredTransfer paid = store.find(key).orElseThrow();
    assertThat(store.accept(intake(key, payment(100)), LATER))
        .isEqualTo(new AcceptResult.AlreadyKnown(paid));
    assertThat(store.accept(intake(key, payment(101)), LATER))
        .isEqualTo(new AcceptResult.KeyConflict(paid, List.of("amount")));
    assertThat(paid.state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(paid.slot()).contains(slot);
    assertThat(stored(slot).consumption().orElseThrow().hash())
        .isEqualTo(stored(slot).attempts().get(0).hash().orElseThrow());
  }

  @Test
  final void nonces_are_archived_in_their_order_as_many_as_are_asked_for() {
    for (int i = 0; i < 5; i++) {
      lane.paid("k" + i);
    }
    assertThat(archive(LATER, 2)).isEqualTo(2);
    assertThat(hasBytes(6)).isFalse();
    assertThat(hasBytes(7)).isTrue();
    assertThat(archive(LATER, 2)).isEqualTo(2);
    assertThat(archive(LATER, 2)).isEqualTo(1);
    assertThat(archive(LATER, 2)).isZero();
    assertThat(hasBytes(9)).isFalse();
  }

  @Test
  final void bytes_stay_until_their_nonce_has_been_final_for_so_long() {
    lane.paid("at-once");
    SlotId slot = lane.consumed("later");
    lane.paid("behind");
    assertThat(archive(AT, 9)).isZero(); // at AT, not before it
    assertThat(archive(LATER, 9)).isEqualTo(1);
    assertThat(hasBytes(6)).isTrue(); // in a block that may be replaced
    Instant muchLater = AT.plusSeconds(60);
    lane.commitAt(
        muchLater,
        new SlotMoved(slot, SlotState.CONSUMED, SlotState.CONSUMED_FINAL, Optional.empty()),
        new AttemptEnded(new AttemptId(slot, 1), AttemptState.WON));
    assertThat(archive(muchLater, 9)).isZero();
    assertThat(hasBytes(6)).isTrue();
    assertThat(hasBytes(7)).isTrue();
    assertThat(archive(muchLater.plusNanos(1), 9)).isEqualTo(2);
    assertThat(hasBytes(6) || hasBytes(7)).isFalse();
  }

  @Test
  final void only_the_owner_archives() {
    lane.paid("k");
    assertThat(store.archiveBytes(LANE, lane.epoch() + 1, LATER, 9, LATER)).isZero();
    assertThat(hasBytes(5)).isTrue();
    JournalScript next = JournalScript.on(store);
    assertThat(archive(LATER, 9)).isZero(); // by the owner before
    assertThat(store.archiveBytes(LANE, next.epoch(), LATER, 9, LATER)).isEqualTo(1);
  }

  @Test
  final void a_nonce_that_was_archived_and_breaks_opens_without_bytes_and_can_be_cancelled() {
    SlotId slot = lane.paid("k");
    TransferId id = stored(slot).transfer().orElseThrow();
    assertThat(archive(LATER, 9)).isEqualTo(1);
    lane.apply(
        new LaneMoved(LaneState.FROZEN, StoredTransfer.FINALITY_BROKEN, "payonce"),
        new TransferMoved(
            id,
            TransferState.PAID_FINAL,
            TransferState.QUARANTINED,
            StoredTransfer.FINALITY_BROKEN,
            "replaced"),
        new FinalityBroken(slot, NOW));
    StoredAttempt first = stored(slot).attempts().get(0);
    assertThat(first.state()).isEqualTo(AttemptState.LOST);
    assertThat(first.signed()).isEmpty();
    assertThat(first.hash()).isPresent();
    lane.refused(sent(slot, 1, AttemptState.UNKNOWN));
    lane.refused(lane.sign(slot, 1));
    lane.apply(add(slot, 2, AttemptKind.CANCEL));
    lane.apply(lane.sign(slot, 2));
    assertThat(stored(slot).state()).isEqualTo(SlotState.EXPOSED);
    // And by the block that has it again.
    lane.apply(
        new SlotMoved(
            slot,
            SlotState.EXPOSED,
            SlotState.CONSUMED,
            Optional.of(consumption(slot, 1, ConsumerClass.PAYMENT))));
    lane.apply(
        new SlotMoved(slot, SlotState.CONSUMED, SlotState.CONSUMED_FINAL, Optional.empty()),
        new AttemptEnded(new AttemptId(slot, 2), AttemptState.LOST),
        move(id, TransferState.QUARANTINED, TransferState.PAID_FINAL));
    assertThat(archive(LATER, 9)).isZero(); // it is below what was archived, and stays
    assertThat(stored(slot).attempts().get(1).signed()).isPresent();
  }

  private boolean hasBytes(long nonce) {
    return stored(slot(nonce)).attempts().get(0).signed().isPresent();
  }
}
