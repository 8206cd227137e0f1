package io.payonce.testing;

import static io.payonce.testing.JournalScript.CHAIN;
import static io.payonce.testing.JournalScript.LANE;
import static io.payonce.testing.JournalScript.add;
import static io.payonce.testing.JournalScript.consumption;
import static io.payonce.testing.JournalScript.move;
import static io.payonce.testing.JournalScript.sent;
import static io.payonce.testing.JournalScript.slot;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.AttemptId;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.Wei;
import io.payonce.signing.AttemptKind;
import io.payonce.store.AttemptState;
import io.payonce.store.ConsumerClass;
import io.payonce.store.JournalChange;
import io.payonce.store.JournalChange.AttemptEnded;
import io.payonce.store.JournalChange.FeeBooked;
import io.payonce.store.JournalChange.FeeSettled;
import io.payonce.store.JournalChange.FinalityBroken;
import io.payonce.store.JournalChange.LaneMoved;
import io.payonce.store.JournalChange.SlotMoved;
import io.payonce.store.JournalChange.TransferMoved;
import io.payonce.store.SlotState;
import io.payonce.store.StoredLane.LaneState;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Final blocks that were replaced. */
abstract class StoreFinalityCases extends StoreOrphanCases {
  private static final BlockRef NOW = new BlockRef(90, BlockHash.of("0x" + "cd".repeat(32)));

  @Test
  final void final_slots_are_the_highest_below_a_nonce_in_nonce_order() {
    for (int i = 0; i < 5; i++) {
      lane.paid("k" + i);
    }
    lane.consumed("open");
    store = reopen(store);
    assertThat(store.finalSlots(LANE, Long.MAX_VALUE, 2))
        .extracting(StoredSlot::id)
        .containsExactly(slot(8), slot(9));
    assertThat(store.finalSlots(LANE, 8, 9))
        .extracting(StoredSlot::id)
        .containsExactly(slot(5), slot(6), slot(7));
    assertThat(store.finalSlots(LANE, 5, 9)).isEmpty();
    assertThat(store.finalSlots(LANE, Long.MAX_VALUE, 9))
        .hasSize(5)
        .allSatisfy(each -> assertThat(store.slot(each.id())).contains(each));
  }

  @Test
  final void broken_finality_quarantines_the_payment_and_opens_its_slot() {
    SlotId slot = lane.paid("k");
    TransferId id = transfer(slot);
    lane.apply(frozen(), broken(id, TransferState.PAID_FINAL), new FinalityBroken(slot, NOW));
    store = reopen(store);
    StoredTransfer stored = store.find(id).orElseThrow();
    assertThat(stored.isBroken()).isTrue();
    StoredSlot open = store.slot(slot).orElseThrow();
    assertThat(open.state()).isEqualTo(SlotState.EXPOSED);
    assertThat(open.consumption()).isEmpty();
    assertThat(open.attempts().get(0).state()).isEqualTo(AttemptState.UNKNOWN);
    assertThat(store.openSlots(LANE)).containsExactly(open);
    assertThat(store.finalSlots(LANE, Long.MAX_VALUE, 9)).isEmpty();
    assertThat(store.events(id))
        .anyMatch(event -> event.what().equals("finality broken"))
        .anyMatch(event -> event.detail().contains(NOW.hash().value()));
  }

  @Test
  final void only_a_replaced_block_of_a_frozen_lane_breaks_finality_and_both_together() {
    SlotId slot = lane.paid("k");
    TransferId id = transfer(slot);
    TransferMoved broken = broken(id, TransferState.PAID_FINAL);
    FinalityBroken opens = new FinalityBroken(slot, NOW);
    lane.refused(broken, opens); // not frozen
    lane.refused(new LaneMoved(LaneState.PAUSED, "", "x"), broken, opens);
    lane.refused(frozen(), opens); // its transfer is still paid by it
    lane.refused(frozen(), opens, broken);
    lane.refused(frozen(), move(id, TransferState.PAID_FINAL, TransferState.QUARANTINED), opens);
    lane.refused(frozen(), broken, new FinalityBroken(slot, block(slot)));
    lane.refused(
        frozen(), broken, new FinalityBroken(slot, new BlockRef(89, NOW.hash()))); // another height
    lane.refused(frozen(), new FinalityBroken(lane.consumed("open"), NOW));
    TransferId rejected = lane.accept("rejected");
    lane.apply(move(rejected, TransferState.ACCEPTED, TransferState.REJECTED));
    lane.refused(frozen(), broken(rejected, TransferState.REJECTED)); // no block was its proof
    lane.apply(frozen(), broken, opens);
    lane.refused(opens); // once
  }

  @Test
  final void what_is_broken_ends_only_by_a_final_block() {
    SlotId slot = lane.paid("k");
    TransferId id = transfer(slot);
    lane.apply(frozen(), broken(id, TransferState.PAID_FINAL), new FinalityBroken(slot, NOW));
    for (TransferState to : TransferState.values()) {
      lane.refused(move(id, TransferState.QUARANTINED, to));
    }
    lane.apply(
        new SlotMoved(
            slot,
            SlotState.EXPOSED,
            SlotState.CONSUMED,
            Optional.of(consumption(slot, 1, ConsumerClass.PAYMENT))));
    lane.refused(move(id, TransferState.QUARANTINED, TransferState.PAID_FINAL));
    lane.apply(
        new SlotMoved(slot, SlotState.CONSUMED, SlotState.CONSUMED_FINAL, Optional.empty()),
        new AttemptEnded(new AttemptId(slot, 1), AttemptState.WON));
    lane.apply(move(id, TransferState.QUARANTINED, TransferState.PAID_FINAL));
    assertThat(store.find(id).orElseThrow().state()).isEqualTo(TransferState.PAID_FINAL);
    lane.apply(broken(id, TransferState.PAID_FINAL), new FinalityBroken(slot, NOW)); // again
  }

  @Test
  final void a_payment_in_quarantine_can_lose_its_final_block_too() {
    SlotId slot = lane.consumed("k");
    TransferId id = transfer(slot);
    lane.apply(
        move(id, TransferState.INCLUDED, TransferState.QUARANTINED),
        new SlotMoved(slot, SlotState.CONSUMED, SlotState.CONSUMED_FINAL, Optional.empty()));
    lane.refused(broken(id, TransferState.QUARANTINED)); // not frozen
    lane.apply(frozen(), broken(id, TransferState.QUARANTINED), new FinalityBroken(slot, NOW));
    assertThat(store.find(id).orElseThrow().isBroken()).isTrue();
  }

  @Test
  final void what_ended_unpaid_is_never_sent_again_and_its_nonce_can_be_cancelled() {
    SlotId slot = lane.exposed("k");
    TransferId id = transfer(slot);
    lane.apply(
        new SlotMoved(
            slot,
            SlotState.EXPOSED,
            SlotState.CONSUMED,
            Optional.of(consumption(slot, 1, ConsumerClass.REVERTED))),
        move(id, TransferState.IN_FLIGHT, TransferState.REVERTED));
    lane.apply(
        new SlotMoved(slot, SlotState.CONSUMED, SlotState.CONSUMED_FINAL, Optional.empty()),
        new AttemptEnded(new AttemptId(slot, 1), AttemptState.WON),
        move(id, TransferState.REVERTED, TransferState.REVERTED_FINAL));
    lane.apply(frozen(), broken(id, TransferState.REVERTED_FINAL), new FinalityBroken(slot, NOW));
    assertThat(store.slot(slot).orElseThrow().attempts().get(0).state())
        .isEqualTo(AttemptState.LOST);
    lane.refused(sent(slot, 1, AttemptState.SENT));
    lane.refused(sent(slot, 1, AttemptState.UNKNOWN));
    lane.apply(add(slot, 2, AttemptKind.CANCEL));
    lane.apply(lane.sign(slot, 2));
    assertThat(store.slot(slot).orElseThrow().attempts()).hasSize(2);
  }

  @Test
  final void a_fee_is_in_flight_again_when_its_block_is_replaced() {
    SlotId slot = lane.consumed("k");
    TransferId id = transfer(slot);
    JournalChange booked = new FeeBooked(CHAIN, slot, Wei.gwei(100), Wei.gwei(1000));
    FeeSettled settled = new FeeSettled(CHAIN, slot, Wei.gwei(60));
    lane.apply(booked);
    lane.apply(
        new SlotMoved(slot, SlotState.CONSUMED, SlotState.CONSUMED_FINAL, Optional.empty()),
        move(id, TransferState.INCLUDED, TransferState.PAID_FINAL),
        settled);
    lane.refused(settled);
    lane.apply(frozen(), broken(id, TransferState.PAID_FINAL), new FinalityBroken(slot, NOW));
    lane.apply(settled);
  }

  private TransferId transfer(SlotId slot) {
    return store.slot(slot).orElseThrow().transfer().orElseThrow();
  }

  private BlockRef block(SlotId slot) {
    return store.slot(slot).orElseThrow().consumption().orElseThrow().block();
  }

  private static LaneMoved frozen() {
    return new LaneMoved(LaneState.FROZEN, StoredTransfer.FINALITY_BROKEN, "payonce");
  }

  private static TransferMoved broken(TransferId id, TransferState from) {
    return new TransferMoved(
        id, from, TransferState.QUARANTINED, StoredTransfer.FINALITY_BROKEN, "replaced");
  }
}
