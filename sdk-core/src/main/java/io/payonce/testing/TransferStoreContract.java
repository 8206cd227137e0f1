package io.payonce.testing;

import static io.payonce.store.AttemptState.INTENT;
import static io.payonce.store.AttemptState.LOST;
import static io.payonce.store.AttemptState.SENT;
import static io.payonce.store.AttemptState.SIGNED;
import static io.payonce.store.AttemptState.UNKNOWN;
import static io.payonce.store.AttemptState.WON;
import static io.payonce.testing.JournalScript.AT;
import static io.payonce.testing.JournalScript.CHAIN;
import static io.payonce.testing.JournalScript.LANE;
import static io.payonce.testing.JournalScript.LEASE;
import static io.payonce.testing.JournalScript.add;
import static io.payonce.testing.JournalScript.consumption;
import static io.payonce.testing.JournalScript.move;
import static io.payonce.testing.JournalScript.payment;
import static io.payonce.testing.JournalScript.sent;
import static io.payonce.testing.JournalScript.signed;
import static io.payonce.testing.JournalScript.slot;
import static io.payonce.testing.JournalScript.transaction;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.AttemptId;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.ChainId;
import io.payonce.Fingerprint;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.SlotId;
import io.payonce.TokenAmount;
import io.payonce.TransactionHash;
import io.payonce.Transfer;
import io.payonce.TransferId;
import io.payonce.Wei;
import io.payonce.signing.AttemptKind;
import io.payonce.signing.SigningClaims.Claim;
import io.payonce.signing.SigningRequest;
import io.payonce.store.AcceptResult;
import io.payonce.store.CommitResult;
import io.payonce.store.ConsumerClass;
import io.payonce.store.Consumption;
import io.payonce.store.JournalChange;
import io.payonce.store.JournalChange.AttemptAdded;
import io.payonce.store.JournalChange.AttemptEnded;
import io.payonce.store.JournalChange.AttemptSent;
import io.payonce.store.JournalChange.AttemptSigned;
import io.payonce.store.JournalChange.CancelRequested;
import io.payonce.store.JournalChange.FeeBooked;
import io.payonce.store.JournalChange.FeeSettled;
import io.payonce.store.JournalChange.FinalNonceRaised;
import io.payonce.store.JournalChange.LaneMoved;
import io.payonce.store.JournalChange.OrphanClaimed;
import io.payonce.store.JournalChange.OrphanDismissed;
import io.payonce.store.JournalChange.OrphanFound;
import io.payonce.store.JournalChange.RequestAnswered;
import io.payonce.store.JournalChange.SlotBound;
import io.payonce.store.JournalChange.SlotFound;
import io.payonce.store.JournalChange.SlotMoved;
import io.payonce.store.JournalChange.SlotTaken;
import io.payonce.store.JournalChange.TransferMoved;
import io.payonce.store.LaneRequest;
import io.payonce.store.Lease;
import io.payonce.store.SlotState;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredLane.LaneState;
import io.payonce.store.StoredOrphan;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.store.TransferStore.JournalEvent;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link TransferStore} must do. Extend it, give it an empty store, run it with JUnit 5.
 */
public abstract class TransferStoreContract {
  private static final IdempotencyKey KEY = new IdempotencyKey("shop", "order-1");

  private TransferStore store;
  private JournalScript lane;

  /** For JUnit. */
  protected TransferStoreContract() {}

  /** An empty journal, called once per test. */
  protected abstract TransferStore open();

  /** The same journal after a stop and a start. */
  protected abstract TransferStore reopen(TransferStore open);

  /** Lets more than 60 s pass on the clock by which the leases of this journal end. */
  protected abstract void outliveLeases(TransferStore open);

  @BeforeEach
  final void openStore() {
    store = open();
    lane = JournalScript.on(store);
  }

  @AfterEach
  final void closeStore() {
    store.close();
  }

  // Keys.

  @Test
  final void a_new_key_is_accepted_once() {
    AcceptResult first = store.accept(KEY, payment(100), Map.of("a", "1"), AT);
    StoredTransfer transfer = ((AcceptResult.Accepted) first).transfer();
    assertThat(transfer.state()).isEqualTo(TransferState.ACCEPTED);
    assertThat(transfer.fingerprint()).isEqualTo(Fingerprint.of(KEY, payment(100)));
    assertThat(store.accept(KEY, payment(100), Map.of("a", "2"), AT.plusSeconds(1)))
        .isEqualTo(new AcceptResult.AlreadyKnown(transfer));
    assertThat(store.find(KEY)).contains(transfer);
    assertThat(store.find(transfer.id())).contains(transfer);
  }

  @Test
  final void an_accepted_transfer_reads_back_as_it_was_given() {
    Asset token = new Asset.Erc20(CHAIN, Address.of("0x" + "ee".repeat(20)));
    Transfer transfer =
        new Transfer(
            LANE.address(), LANE.address(), TokenAmount.of(token, BigInteger.TWO.pow(255)), true);
    Map<String, String> metadata = Map.of("customer", "\u00fc \"quoted\" \n", "empty", "");
    store.accept(KEY, transfer, metadata, AT);
    StoredTransfer stored = store.find(KEY).orElseThrow();
    assertThat(stored.transfer()).isEqualTo(transfer);
    assertThat(stored.metadata()).isEqualTo(metadata);
    assertThat(stored.key()).isEqualTo(KEY);
    assertThat(stored.acceptedAt()).isEqualTo(AT);
    assertThat(stored.updatedAt()).isEqualTo(AT);
    assertThat(stored.slot()).isEmpty();
  }

  @Test
  final void the_same_key_for_another_payment_is_a_conflict_that_names_the_fields() {
    store.accept(KEY, payment(100), Map.of(), AT);
    StoredTransfer stored = store.find(KEY).orElseThrow();
    assertThat(store.accept(KEY, payment(101), Map.of(), AT))
        .isEqualTo(new AcceptResult.KeyConflict(stored, List.of("amount")));
    Address other = Address.of("0x" + "bb".repeat(20));
    Asset token = new Asset.Erc20(ChainId.of(1), other);
    assertThat(
            store.accept(
                KEY, new Transfer(other, other, TokenAmount.of(token, 1), true), Map.of(), AT))
        .isEqualTo(
            new AcceptResult.KeyConflict(
                stored, List.of("chain", "from", "asset", "to", "amount")));
    assertThat(store.find(KEY)).contains(stored);
  }

  @Test
  final void one_value_under_two_tenants_is_two_keys() {
    store.accept(KEY, payment(100), Map.of(), AT);
    AcceptResult other =
        store.accept(new IdempotencyKey("other", KEY.value()), payment(7), Map.of(), AT);
    assertThat(other).isInstanceOf(AcceptResult.Accepted.class);
  }

  @Test
  final void keys_are_compared_byte_for_byte() {
    store.accept(IdempotencyKey.of("a"), payment(1), Map.of(), AT);
    assertThat(store.find(IdempotencyKey.of("A"))).isEmpty();
    assertThat(store.accept(IdempotencyKey.of("A"), payment(2), Map.of(), AT))
        .isInstanceOf(AcceptResult.Accepted.class);
  }

  @Test
  final void ids_follow_the_order_of_acceptance() {
    assertThat(List.of(lane.accept("a"), lane.accept("b"), lane.accept("c")))
        .isEqualTo(List.of(new TransferId(1), new TransferId(2), new TransferId(3)));
  }

  @Test
  final void a_key_is_known_for_ever() {
    SlotId slot = lane.paid("k");
    store = reopen(store);
    AcceptResult again = store.accept(IdempotencyKey.of("k"), payment(100), Map.of(), AT);
    assertThat(again).isInstanceOf(AcceptResult.AlreadyKnown.class);
    assertThat(((AcceptResult.AlreadyKnown) again).transfer().slot()).contains(slot);
  }

  @Test
  final void racing_callers_of_one_key_store_it_once() throws Exception {
    List<Callable<AcceptResult>> callers = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      callers.add(() -> store.accept(KEY, payment(100), Map.of(), AT));
    }
    assertThat(atOnce(callers))
        .filteredOn(result -> result instanceof AcceptResult.Accepted)
        .hasSize(1);
    assertThat(store.list(Optional.empty(), Optional.empty(), 10)).hasSize(1);
  }

  @Test
  final void writers_at_the_same_time_each_get_their_own_answer() throws Exception {
    int count = 16;
    List<Callable<Object>> writers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      IdempotencyKey key = IdempotencyKey.of("new-" + i);
      TransferId known = lane.accept("known-" + i);
      JournalChange move = move(known, TransferState.ACCEPTED, TransferState.READY);
      JournalChange impossible = move(known, TransferState.HELD, TransferState.READY);
      writers.add(() -> store.accept(key, payment(100), Map.of(), AT));
      writers.add(() -> lane.commit(move));
      writers.add(() -> lane.commit(impossible));
      writers.add(() -> store.commit(LANE, lane.epoch() + 1, List.of(move), AT));
    }
    List<Object> answers = atOnce(writers);
    for (int i = 0; i < answers.size(); i += 4) {
      assertThat(answers.get(i)).isInstanceOf(AcceptResult.Accepted.class);
      assertThat(answers.get(i + 1)).isEqualTo(new CommitResult.Applied());
      assertThat(answers.get(i + 2)).isInstanceOf(CommitResult.Conflict.class);
      assertThat(answers.get(i + 3)).isEqualTo(new CommitResult.StaleEpoch());
    }
    assertThat(store.counts())
        .isEqualTo(Map.of(TransferState.ACCEPTED, (long) count, TransferState.READY, (long) count));
  }

  @Test
  final void lanes_are_written_side_by_side() throws Exception {
    int lanes = 6;
    int payments = 5;
    List<Callable<Object>> owners = new ArrayList<>();
    for (int i = 0; i < lanes; i++) {
      LaneId own = new LaneId(CHAIN, Address.of("0x" + "%040x".formatted(0xbeef + i)));
      store.registerLane(own, 0, AT);
      long epoch = store.takeLane(own, LEASE, AT).orElseThrow().epoch();
      owners.add(() -> bindAll(own, epoch, payments));
    }
    atOnce(owners).forEach(done -> assertThat(done).isEqualTo(payments));
    assertThat(store.counts()).isEqualTo(Map.of(TransferState.BOUND, (long) lanes * payments));
    for (StoredLane written : store.lanes()) {
      boolean script = written.id().equals(LANE);
      assertThat(written.nextNonce()).isEqualTo(script ? 5 : payments);
      assertThat(store.openSlots(written.id())).hasSize(script ? 0 : payments);
    }
  }

  private int bindAll(LaneId own, long epoch, int payments) {
    int applied = 0;
    for (int nonce = 0; nonce < payments; nonce++) {
      Transfer transfer =
          new Transfer(own.address(), JournalScript.PAYEE, payment(100).amount(), false);
      IdempotencyKey key = IdempotencyKey.of(own.address() + "/" + nonce);
      AcceptResult accepted = store.accept(key, transfer, Map.of(), AT);
      TransferId id = ((AcceptResult.Accepted) accepted).transfer().id();
      SlotId slot = new SlotId(own, nonce);
      List<JournalChange> binding =
          List.of(
              move(id, TransferState.ACCEPTED, TransferState.READY),
              new SlotBound(slot, id),
              add(slot, 1, AttemptKind.PAYMENT));
      CommitResult result = store.commit(own, epoch, binding, AT);
      applied += result instanceof CommitResult.Applied ? 1 : 0;
    }
    return applied;
  }

  /** The answers in the order of the questions, which eight threads ask. */
  private static <T> List<T> atOnce(List<Callable<T>> questions) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try {
      List<T> answers = new ArrayList<>();
      for (Future<T> answer : pool.invokeAll(questions)) {
        answers.add(answer.get());
      }
      return answers;
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  final void metadata_has_limits_that_are_named() {
    Map<String, String> many = new TreeMap<>();
    for (int i = 0; i <= 16; i++) {
      many.put("k" + i, "");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.accept(KEY, payment(1), many, AT))
        .withMessageContaining("17 entries")
        .withMessageContaining("16");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.accept(KEY, payment(1), Map.of("k", "\u00fc".repeat(2048)), AT))
        .withMessageContaining("4097 bytes")
        .withMessageContaining("4096");
    assertThat(store.find(KEY)).isEmpty();
    store.accept(KEY, payment(1), Map.of("k", "x".repeat(4095)), AT);
    assertThat(store.find(KEY)).isPresent();
  }

  // Lanes.

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
    assertThat(taken).isEqualTo(lane.epoch() + 1);
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
    assertThat(taken.epoch()).isEqualTo(held.epoch() + 1);
    assertThat(taken.leaseOwner()).contains("other");
    assertThat(store.lane(LANE)).contains(taken);
    assertThat(store.takeLane(LANE, LEASE, AT)).isEmpty();
  }

  @Test
  final void a_lease_runs_for_its_duration_from_when_it_was_taken_or_renewed() {
    Instant first = store.lane(LANE).orElseThrow().leaseExpiresAt().orElseThrow();
    outliveLeases(store);
    assertThat(store.renewLane(LANE, lane.epoch(), LEASE)).isTrue();
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
    assertThat(store.renewLane(LANE, lane.epoch(), LEASE)).isFalse();
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
    assertThat(store.waiting(LANE, Optional.empty(), 10)).hasSize(3);
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

  // Transfers.

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
      if (to != TransferState.QUARANTINED) {
        lane.refused(move(paid, TransferState.PAID_FINAL, to));
      }
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
    store.accept(KEY, foreign, Map.of(), AT);
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
    lane.apply(new SlotTaken(slot(5), SlotState.RESERVED));
    lane.apply(new SlotMoved(slot(5), SlotState.RESERVED, SlotState.RELEASED, Optional.empty()));
    TransferId id = lane.ready("k");
    lane.apply(new SlotBound(slot(5), id), add(slot(5), 1, AttemptKind.PAYMENT));
    assertThat(store.lane(LANE).orElseThrow().nextNonce()).isEqualTo(6);
    assertThat(store.find(id).orElseThrow().slot()).contains(slot(5));
  }

  @Test
  final void a_reserved_nonce_is_not_bound() {
    lane.apply(new SlotTaken(slot(5), SlotState.RESERVED));
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

  // Attempts.

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
    lane.refused(new SlotTaken(slot(6), SlotState.RESERVED));
    lane.apply(new SlotTaken(slot(5), SlotState.RESERVED));
    lane.refused(new SlotTaken(slot(5), SlotState.RESERVED));
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

  // Fees.

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
    assertThat(store.waiting(LANE, Optional.empty(), 10))
        .extracting(StoredTransfer::id)
        .containsExactly(a, b, d);
    assertThat(store.waiting(LANE, Optional.of(a), 1))
        .extracting(StoredTransfer::id)
        .containsExactly(b);
    assertThat(store.waiting(LANE, Optional.of(d), 10)).isEmpty();
  }

  @Test
  final void lists_are_newest_first_filtered_and_paged() {
    TransferId a = lane.accept("a");
    TransferId b = lane.ready("b");
    TransferId c = lane.accept("c");
    assertThat(store.list(Optional.empty(), Optional.empty(), 2))
        .extracting(StoredTransfer::id)
        .containsExactly(c, b);
    assertThat(store.list(Optional.empty(), Optional.of(b), 2))
        .extracting(StoredTransfer::id)
        .containsExactly(a);
    assertThat(store.list(Optional.of(TransferState.ACCEPTED), Optional.empty(), 9))
        .extracting(StoredTransfer::id)
        .containsExactly(c, a);
    assertThat(store.list(Optional.of(TransferState.PAID_FINAL), Optional.empty(), 9)).isEmpty();
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

  // Orphans.

  @Test
  final void a_payment_that_an_orphan_may_have_made_is_neither_bound_nor_rejected() {
    StoredOrphan orphan = orphan(slot(5), 100);
    TransferId ready = lane.ready("k");
    lane.apply(found(slot(5)), new OrphanFound(orphan));
    lane.apply(new OrphanFound(orphan)); // the same again
    assertThat(store.orphans(CHAIN)).containsExactly(orphan);
    assertThat(store.orphans(ChainId.of(1))).isEmpty();
    lane.refused(new SlotBound(slot(6), ready), add(slot(6), 1, AttemptKind.PAYMENT));
    lane.refused(
        move(ready, TransferState.READY, TransferState.HELD),
        move(ready, TransferState.HELD, TransferState.REJECTED));
    TransferId later = lane.ready("later");
    lane.refused(new SlotBound(slot(6), later), add(slot(6), 1, AttemptKind.PAYMENT));

    lane.apply(new OrphanDismissed(orphan, later));
    lane.bind(later);
    lane.refused(new SlotBound(slot(7), ready), add(slot(7), 1, AttemptKind.PAYMENT));
    assertThat(store.orphans(CHAIN).get(0).dismissedFor()).containsExactly(later);
    store = reopen(store);
    assertThat(store.orphans(CHAIN)).containsExactly(orphan.dismissed(later));
  }

  @Test
  final void another_amount_waits_for_no_orphan() {
    lane.apply(found(slot(5)), new OrphanFound(orphan(slot(5), 99)));
    assertThat(lane.bind(lane.ready("k"))).isEqualTo(slot(6));
  }

  @Test
  final void a_held_transfer_that_a_final_orphan_paid_takes_its_nonce_for_ever() {
    StoredOrphan orphan = orphan(slot(5), 100);
    TransferId id = lane.ready("k");
    lane.apply(
        found(slot(5)), new OrphanFound(orphan), move(id, TransferState.READY, TransferState.HELD));
    lane.refused(new OrphanClaimed(orphan, id)); // not final
    lane.apply(
        new SlotMoved(
            slot(5), SlotState.CONSUMED, SlotState.CONSUMED_FINAL, Optional.of(foreign())));
    lane.refused(new OrphanClaimed(orphan(slot(6), 100), id));
    lane.apply(new OrphanClaimed(orphan, id));
    StoredTransfer paid = store.find(id).orElseThrow();
    assertThat(paid.state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(paid.slot()).contains(slot(5));
    assertThat(store.slot(slot(5)).orElseThrow().transfer()).contains(id);
    assertThat(store.orphans(CHAIN)).containsExactly(orphan.claimed(id));

    TransferId next = lane.ready("other"); // the orphan holds nobody else, and pays nobody else
    lane.refused(new OrphanClaimed(orphan, next));
    assertThat(lane.bind(next)).isEqualTo(slot(6));
    Object before = lane.everything();
    store = reopen(store);
    assertThat(JournalScript.everything(store)).isEqualTo(before);
  }

  @Test
  final void an_orphan_belongs_to_the_foreign_transaction_that_took_its_nonce() {
    SlotId bound = lane.exposed("k");
    lane.refused(new OrphanFound(orphan(bound, 7)));
    lane.apply(found(slot(6)));
    lane.refused(
        new OrphanFound(
            StoredOrphan.found(
                slot(6),
                TransactionHash.of("0x" + "12".repeat(32)),
                JournalScript.PAYEE,
                payment(7).amount())));
    assertThat(store.orphans(CHAIN)).isEmpty();
  }

  @Test
  final void what_took_a_nonce_without_a_transaction_of_the_wallet_reads_back() {
    Consumption carried =
        Consumption.without(ConsumerClass.AUTH_7702, foreign().hash(), foreign().block(), AT);
    Consumption code =
        Consumption.without(ConsumerClass.CODE_7702, Consumption.UNNAMED, foreign().block(), AT);
    lane.apply(new SlotFound(slot(5), carried), new SlotFound(slot(6), code));
    assertThat(store.slot(slot(5)).orElseThrow().consumption()).contains(carried);
    assertThat(store.slot(slot(6)).orElseThrow().consumption()).contains(code);
    assertThat(store.openSlots(LANE))
        .extracting(s -> s.consumption().orElseThrow().by())
        .containsExactly(ConsumerClass.AUTH_7702, ConsumerClass.CODE_7702);
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

  private static StoredOrphan orphan(SlotId slot, long units) {
    return StoredOrphan.found(slot, foreign().hash(), JournalScript.PAYEE, payment(units).amount());
  }

  private static JournalChange found(SlotId slot) {
    return new SlotFound(slot, foreign());
  }

  private static Consumption foreign() {
    return new Consumption(
        ConsumerClass.FOREIGN,
        TransactionHash.of("0x" + "11".repeat(32)),
        new BlockRef(40, BlockHash.of("0x" + "40".repeat(32))),
        AT,
        BigInteger.valueOf(21_000),
        Wei.gwei(21));
  }

  @Test
  final void everything_survives_a_stop_and_a_start() {
    lane.paid("a");
    lane.consumed("b");
    SlotId exposed = lane.exposed("c");
    lane.apply(sent(exposed, 1, SENT), add(exposed, 2, AttemptKind.CANCEL));
    lane.bind(lane.ready("d"));
    lane.accept("e");
    Object before = lane.everything();
    store = reopen(store);
    assertThat(JournalScript.everything(store)).isEqualTo(before);
  }
}
