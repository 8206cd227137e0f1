package io.payonce.testing;

import static io.payonce.store.AttemptState.SENT;
import static io.payonce.testing.JournalScript.AT;
import static io.payonce.testing.JournalScript.CHAIN;
import static io.payonce.testing.JournalScript.LANE;
import static io.payonce.testing.JournalScript.LEASE;
import static io.payonce.testing.JournalScript.add;
import static io.payonce.testing.JournalScript.intake;
import static io.payonce.testing.JournalScript.move;
import static io.payonce.testing.JournalScript.payment;
import static io.payonce.testing.JournalScript.sent;
import static io.payonce.testing.JournalScript.slot;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.ChainId;
import io.payonce.Fingerprint;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.SlotId;
import io.payonce.TokenAmount;
import io.payonce.Transfer;
import io.payonce.TransferId;
import io.payonce.signing.AttemptKind;
import io.payonce.store.AcceptResult;
import io.payonce.store.CommitResult;
import io.payonce.store.JournalChange;
import io.payonce.store.JournalChange.SlotBound;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferFilter;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * What every {@link TransferStore} must do. Extend it, give it an empty store, run it with JUnit 5.
 */
public abstract class TransferStoreContract extends StoreGroupCases {
  /** For JUnit. */
  protected TransferStoreContract() {}

  @Test
  final void a_new_key_is_accepted_once() {
    AcceptResult first = store.accept(intake(KEY, payment(100), Map.of("a", "1")), AT);
    StoredTransfer transfer = ((AcceptResult.Accepted) first).transfer();
    assertThat(transfer.state()).isEqualTo(TransferState.ACCEPTED);
    assertThat(transfer.fingerprint()).isEqualTo(Fingerprint.of(KEY, payment(100)));
    assertThat(store.accept(intake(KEY, payment(100), Map.of("a", "2")), AT.plusSeconds(1)))
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
    store.accept(intake(KEY, transfer, metadata), AT);
    StoredTransfer stored = store.find(KEY).orElseThrow();
    assertThat(stored.transfer()).isEqualTo(transfer);
    assertThat(stored.options().metadata()).isEqualTo(metadata);
    assertThat(stored.key()).isEqualTo(KEY);
    assertThat(stored.acceptedAt()).isEqualTo(AT);
    assertThat(stored.updatedAt()).isEqualTo(AT);
    assertThat(stored.slot()).isEmpty();
  }

  @Test
  final void the_same_key_for_another_payment_is_a_conflict_that_names_the_fields() {
    store.accept(intake(KEY, payment(100)), AT);
    StoredTransfer stored = store.find(KEY).orElseThrow();
    assertThat(store.accept(intake(KEY, payment(101)), AT))
        .isEqualTo(new AcceptResult.KeyConflict(stored, List.of("amount")));
    Address other = Address.of("0x" + "bb".repeat(20));
    Asset token = new Asset.Erc20(ChainId.of(1), other);
    assertThat(
            store.accept(
                intake(KEY, new Transfer(other, other, TokenAmount.of(token, 1), true)), AT))
        .isEqualTo(
            new AcceptResult.KeyConflict(
                stored, List.of("chain", "from", "asset", "to", "amount")));
    assertThat(store.find(KEY)).contains(stored);
  }

  @Test
  final void one_value_under_two_tenants_is_two_keys() {
    store.accept(intake(KEY, payment(100)), AT);
    AcceptResult other =
        store.accept(intake(new IdempotencyKey("other", KEY.value()), payment(7)), AT);
    assertThat(other).isInstanceOf(AcceptResult.Accepted.class);
  }

  @Test
  final void keys_are_compared_byte_for_byte() {
    store.accept(intake(IdempotencyKey.of("a"), payment(1)), AT);
    assertThat(store.find(IdempotencyKey.of("A"))).isEmpty();
    assertThat(store.accept(intake(IdempotencyKey.of("A"), payment(2)), AT))
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
    AcceptResult again = store.accept(intake(IdempotencyKey.of("k"), payment(100)), AT);
    assertThat(again).isInstanceOf(AcceptResult.AlreadyKnown.class);
    assertThat(((AcceptResult.AlreadyKnown) again).transfer().slot()).contains(slot);
  }

  @Test
  final void racing_callers_of_one_key_store_it_once() throws Exception {
    List<Callable<AcceptResult>> callers = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      callers.add(() -> store.accept(intake(KEY, payment(100)), AT));
    }
    assertThat(atOnce(callers))
        .filteredOn(result -> result instanceof AcceptResult.Accepted)
        .hasSize(1);
    assertThat(store.list(TransferFilter.all(), Optional.empty(), 10)).hasSize(1);
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
      writers.add(() -> store.accept(intake(key, payment(100)), AT));
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
      AcceptResult accepted = store.accept(intake(key, transfer), AT);
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
        .isThrownBy(() -> store.accept(intake(KEY, payment(1), many), AT))
        .withMessageContaining("17 entries")
        .withMessageContaining("16");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> store.accept(intake(KEY, payment(1), Map.of("k", "\u00fc".repeat(2048))), AT))
        .withMessageContaining("4097 bytes")
        .withMessageContaining("4096");
    assertThat(store.find(KEY)).isEmpty();
    store.accept(intake(KEY, payment(1), Map.of("k", "x".repeat(4095))), AT);
    assertThat(store.find(KEY)).isPresent();
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
