package io.payonce.testing;

import static io.payonce.testing.JournalScript.AT;
import static io.payonce.testing.JournalScript.LANE;
import static io.payonce.testing.JournalScript.add;
import static io.payonce.testing.JournalScript.consumption;
import static io.payonce.testing.JournalScript.reserve;
import static io.payonce.testing.JournalScript.sent;
import static io.payonce.testing.JournalScript.slot;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.AttemptId;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.signing.AttemptKind;
import io.payonce.signing.SigningClaims.Claim;
import io.payonce.store.AttemptState;
import io.payonce.store.ConsumerClass;
import io.payonce.store.Consumption;
import io.payonce.store.JournalChange.AttemptEnded;
import io.payonce.store.JournalChange.FinalityBroken;
import io.payonce.store.JournalChange.HostMayHaveSent;
import io.payonce.store.JournalChange.LaneMoved;
import io.payonce.store.JournalChange.RequestAnswered;
import io.payonce.store.JournalChange.SlotBound;
import io.payonce.store.JournalChange.SlotMoved;
import io.payonce.store.LaneRequest;
import io.payonce.store.SlotState;
import io.payonce.store.StoredLane.LaneState;
import io.payonce.store.StoredReservation;
import io.payonce.store.StoredSlot;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Nonces that hosts reserve for transactions of their own. */
abstract class StoreReservationCases extends StoreOutboxCases {
  private static final SlotId FIVE = slot(5);

  @Test
  final void a_reservation_takes_the_next_nonce_and_is_found_by_its_name() {
    lane.apply(reserve(FIVE, "sweep"));
    store = reopen(store);
    assertThat(store.lane(LANE).orElseThrow().nextNonce()).isEqualTo(6);
    StoredSlot stored = store.slot(FIVE).orElseThrow();
    assertThat(stored.state()).isEqualTo(SlotState.RESERVED);
    assertThat(stored.reservation())
        .contains(
            new StoredReservation(
                "sweep", "ops", "approval", AT.plusSeconds(60), Optional.empty()));
    assertThat(store.reserved(LANE, "sweep")).contains(stored);
    assertThat(store.openSlots(LANE)).containsExactly(stored);
    assertThat(store.reserved(LANE, "Sweep")).isEmpty();
  }

  @Test
  final void a_name_holds_one_nonce_of_its_lane_at_a_time() {
    lane.apply(reserve(FIVE, "sweep"));
    lane.refused(reserve(slot(6), "sweep"));
    lane.refused(reserve(FIVE, "other"));
    lane.refused(reserve(slot(7), "other")); // not the next one
    lane.apply(giveBack());
    assertThat(store.reserved(LANE, "sweep")).isEmpty();
    assertThat(store.slot(FIVE).orElseThrow().reservation()).isEmpty();
    lane.apply(reserve(FIVE, "other"), reserve(slot(6), "sweep"));
    lane.refused(reserve(slot(7), "a"), reserve(slot(8), "a"));
  }

  @Test
  final void nothing_is_reserved_in_a_lane_that_is_not_active() {
    lane.apply(new LaneMoved(LaneState.PAUSED, "noon", "ops"));
    lane.refused(reserve(FIVE, "sweep"));
    lane.apply(new LaneMoved(LaneState.FROZEN, "X", "ops"));
    lane.refused(reserve(FIVE, "sweep"));
  }

  @Test
  final void a_reserved_nonce_is_for_the_hosts_transaction_alone() {
    TransferId payment = lane.ready("k");
    lane.apply(reserve(FIVE, "sweep"));
    lane.refused(new SlotBound(FIVE, payment));
    lane.refused(add(FIVE, 1, AttemptKind.FILL));
    lane.refused(add(FIVE, 1, AttemptKind.PAYMENT));
    lane.refused(new HostMayHaveSent(FIVE, "x"));
    lane.apply(add(FIVE, 1, AttemptKind.HOST));
    lane.refused(giveBack());
    lane.refused(new SlotMoved(FIVE, SlotState.INTENDED, SlotState.RELEASED, Optional.empty()));
    lane.refused(add(FIVE, 2, AttemptKind.HOST));
    lane.refused(add(FIVE, 2, AttemptKind.REPLACEMENT));
    lane.refused(add(FIVE, 2, AttemptKind.CANCEL));
    lane.refused(new SlotBound(FIVE, payment));
    lane.apply(add(FIVE, 2, AttemptKind.FILL));
    store = reopen(store);
    assertThat(store.slot(FIVE).orElseThrow().state()).isEqualTo(SlotState.INTENDED);
    assertThat(store.claims(FIVE))
        .extracting(Claim::kind)
        .containsExactly(AttemptKind.HOST, AttemptKind.FILL);
    assertThat(store.slot(FIVE).orElseThrow().host().orElseThrow().transaction())
        .isEqualTo(JournalScript.transaction(FIVE, 1, AttemptKind.HOST));
  }

  @Test
  final void only_a_reserved_nonce_takes_a_transaction_of_the_hosts() {
    SlotId bound = lane.bind(lane.ready("k"));
    lane.refused(add(bound, 2, AttemptKind.HOST));
    lane.apply(reserve(slot(6), "sweep"));
    lane.apply(new SlotMoved(slot(6), SlotState.RESERVED, SlotState.RELEASED, Optional.empty()));
    lane.refused(add(slot(6), 1, AttemptKind.HOST));
  }

  @Test
  final void the_hosts_bytes_are_stored_sent_and_win_like_others() {
    SlotId slot = intended("sweep");
    lane.refused(sent(slot, 1, AttemptState.SENT));
    lane.apply(lane.sign(slot, 1));
    assertThat(store.slot(slot).orElseThrow().state()).isEqualTo(SlotState.EXPOSED);
    Consumption mined = consumption(slot, 1, ConsumerClass.HOST);
    lane.apply(new SlotMoved(slot, SlotState.EXPOSED, SlotState.CONSUMED, Optional.of(mined)));
    store = reopen(store);
    lane = JournalScript.on(store);
    assertThat(store.slot(slot).orElseThrow().consumption()).contains(mined);
    lane.apply(
        new SlotMoved(slot, SlotState.CONSUMED, SlotState.CONSUMED_FINAL, Optional.empty()),
        new AttemptEnded(new AttemptId(slot, 1), AttemptState.WON));
    assertThat(store.reserved(LANE, "sweep").orElseThrow().state())
        .isEqualTo(SlotState.CONSUMED_FINAL);
    lane.refused(reserve(slot(6), "sweep")); // a name stands for one transaction, for ever
  }

  @Test
  final void bytes_that_may_be_out_expose_the_nonce_without_them() {
    SlotId slot = intended("custodian");
    lane.apply(new HostMayHaveSent(slot, "request 7"));
    lane.refused(new HostMayHaveSent(slot, "again"));
    store = reopen(store);
    lane = JournalScript.on(store);
    StoredSlot exposed = store.slot(slot).orElseThrow();
    assertThat(exposed.state()).isEqualTo(SlotState.EXPOSED);
    assertThat(exposed.reservation().orElseThrow().exposedBy()).contains("request 7");
    assertThat(exposed.attempts().get(0).state()).isEqualTo(AttemptState.INTENT);
    lane.apply(
        new SlotMoved(
            slot,
            SlotState.EXPOSED,
            SlotState.CONSUMED,
            Optional.of(consumption(slot, 1, ConsumerClass.HOST_REVERTED))));
    assertThat(store.slot(slot).orElseThrow().consumption().orElseThrow().by())
        .isEqualTo(ConsumerClass.HOST_REVERTED);
    lane.refused(new SlotMoved(slot, SlotState.CONSUMED, SlotState.RELEASED, Optional.empty()));
    lane.apply(new SlotMoved(slot, SlotState.CONSUMED, SlotState.EXPOSED, Optional.empty()));
    lane.apply(lane.sign(slot, 1)); // the bytes turned up
    assertThat(store.slot(slot).orElseThrow().attempts().get(0).state())
        .isEqualTo(AttemptState.SIGNED);
  }

  @Test
  final void a_revert_whose_finality_broke_is_never_sent_again() {
    SlotId slot = intended("sweep");
    lane.apply(lane.sign(slot, 1));
    Consumption reverted = consumption(slot, 1, ConsumerClass.HOST_REVERTED);
    lane.apply(
        new SlotMoved(slot, SlotState.EXPOSED, SlotState.CONSUMED, Optional.of(reverted)),
        new SlotMoved(slot, SlotState.CONSUMED, SlotState.CONSUMED_FINAL, Optional.empty()),
        new AttemptEnded(new AttemptId(slot, 1), AttemptState.WON));
    BlockRef now = new BlockRef(reverted.block().number(), BlockHash.of("0x" + "cd".repeat(32)));
    lane.apply(
        new LaneMoved(LaneState.FROZEN, "FINALITY_BROKEN", "payonce"),
        new FinalityBroken(slot, now));
    StoredSlot open = store.slot(slot).orElseThrow();
    assertThat(open.state()).isEqualTo(SlotState.EXPOSED);
    assertThat(open.attempts().get(0).state()).isEqualTo(AttemptState.LOST);
    assertThat(open.isReservedAs("sweep")).isTrue();
  }

  @Test
  final void a_request_for_a_reservation_is_of_no_payment() {
    long id =
        store.ask(
            LANE, LaneRequest.Kind.RESERVATION, Optional.empty(), "ops", "RESERVE a PT1M x", AT);
    assertThat(store.openRequests(LANE, 9))
        .singleElement()
        .satisfies(
            open -> {
              assertThat(open.kind()).isEqualTo(LaneRequest.Kind.RESERVATION);
              assertThat(open.transfer()).isEmpty();
              assertThat(open.reason()).isEqualTo("RESERVE a PT1M x");
            });
    lane.apply(reserve(FIVE, "a"), new RequestAnswered(id, "Done:5"));
    assertThat(store.request(id).orElseThrow().answer()).contains("Done:5");
  }

  private SlotId intended(String name) {
    lane.apply(reserve(FIVE, name));
    lane.apply(add(FIVE, 1, AttemptKind.HOST));
    return FIVE;
  }

  private static SlotMoved giveBack() {
    return new SlotMoved(FIVE, SlotState.RESERVED, SlotState.RELEASED, Optional.empty());
  }
}
