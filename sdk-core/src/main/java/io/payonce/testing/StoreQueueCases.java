package io.payonce.testing;

import static io.payonce.testing.JournalScript.AT;
import static io.payonce.testing.JournalScript.CHAIN;
import static io.payonce.testing.JournalScript.LANE;
import static io.payonce.testing.JournalScript.LEASE;
import static io.payonce.testing.JournalScript.PAYEE;
import static io.payonce.testing.JournalScript.add;
import static io.payonce.testing.JournalScript.intake;
import static io.payonce.testing.JournalScript.move;
import static io.payonce.testing.JournalScript.payment;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.ChainId;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.Priority;
import io.payonce.SlotId;
import io.payonce.Submission;
import io.payonce.SubmitOptions;
import io.payonce.Transfer;
import io.payonce.TransferId;
import io.payonce.WalletPool;
import io.payonce.Wei;
import io.payonce.signing.AttemptKind;
import io.payonce.store.AcceptResult;
import io.payonce.store.Agenda;
import io.payonce.store.CommitResult;
import io.payonce.store.JournalChange.LaneMoved;
import io.payonce.store.JournalChange.SlotBound;
import io.payonce.store.JournalChange.TransferHandedOver;
import io.payonce.store.LaneOffer;
import io.payonce.store.Lease;
import io.payonce.store.StoredLane.LaneState;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What waits for a nonce: options, order, times, and pools of wallets. */
abstract class StoreQueueCases extends StoreListCases {
  static final LaneId OTHER = new LaneId(CHAIN, Address.of("0x" + "ab".repeat(20)));

  /** Times of payments are whole seconds. */
  private static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");

  static final Transfer POOLED =
      Transfer.of(payment(100).amount()).from(new WalletPool("hot")).to(PAYEE);

  @Test
  final void options_read_back_as_they_were_given() {
    SubmitOptions options =
        SubmitOptions.defaults()
            .withPriority(Priority.URGENT)
            .withMaxFee(Wei.of(77))
            .withNotBefore(NOON.plusMillis(1))
            .withCancelAt(NOON.plusSeconds(60))
            .withMetadata(Map.of("order", "7"));
    TransferId id = accept("k", POOLED, options);
    StoredTransfer stored = store.find(id).orElseThrow();
    assertThat(stored.options()).isEqualTo(options);
    assertThat(stored.options().notBefore()).contains(NOON.plusSeconds(1));
    assertThat(stored.transfer()).isEqualTo(POOLED);
    assertThat(stored.lane()).isEqualTo(LANE);
  }

  @Test
  final void many_are_accepted_in_one_commit_and_each_is_answered_on_its_own() {
    TransferId known = lane.accept("known");
    List<AcceptResult> results =
        store.acceptAll(
            List.of(
                intake(IdempotencyKey.of("new"), payment(100)),
                intake(IdempotencyKey.of("known"), payment(100)),
                intake(IdempotencyKey.of("new"), payment(100)),
                intake(IdempotencyKey.of("new"), payment(101))),
            AT);
    assertThat(results.get(0)).isInstanceOf(AcceptResult.Accepted.class);
    TransferId id = ((AcceptResult.Accepted) results.get(0)).transfer().id();
    assertThat(((AcceptResult.AlreadyKnown) results.get(1)).transfer().id()).isEqualTo(known);
    assertThat(((AcceptResult.AlreadyKnown) results.get(2)).transfer().id()).isEqualTo(id);
    assertThat(((AcceptResult.KeyConflict) results.get(3)).differingFields())
        .containsExactly("amount");
  }

  @Test
  final void what_waits_is_read_by_priority_and_not_before_its_time() {
    TransferId bulk = accept("bulk", payment(1), withPriority(Priority.BULK));
    TransferId urgent = accept("urgent", payment(1), withPriority(Priority.URGENT));
    TransferId later =
        accept(
            "later", payment(1), withPriority(Priority.URGENT).withNotBefore(NOON.plusSeconds(5)));
    assertThat(waiting(Priority.BULK, 0)).containsExactly(bulk);
    assertThat(waiting(Priority.NORMAL, 0)).isEmpty();
    assertThat(waiting(Priority.URGENT, 4)).containsExactly(urgent);
    assertThat(waiting(Priority.URGENT, 5)).containsExactly(urgent, later);
  }

  @Test
  final void the_agenda_has_what_expired_and_when_to_look_again() {
    assertThat(store.agenda(LANE, NOON, 10)).isEqualTo(new Agenda(List.of(), Optional.empty()));
    TransferId first = accept("a", payment(1), until(10));
    TransferId second = accept("b", payment(1), until(5));
    accept("c", payment(1), SubmitOptions.defaults().withNotBefore(NOON.plusSeconds(7)));
    assertThat(store.agenda(LANE, NOON, 10).next()).contains(NOON.plusSeconds(5));
    Agenda later = store.agenda(LANE, NOON.plusSeconds(5), 10);
    assertThat(ids(later.expired())).containsExactly(second);
    assertThat(later.next()).contains(NOON.plusSeconds(7));
    assertThat(ids(store.agenda(LANE, NOON.plusSeconds(20), 10).expired()))
        .containsExactly(second, first);
    Agenda more = store.agenda(LANE, NOON.plusSeconds(20), 1);
    assertThat(ids(more.expired())).containsExactly(second);
    assertThat(more.next()).contains(NOON.plusSeconds(20));
    lane.apply(move(second, TransferState.ACCEPTED, TransferState.REJECTED));
    assertThat(ids(store.agenda(LANE, NOON.plusSeconds(20), 10).expired())).containsExactly(first);
  }

  @Test
  final void a_payment_of_a_pool_is_handed_over_with_its_state_and_told_to_its_new_owner() {
    long epoch = takeOther();
    TransferId id = accept("k", POOLED, SubmitOptions.defaults());
    lane.apply(move(id, TransferState.ACCEPTED, TransferState.HELD));
    assertThat(store.noticeArrivals(OTHER, epoch, 10, AT)).isEmpty();
    lane.apply(new TransferHandedOver(id, OTHER));
    StoredTransfer stored = store.find(id).orElseThrow();
    assertThat(stored.lane()).isEqualTo(OTHER);
    assertThat(stored.state()).isEqualTo(TransferState.HELD);
    assertThat(stored.transfer()).isEqualTo(POOLED);
    assertThat(waiting(Priority.NORMAL, 0)).isEmpty();
    assertThat(ids(store.noticeArrivals(OTHER, epoch, 10, AT))).containsExactly(id);
    assertThat(store.noticeArrivals(OTHER, epoch, 10, AT)).isEmpty();
    lane.refused(move(id, TransferState.HELD, TransferState.READY));
    SlotId slot = new SlotId(OTHER, 0);
    assertThat(
            store.commit(
                OTHER,
                epoch,
                List.of(
                    move(id, TransferState.HELD, TransferState.READY),
                    new SlotBound(slot, id),
                    add(slot, 1, AttemptKind.PAYMENT)),
                AT))
        .isEqualTo(new CommitResult.Applied());
    assertThat(store.slotOf(id)).contains(slot);
    assertThat(store.accept(intake(IdempotencyKey.of("k"), POOLED), AT))
        .isInstanceOf(AcceptResult.AlreadyKnown.class);
  }

  @Test
  final void what_names_its_wallet_or_has_a_nonce_is_never_handed_over() {
    takeOther();
    lane.refused(new TransferHandedOver(lane.accept("named"), OTHER));
    TransferId id = accept("k", POOLED, SubmitOptions.defaults());
    lane.refused(new TransferHandedOver(id, new LaneId(ChainId.of(99), OTHER.address())));
    lane.apply(move(id, TransferState.ACCEPTED, TransferState.READY));
    lane.bind(id);
    lane.refused(new TransferHandedOver(id, OTHER));
  }

  @Test
  final void an_offer_stands_with_the_lease_of_its_owner() {
    Asset token = new Asset.Erc20(CHAIN, Address.of("0x" + "ee".repeat(20)));
    LaneOffer offer =
        new LaneOffer(
            Map.of(new Asset.Native(CHAIN), BigInteger.TEN, token, BigInteger.valueOf(-1)), 7);
    assertThat(store.renewLane(LANE, lane.epoch(), LEASE, Optional.of(offer))).isTrue();
    assertThat(store.lane(LANE).orElseThrow().offer()).contains(offer);
    outliveLeases(store);
    assertThat(
            store
                .takeLane(LANE, new Lease("other", Duration.ofSeconds(10)), AT)
                .orElseThrow()
                .offer())
        .isEmpty();
    assertThat(store.lane(LANE).orElseThrow().offer()).isEmpty();
  }

  @Test
  final void each_way_to_pause_a_lane_survives_a_restart() {
    for (LaneState state :
        List.of(LaneState.PAUSED, LaneState.SIGNING_PAUSED, LaneState.ALL_PAUSED)) {
      lane.apply(new LaneMoved(state, "a drill", "alice"));
      store = reopen(store);
      lane = JournalScript.on(store);
      assertThat(store.lane(LANE).orElseThrow().state()).isEqualTo(state);
    }
    lane.apply(new LaneMoved(LaneState.ACTIVE, "", "alice"));
    assertThat(store.lane(LANE).orElseThrow().state()).isEqualTo(LaneState.ACTIVE);
  }

  final long takeOther() {
    store.registerLane(OTHER, 0, AT);
    return store.takeLane(OTHER, LEASE, AT).orElseThrow().epoch();
  }

  final TransferId accept(String key, Transfer transfer, SubmitOptions options) {
    AcceptResult result =
        store.accept(intake(new Submission(IdempotencyKey.of(key), transfer, options)), AT);
    return ((AcceptResult.Accepted) result).transfer().id();
  }

  private List<TransferId> waiting(Priority priority, long seconds) {
    return ids(store.waiting(LANE, priority, Optional.empty(), NOON.plusSeconds(seconds), 10));
  }

  private static SubmitOptions withPriority(Priority priority) {
    return SubmitOptions.defaults().withPriority(priority);
  }

  private static SubmitOptions until(long seconds) {
    return SubmitOptions.defaults().withDeadline(NOON.plusSeconds(seconds));
  }

  private static List<TransferId> ids(List<StoredTransfer> transfers) {
    return new ArrayList<>(transfers.stream().map(StoredTransfer::id).toList());
  }
}
