package io.payonce.testing;

import static io.payonce.testing.JournalScript.AT;
import static io.payonce.testing.JournalScript.CHAIN;
import static io.payonce.testing.JournalScript.LANE;
import static io.payonce.testing.JournalScript.LEASE;
import static io.payonce.testing.JournalScript.add;
import static io.payonce.testing.JournalScript.move;
import static io.payonce.testing.JournalScript.slot;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.Address;
import io.payonce.ChainId;
import io.payonce.LaneId;
import io.payonce.Priority;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.signing.AttemptKind;
import io.payonce.store.CommitResult;
import io.payonce.store.JournalChange.FinalNonceRaised;
import io.payonce.store.JournalChange.LaneMoved;
import io.payonce.store.JournalChange.RequestAnswered;
import io.payonce.store.JournalChange.SlotBound;
import io.payonce.store.JournalChange.TransferMoved;
import io.payonce.store.LaneRequest;
import io.payonce.store.Lease;
import io.payonce.store.SlotState;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredLane.LaneState;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore.JournalEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Lanes: who has one, until when, and what other instances ask of it. */
abstract class StoreLaneCases extends StoreUnderTest {
  @Test
  final void a_lane_is_registered_once_and_starts_where_it_was_told() {
    store.registerLane(LANE, 99, AT);
    assertThat(store.lane(LANE).orElseThrow().nextNonce()).isEqualTo(5);
    assertThat(store.lane(LANE).orElseThrow().finalNonce()).isZero();
    assertThat(store.lane(LANE).orElseThrow().state()).isEqualTo(LaneState.ACTIVE);
  }

  @Test
  final void lanes_are_listed_by_chain_and_address() {
    LaneId first = new LaneId(ChainId.of(1), Address.of("0x" + "ff".repeat(20)));
    LaneId second = new LaneId(ChainId.of(31_337), Address.of("0x" + "00".repeat(19) + "01"));
    store.registerLane(second, 0, AT);
    store.registerLane(first, 0, AT);
    assertThat(store.lanes()).extracting(l -> l.id()).containsExactly(first, second, LANE);
  }

  @Test
  final void an_unregistered_lane_is_unknown() {
    LaneId other = new LaneId(CHAIN, Address.of("0x" + "01".repeat(20)));
    assertThat(store.lane(other)).isEmpty();
    assertThat(store.openSlots(other)).isEmpty();
    assertThatThrownBy(() -> store.takeLane(other, LEASE, AT))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> store.commit(other, 0, List.of(), AT))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  final void taking_a_lane_raises_its_epoch_and_shuts_the_former_owner_out() {
    TransferId id = lane.accept("k");
    long taken = store.takeLane(LANE, LEASE, AT).orElseThrow().epoch();
    assertThat(taken).isGreaterThan(lane.epoch());
    assertThat(lane.commit(move(id, TransferState.ACCEPTED, TransferState.READY)))
        .isEqualTo(new CommitResult.StaleEpoch());
    assertThat(store.find(id).orElseThrow().state()).isEqualTo(TransferState.ACCEPTED);
  }

  @Test
  final void a_lease_shuts_others_out_until_it_ends_and_writes_nothing_for_them() {
    StoredLane held = store.lane(LANE).orElseThrow();
    assertThat(held.leaseOwner()).contains(LEASE.owner());
    assertThat(held.leaseExpiresAt()).isPresent();
    Lease other = new Lease("other", Duration.ofSeconds(60));
    assertThat(store.takeLane(LANE, other, AT)).isEmpty();
    assertThat(store.lane(LANE)).contains(held);
    outliveLeases(store);
    StoredLane taken = store.takeLane(LANE, other, AT).orElseThrow();
    assertThat(taken.epoch()).isGreaterThan(held.epoch());
    assertThat(taken.epoch())
        .as("where that commit is lost, the next to take it comes to another epoch")
        .isNotEqualTo(held.taken("another", AT).epoch());
    assertThat(taken.leaseOwner()).contains("other");
    assertThat(store.lane(LANE)).contains(taken);
    assertThat(store.takeLane(LANE, LEASE, AT)).isEmpty();
  }

  @Test
  final void a_lease_runs_for_its_duration_from_when_it_was_taken_or_renewed() {
    Instant first = store.lane(LANE).orElseThrow().leaseExpiresAt().orElseThrow();
    outliveLeases(store);
    assertThat(store.renewLane(LANE, lane.epoch(), LEASE, Optional.empty())).isTrue();
    StoredLane renewed = store.lane(LANE).orElseThrow();
    assertThat(renewed.leaseExpiresAt().orElseThrow()).isAfter(first);
    assertThat(renewed.epoch()).isEqualTo(lane.epoch());
    assertThat(store.takeLane(LANE, new Lease("other", Duration.ofSeconds(5)), AT)).isEmpty();
    StoredLane again =
        store.takeLane(LANE, new Lease(LEASE.owner(), Duration.ofSeconds(60)), AT).orElseThrow();
    assertThat(
            Duration.between(
                renewed.leaseExpiresAt().orElseThrow(), again.leaseExpiresAt().orElseThrow()))
        .isBetween(Duration.ofSeconds(50), Duration.ofSeconds(55));
  }

  @Test
  final void an_owner_that_lost_its_epoch_neither_renews_nor_releases() {
    outliveLeases(store);
    StoredLane taken =
        store.takeLane(LANE, new Lease("other", Duration.ofSeconds(60)), AT).orElseThrow();
    assertThat(store.renewLane(LANE, lane.epoch(), LEASE, Optional.empty())).isFalse();
    store.releaseLane(LANE, lane.epoch());
    assertThat(store.lane(LANE)).contains(taken);
  }

  @Test
  final void a_released_lane_is_free_at_once_and_its_epoch_still_stands() {
    store.releaseLane(LANE, lane.epoch());
    StoredLane free = store.lane(LANE).orElseThrow();
    assertThat(free.leaseOwner()).isEmpty();
    assertThat(free.leaseExpiresAt()).isEmpty();
    lane.accept("k");
    assertThat(lane.commit()).isEqualTo(new CommitResult.Applied());
    assertThat(store.takeLane(LANE, new Lease("other", Duration.ofSeconds(5)), AT)).isPresent();
    assertThat(lane.commit()).isEqualTo(new CommitResult.StaleEpoch());
  }

  @Test
  final void a_lease_carries_no_safety_only_the_epoch_does() {
    TransferId id = lane.accept("k");
    outliveLeases(store);
    assertThat(lane.commit(move(id, TransferState.ACCEPTED, TransferState.READY)))
        .isEqualTo(new CommitResult.Applied());
  }

  @Test
  final void arrivals_are_told_once_and_only_to_the_owner() {
    TransferId a = lane.accept("a");
    TransferId b = lane.accept("b");
    TransferId c = lane.accept("c");
    assertThat(store.noticeArrivals(LANE, lane.epoch() - 1, 10, AT)).isEmpty();
    assertThat(store.noticeArrivals(LANE, lane.epoch(), 2, AT))
        .extracting(StoredTransfer::id)
        .containsExactly(a, b);
    store = reopen(store);
    assertThat(store.noticeArrivals(LANE, lane.epoch(), 10, AT))
        .extracting(StoredTransfer::id)
        .containsExactly(c);
    assertThat(store.noticeArrivals(LANE, lane.epoch(), 10, AT)).isEmpty();
    assertThat(store.waiting(LANE, Priority.NORMAL, Optional.empty(), AT, 10)).hasSize(3);
  }

  @Test
  final void what_was_moved_is_no_arrival() {
    TransferId ready = lane.ready("a");
    TransferId accepted = lane.accept("b");
    assertThat(ready).isNotEqualTo(accepted);
    assertThat(store.noticeArrivals(LANE, lane.epoch(), 10, AT))
        .extracting(StoredTransfer::id)
        .containsExactly(accepted);
    assertThat(store.events(accepted)).extracting(JournalEvent::what).containsExactly("accepted");
  }

  @Test
  final void a_lane_starts_above_the_nonces_that_somebody_else_holds() {
    LaneId busy = new LaneId(ChainId.of(8), LANE.address());
    store.registerLane(busy, 3, 5, AT);
    store.registerLane(busy, 0, 9, AT);
    assertThat(store.lane(busy).orElseThrow().nextNonce()).isEqualTo(5);
    assertThat(store.openSlots(busy))
        .containsExactly(heldByOthers(new SlotId(busy, 3)), heldByOthers(new SlotId(busy, 4)));
    assertThatThrownBy(() -> store.registerLane(LANE, 6, 5, AT))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> store.registerLane(LANE, 0, 1001, AT))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static StoredSlot heldByOthers(SlotId id) {
    return new StoredSlot(id, SlotState.EXPOSED, Optional.empty(), List.of(), Optional.empty());
  }

  // Requests between instances.

  @Test
  final void a_request_is_open_until_a_commit_of_its_lane_answers_it() {
    TransferId id = lane.ready("k");
    long cancel = ask(LaneRequest.Kind.CANCEL, Optional.of(id));
    long giveAway = ask(LaneRequest.Kind.GIVE_AWAY, Optional.empty());
    assertThat(giveAway).isGreaterThan(cancel);
    store = reopen(store);
    lane = JournalScript.on(store);
    assertThat(store.openRequests(LANE, 10))
        .extracting(LaneRequest::id)
        .containsExactly(cancel, giveAway);
    assertThat(store.openRequests(LANE, 1)).extracting(LaneRequest::id).containsExactly(cancel);
    lane.apply(
        new TransferMoved(id, TransferState.READY, TransferState.REJECTED, "CANCELLED", "typo"),
        new RequestAnswered(cancel, "RejectedBeforeBinding"));
    assertThat(store.openRequests(LANE, 10)).extracting(LaneRequest::id).containsExactly(giveAway);
    LaneRequest answered = store.request(cancel).orElseThrow();
    assertThat(answered)
        .isEqualTo(
            new LaneRequest(
                cancel,
                LANE,
                LaneRequest.Kind.CANCEL,
                Optional.of(id),
                "alice",
                "typo",
                AT,
                Optional.of("RejectedBeforeBinding")));
    assertThat(store.request(giveAway + 1)).isEmpty();
  }

  @Test
  final void a_refused_commit_answers_nothing() {
    TransferId id = lane.accept("k");
    long cancel = ask(LaneRequest.Kind.CANCEL, Optional.of(id));
    lane.refused(
        new RequestAnswered(cancel, "RejectedBeforeBinding"),
        move(id, TransferState.READY, TransferState.REJECTED));
    JournalScript next = JournalScript.on(store);
    assertThat(lane.commit(new RequestAnswered(cancel, "Racing")))
        .isEqualTo(new CommitResult.StaleEpoch());
    assertThat(store.request(cancel).orElseThrow().answer()).isEmpty();
    next.apply(new RequestAnswered(cancel, "TooLate:PAID_FINAL"));
    next.refused(new RequestAnswered(cancel, "Racing"));
    next.refused(new RequestAnswered(cancel + 1, "Racing"));
    assertThat(store.request(cancel).orElseThrow().answer()).contains("TooLate:PAID_FINAL");
  }

  @Test
  final void a_request_of_another_lane_is_not_answered() {
    long cancel = ask(LaneRequest.Kind.SPEED_UP, Optional.of(lane.accept("k")));
    LaneId other = new LaneId(JournalScript.CHAIN, JournalScript.PAYEE);
    store.registerLane(other, 0, AT);
    long epoch = store.takeLane(other, JournalScript.LEASE, AT).orElseThrow().epoch();
    assertThat(store.commit(other, epoch, List.of(new RequestAnswered(cancel, "STARTED")), AT))
        .isInstanceOf(CommitResult.Conflict.class);
    assertThat(store.openRequests(other, 10)).isEmpty();
    assertThat(store.openRequests(LANE, 10)).hasSize(1);
  }

  private long ask(LaneRequest.Kind kind, Optional<TransferId> transfer) {
    return store.ask(LANE, kind, transfer, "alice", "typo", AT);
  }

  @Test
  final void a_lane_freezes_with_an_incident_and_resumes_without() {
    lane.apply(new LaneMoved(LaneState.FROZEN, "JOURNAL_BEHIND", "guard"));
    assertThat(store.lane(LANE).orElseThrow().incident()).isEqualTo("JOURNAL_BEHIND");
    store = reopen(store);
    lane = JournalScript.on(store);
    assertThat(store.lane(LANE).orElseThrow().state()).isEqualTo(LaneState.FROZEN);
    lane.apply(new LaneMoved(LaneState.ACTIVE, "ignored", "alice"));
    assertThat(store.lane(LANE).orElseThrow().incident()).isEmpty();
  }

  @Test
  final void nothing_is_bound_in_a_lane_that_is_not_active() {
    TransferId id = lane.ready("k");
    lane.apply(new LaneMoved(LaneState.PAUSED, "maintenance", "alice"));
    lane.refused(new SlotBound(slot(5), id), add(slot(5), 1, AttemptKind.PAYMENT));
  }

  @Test
  final void the_final_nonce_never_falls() {
    lane.apply(new FinalNonceRaised(4));
    lane.apply(new FinalNonceRaised(4));
    lane.refused(new FinalNonceRaised(3));
    assertThat(store.lane(LANE).orElseThrow().finalNonce()).isEqualTo(4);
  }
}
