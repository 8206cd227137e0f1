package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.payonce.Address;
import io.payonce.Bytes;
import io.payonce.SignedTransaction;
import io.payonce.TransactionHash;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.nonce.LaneStatus;
import io.payonce.nonce.NonceManager;
import io.payonce.nonce.PauseMode;
import io.payonce.nonce.Reservation;
import io.payonce.nonce.ReservationRefusal;
import io.payonce.nonce.ReservationRefusedException;
import io.payonce.nonce.ReservationStatus;
import io.payonce.signing.AttemptKind;
import io.payonce.store.ConsumerClass;
import io.payonce.store.SlotState;
import io.payonce.store.TransferState;
import io.payonce.submit.Actor;
import io.payonce.testing.MemoryTransferStore;
import io.payonce.testing.ReorgMode;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/** A host has transactions of its own, from the wallet that payments leave from. */
@OnEveryGround
final class ReservationScenarioTest {
  @Parameter Ground ground;

  private static final Actor HOST = new Actor("treasury");
  private static final Address CONTRACT = new TestKey(99).address();

  @Test
  void a_transaction_of_the_host_leaves_between_payments_and_is_the_hosts_at_the_end() {
    Stage stage = started();
    stage.inFlight("before");
    Reservation held = reserve(stage, "sweep-1");
    assertThat(held.status().state()).isEqualTo(SlotState.RESERVED);
    long nonce = nonce(held);
    assertThat(nonce).isEqualTo(1);
    var unused = stage.submit("behind", stage.coins("0.5"));
    stage.untilState("behind", TransferState.IN_FLIGHT);
    stage.blocks(8);
    assertThat(stage.paid("behind")).as("nothing is sent above it").isZero();
    assertThat(stage.laneStatus().blockedBy().map(ReservationStatus::name)).contains("sweep-1");

    UnsignedTransaction tx = call(nonce);
    ReservationStatus intended = stage.await(held.intend(tx));
    assertThat(intended.state()).isEqualTo(SlotState.INTENDED);
    assertThat(intended.intent()).contains(tx);
    SignedTransaction bytes = stage.key.sign(tx);
    ReservationStatus out = stage.await(held.signed(bytes));
    assertThat(out.state()).isEqualTo(SlotState.EXPOSED);
    assertThat(out.hash()).contains(bytes.hash());
    assertThat(stage.end("behind").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.until(() -> held.status().isEnded());
    assertThat(held.status().consumption().orElseThrow().by()).isEqualTo(ConsumerClass.HOST);
    assertThat(held.status().consumption().orElseThrow().hash()).isEqualTo(bytes.hash());
    assertThat(stage.laneStatus().blockedBy()).isEmpty();
    assertThat(nonces(stage).reservations(stage.lane)).isEmpty();
    stage.verify();
  }

  @Test
  void every_step_may_be_repeated_and_a_name_stands_for_one_transaction_for_ever() {
    Stage stage = started();
    Reservation held = reserve(stage, "approve");
    assertThat(nonce(reserve(stage, "approve"))).isEqualTo(nonce(held));
    UnsignedTransaction tx = call(nonce(held));
    stage.await(held.intend(tx));
    stage.await(held.intend(tx));
    stage.await(held.signed(stage.key.sign(tx)));
    stage.await(held.signed(stage.key.sign(tx)));
    stage.await(held.unknown("not sure"));
    stage.until(() -> held.status().isEnded());
    Reservation again = reserve(stage, "approve");
    assertThat(again.status()).isEqualTo(held.status());
    stage.await(again.intend(tx));
    stage.await(again.signed(stage.key.sign(tx)));
    assertThat(refusal(stage, again.intend(call(nonce(held), 7))))
        .isEqualTo(ReservationRefusal.ANOTHER_TRANSACTION);
    assertThat(hosts(stage)).isEqualTo(1);
    stage.verify();
  }

  @Test
  void what_does_not_fit_the_nonce_the_key_or_the_intent_is_refused() {
    Stage stage = started();
    Reservation held = reserve(stage, "x");
    long nonce = nonce(held);
    UnsignedTransaction tx = call(nonce);
    assertThat(refusal(stage, held.signed(stage.key.sign(tx))))
        .isEqualTo(ReservationRefusal.NOT_INTENDED);
    assertThat(refusal(stage, held.unknown("?"))).isEqualTo(ReservationRefusal.NOT_INTENDED);
    assertThat(refusal(stage, held.intend(call(nonce + 1))))
        .isEqualTo(ReservationRefusal.WRONG_TRANSACTION);
    assertThat(refusal(stage, held.intend(costing(nonce, Wei.ZERO, Wei.gwei(200_000)))))
        .isEqualTo(ReservationRefusal.FEE_CAP);
    assertThat(refusal(stage, held.intend(costing(nonce, Wei.ofCoins("200"), Wei.gwei(50)))))
        .isEqualTo(ReservationRefusal.FUNDS_SHORT);
    stage.await(held.intend(tx));
    assertThat(refusal(stage, held.intend(call(nonce, 7))))
        .isEqualTo(ReservationRefusal.ANOTHER_TRANSACTION);
    assertThat(refusal(stage, held.signed(new TestKey(5).sign(tx))))
        .isEqualTo(ReservationRefusal.WRONG_TRANSACTION);
    assertThat(refusal(stage, held.signed(stage.key.sign(call(nonce, 7)))))
        .isEqualTo(ReservationRefusal.WRONG_TRANSACTION);
    assertThatIllegalStateException().isThrownBy(held::release);
    Reservation other = nonces(stage).reservation(held.status().slot()).orElseThrow();
    assertThatIllegalStateException().isThrownBy(other::release);
    assertThat(held.status().state()).isEqualTo(SlotState.INTENDED);
    stage.await(held.signed(stage.key.sign(tx)));
    stage.until(() -> held.status().isEnded());
    stage.verify();
  }

  @Test
  void what_was_given_back_is_used_first() {
    Stage stage = started();
    Reservation first = reserve(stage, "first");
    Reservation second = reserve(stage, "second");
    assertThat(stage.await(first.release()).state()).isEqualTo(SlotState.RELEASED);
    assertThat(stage.await(first.release()).state()).isEqualTo(SlotState.RELEASED);
    assertThat(refusal(stage, first.intend(call(nonce(first)))))
        .isEqualTo(ReservationRefusal.NOT_HELD);
    Reservation third = reserve(stage, "third");
    assertThat(nonce(third)).isEqualTo(nonce(first));
    stage.await(third.release());
    stage.await(second.release());
    stage.blocks(6);
    assertThat(stage.slot(0).attempts())
        .as("no money is burnt for what nobody waits for")
        .isEmpty();
    stage.inFlight("p");
    assertThat(stage.status("p").nonce()).hasValue(0);
    stage.inFlight("q");
    assertThat(stage.status("q").nonce()).hasValue(1);
    stage.end("q");
    stage.verify();
  }

  @Test
  void a_nonce_that_was_given_back_below_a_used_one_is_filled_within_two_blocks() {
    Stage stage = started();
    Reservation held = reserve(stage, "forgotten");
    Reservation above = reserve(stage, "above");
    UnsignedTransaction tx = call(nonce(above));
    stage.await(above.intend(tx));
    stage.await(above.signed(stage.key.sign(tx)));
    stage.await(held.release());
    long since = stage.world.head().number();
    stage.until(() -> stage.world.nonce(stage.lane.address()) == 2);
    assertThat(stage.world.head().number() - since).isLessThanOrEqualTo(4); // filled, and mined
    stage.until(() -> above.status().isEnded());
    assertThat(stage.slot(0).consumption().orElseThrow().by()).isEqualTo(ConsumerClass.FILL);
    stage.verify();
  }

  @Test
  void a_nonce_that_was_given_back_and_then_used_by_somebody_else_is_given_out_to_nobody() {
    Stage stage = started();
    stage.await(reserve(stage, "mine").release());
    TransactionHash other = stage.world.inject(stage.key.sign(call(0)).raw());
    stage.untilFrozen("FOREIGN_USE: " + other);
    stage.await(nonces(stage).resume(stage.lane, HOST, "our own mistake"));
    stage.inFlight("p");
    assertThat(stage.status("p").nonce()).hasValue(1);
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.slot(0).consumption().orElseThrow().by()).isEqualTo(ConsumerClass.FOREIGN);
    stage.verify();
  }

  @Test
  void a_nonce_that_its_holder_forgot_is_given_back_when_its_life_ends() {
    Stage stage = started();
    Reservation held = reserve(stage, "forgotten");
    var unused = stage.submit("p", stage.coins("0.5"));
    stage.untilState("p", TransferState.IN_FLIGHT);
    assertThat(stage.status("p").nonce()).hasValue(1);
    stage.time.runFor(Reservation.DEFAULT_LIFE.minusSeconds(10));
    assertThat(stage.paid("p")).isZero();
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(held.status().state()).isEqualTo(SlotState.RELEASED);
    assertThat(refusal(stage, held.intend(call(nonce(held)))))
        .isEqualTo(ReservationRefusal.NOT_HELD);
    assertThat(nonces(stage).reservation(stage.lane, "forgotten")).isEmpty();
    assertThat(nonces(stage).reservation(held.status().slot())).isEmpty();
    stage.verify();
  }

  @Test
  void an_intent_outlives_its_reservation_and_a_person_may_fill_it() {
    Stage stage = started();
    Reservation held = reserve(stage, "stuck");
    stage.await(held.intend(call(nonce(held))));
    var unused = stage.submit("p", stage.coins("0.5"));
    stage.time.runFor(Reservation.DEFAULT_LIFE.plusSeconds(20));
    assertThat(held.status().state()).isEqualTo(SlotState.INTENDED);
    assertThat(stage.laneStatus().blockedBy().map(ReservationStatus::name)).contains("stuck");
    assertThat(stage.troubles).anyMatch(trouble -> trouble.contains("HOST_WAITS"));
    stage.await(nonces(stage).fill(stage.lane, nonce(held), HOST, "our signer is gone"));
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.until(() -> held.status().isEnded());
    assertThat(held.status().consumption().orElseThrow().by()).isEqualTo(ConsumerClass.FILL);
    assertThat(refusal(stage, held.intend(call(nonce(held), 7))))
        .isEqualTo(ReservationRefusal.ANOTHER_TRANSACTION);
    stage.verify();
  }

  @Test
  void a_transaction_of_the_host_that_is_out_races_with_the_fill_and_one_of_them_wins() {
    Stage stage = started();
    stage.world.stopMining();
    Reservation held = reserve(stage, "cheap");
    UnsignedTransaction tx = call(nonce(held));
    stage.await(held.intend(tx));
    SignedTransaction bytes = stage.key.sign(tx);
    stage.await(held.signed(bytes));
    stage.until(() -> stage.world.pool(stage.providers.get(0)).contains(bytes.hash()));
    stage.time.runFor(Duration.ofSeconds(60));
    assertThat(stage.slot(0).attempts()).as("nobody replaces it but a person").hasSize(1);
    stage.await(nonces(stage).fill(stage.lane, nonce(held), HOST, "too cheap"));
    stage.until(() -> stage.slot(0).attempts().get(1).signed().isPresent());
    assertThat(stage.slot(0).attempts().get(1).kind()).isEqualTo(AttemptKind.FILL);
    Stage.assertLegalReplacements(stage.slot(0));
    stage.blocks(2);
    stage.world.goOnMining();
    stage.until(() -> held.status().isEnded());
    assertThat(held.status().consumption().orElseThrow().by())
        .isIn(ConsumerClass.FILL, ConsumerClass.HOST);
    stage.inFlight("p");
    stage.end("p");
    stage.verify();
  }

  @Test
  void what_the_host_may_have_sent_itself_is_found_by_its_nonce_and_content() {
    Stage stage = started();
    Reservation held = reserve(stage, "custodian");
    UnsignedTransaction tx = call(nonce(held));
    stage.await(held.intend(tx));
    assertThat(stage.await(held.unknown("request 7 timed out")).state())
        .isEqualTo(SlotState.EXPOSED);
    assertThatIllegalStateException().isThrownBy(held::release);
    stage.blocks(5);
    TransactionHash sent = stage.world.inject(stage.key.sign(tx).raw());
    stage.inFlight("p"); // it is sent above what the host has out
    stage.until(() -> held.status().isEnded());
    assertThat(held.status().consumption().orElseThrow().by()).isEqualTo(ConsumerClass.HOST);
    assertThat(held.status().consumption().orElseThrow().hash()).isEqualTo(sent);
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.verify();
  }

  @Test
  void what_the_host_never_sent_is_filled_when_a_person_says_so() {
    Stage stage = started();
    Reservation held = reserve(stage, "custodian");
    stage.await(held.intend(call(nonce(held))));
    stage.await(held.unknown("request 7 timed out"));
    var unused = stage.submit("p", stage.coins("0.5"));
    stage.time.runFor(Duration.ofSeconds(50));
    assertThat(stage.paid("p")).isZero();
    assertThat(held.status().state()).isEqualTo(SlotState.EXPOSED);
    stage.await(nonces(stage).fill(stage.lane, nonce(held), HOST, "the custodian says no"));
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.until(() -> held.status().isEnded());
    assertThat(held.status().consumption().orElseThrow().by()).isEqualTo(ConsumerClass.FILL);
    stage.verify();
  }

  @Test
  void something_else_on_a_reserved_nonce_is_foreign_and_freezes_the_wallet() {
    Stage stage = started();
    Reservation held = reserve(stage, "mine");
    stage.await(held.intend(call(nonce(held))));
    TransactionHash other = stage.world.inject(stage.key.sign(call(nonce(held), 7)).raw());
    stage.untilFrozen("FOREIGN_USE");
    assertThat(held.status().consumption().orElseThrow().by()).isEqualTo(ConsumerClass.FOREIGN);
    assertThat(held.status().consumption().orElseThrow().hash()).isEqualTo(other);
    stage.await(nonces(stage).resume(stage.lane, HOST, "our own mistake"));
    stage.inFlight("p");
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.verify();
  }

  @Test
  void a_reorganisation_brings_the_hosts_transaction_back_and_it_is_mined_again() {
    Stage stage = started();
    Reservation held = reserve(stage, "deep");
    UnsignedTransaction tx = call(nonce(held));
    stage.await(held.intend(tx));
    SignedTransaction bytes = stage.key.sign(tx);
    stage.await(held.signed(bytes));
    stage.until(() -> held.status().state() == SlotState.CONSUMED);
    stage.world.reorg(2, ReorgMode.VANISHED);
    stage.until(() -> held.status().isEnded());
    assertThat(held.status().consumption().orElseThrow().by()).isEqualTo(ConsumerClass.HOST);
    assertThat(hosts(stage)).isEqualTo(1);
    stage.inFlight("p");
    stage.end("p");
    stage.verify();
  }

  @Test
  void nothing_is_reserved_where_nothing_would_be_bound() {
    Stage stage = new Stage(ground);
    stage.maxInFlight = 2;
    stage.start();
    stage.until(() -> stage.laneStatus().state() == LaneStatus.State.ACTIVE);
    stage.until(() -> nonces(stage).funds(stage.lane).isPresent());
    stage.await(nonces(stage).pause(stage.lane, PauseMode.BINDING, HOST, "noon"));
    assertThat(refusal(stage, reserving(stage, "a"))).isEqualTo(ReservationRefusal.LANE_PAUSED);
    stage.await(nonces(stage).resume(stage.lane, HOST, "afternoon"));
    stage.blocks(2);
    Reservation one = reserve(stage, "a");
    Reservation two = reserve(stage, "b");
    assertThat(refusal(stage, reserving(stage, "c"))).isEqualTo(ReservationRefusal.IN_FLIGHT_LIMIT);
    assertThat(nonces(stage).funds(stage.lane).orElseThrow().openNonces()).isLessThanOrEqualTo(2);
    var unused = stage.submit("p", stage.coins("0.5"));
    stage.blocks(5);
    assertThat(stage.status("p").nonce()).isEmpty();
    assertThat(stage.laneStatus().nextNonce()).isEqualTo(2);
    stage.await(nonces(stage).pause(stage.lane, PauseMode.SIGNING, HOST, "night"));
    assertThat(refusal(stage, one.intend(call(nonce(one)))))
        .isEqualTo(ReservationRefusal.LANE_PAUSED);
    stage.await(nonces(stage).resume(stage.lane, HOST, "morning"));
    stage.await(one.release());
    stage.await(two.release());
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.status("p").nonce()).hasValue(0);
  }

  @Test
  void what_the_hosts_transaction_may_cost_is_not_paid_out() {
    Stage stage = started();
    Reservation held = reserve(stage, "fund the vault");
    stage.await(held.intend(costing(nonce(held), Wei.ofCoins("60"), Wei.gwei(50))));
    var unused = stage.submit("p", stage.coins("45"));
    stage.untilState("p", TransferState.HELD);
    assertThat(stage.status("p").code()).isEqualTo("FUNDS_SHORT");
    stage.await(nonces(stage).fill(stage.lane, nonce(held), HOST, "not today"));
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.verify();
  }

  @Test
  void a_crash_between_two_steps_loses_nothing() {
    Stage stage = started();
    Reservation before = reserve(stage, "survivor");
    stage.kill();
    stage.start();
    ready(stage);
    Reservation reserved = reserve(stage, "survivor");
    assertThat(reserved.status()).isEqualTo(before.status());
    UnsignedTransaction tx = call(nonce(reserved));
    stage.await(reserved.intend(tx));
    stage.kill();
    stage.start();
    Reservation intended = nonces(stage).reservation(stage.lane, "survivor").orElseThrow();
    assertThat(intended.status().intent()).contains(tx);
    assertThatIllegalStateException().isThrownBy(intended::release);
    stage.world.stopMining();
    stage.await(intended.signed(stage.key.sign(tx)));
    stage.kill();
    stage.start();
    stage.world.goOnMining();
    Reservation out = nonces(stage).reservation(intended.status().slot()).orElseThrow();
    stage.until(() -> out.status().isEnded());
    assertThat(out.status().consumption().orElseThrow().by()).isEqualTo(ConsumerClass.HOST);
    assertThat(hosts(stage)).isEqualTo(1);
    stage.verify();
  }

  @Test
  void a_restored_backup_freezes_before_a_reserved_nonce_is_given_to_anybody_else() {
    Stage stage = new Stage(ground);
    MemoryTransferStore journal = new MemoryTransferStore(stage.time.clock());
    stage.journal = journal;
    stage.start();
    ready(stage);
    Reservation held = reserve(stage, "sweep");
    MemoryTransferStore backup = journal.copy();
    UnsignedTransaction tx = call(nonce(held));
    stage.await(held.intend(tx));
    SignedTransaction bytes = stage.key.sign(tx);
    stage.await(held.signed(bytes));
    stage.until(() -> stage.world.isFinal(bytes.hash()));
    stage.kill();
    stage.journal = backup;
    stage.start();
    stage.untilFrozen("FOREIGN_USE");
    assertThat(refusal(stage, held(stage, "sweep").intend(tx)))
        .isEqualTo(ReservationRefusal.LANE_FROZEN);
    assertThat(refusal(stage, reserving(stage, "sweep-2")))
        .isEqualTo(ReservationRefusal.LANE_FROZEN);
    assertThat(stage.slot(0).consumption().orElseThrow().hash()).isEqualTo(bytes.hash());
    stage.await(nonces(stage).resume(stage.lane, HOST, "it was our sweep"));
    stage.inFlight("p");
    assertThat(stage.status("p").nonce()).hasValue(1);
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.verify();
  }

  @Test
  void what_a_host_sent_after_the_backup_is_not_sent_again_until_it_says_that_it_is_another() {
    Stage stage = new Stage(ground);
    MemoryTransferStore journal = new MemoryTransferStore(stage.time.clock());
    stage.journal = journal;
    stage.start();
    ready(stage);
    MemoryTransferStore backup = journal.copy();
    TransactionHash lost = sweep(stage, "sweep", Wei.ofCoins("2"));
    stage.kill();
    stage.journal = backup;
    stage.start();
    stage.untilFrozen("JOURNAL_BEHIND");
    stage.await(nonces(stage).resume(stage.lane, HOST, "restored"));
    stage.blocks(2);

    Reservation again = reserve(stage, "sweep");
    UnsignedTransaction twin = costing(nonce(again), Wei.ofCoins("2"), Wei.gwei(50));
    assertThat(nonce(again)).as("the journal has lost its name").isEqualTo(1);
    assertThat(refusal(stage, again.intend(twin))).isEqualTo(ReservationRefusal.POSSIBLE_DUPLICATE);
    assertThat(refusal(stage, again.intend(twin, Set.of(another(lost)))))
        .isEqualTo(ReservationRefusal.POSSIBLE_DUPLICATE);
    stage.await(again.release());
    assertThat(sweep(stage, "other", Wei.ofCoins("3"))).as("pays something else").isNotNull();

    Reservation meant = reserve(stage, "once-more");
    UnsignedTransaction second = costing(nonce(meant), Wei.ofCoins("2"), Wei.gwei(50));
    stage.await(meant.intend(second, Set.of(lost)));
    stage.await(meant.intend(second)); // a step may be repeated
    stage.await(meant.signed(stage.key.sign(second)));
    stage.until(() -> meant.status().isEnded());
    assertThat(meant.status().consumption().orElseThrow().by()).isEqualTo(ConsumerClass.HOST);
    stage.verify();
  }

  /** One transaction of the host, to its final end. */
  private static TransactionHash sweep(Stage stage, String name, Wei value) {
    Reservation held = reserve(stage, name);
    UnsignedTransaction tx = costing(nonce(held), value, Wei.gwei(50));
    stage.await(held.intend(tx));
    SignedTransaction bytes = stage.key.sign(tx);
    stage.await(held.signed(bytes));
    stage.until(() -> stage.world.isFinal(bytes.hash()));
    stage.until(() -> held.status().isEnded());
    return bytes.hash();
  }

  private static TransactionHash another(TransactionHash hash) {
    byte[] bytes = hash.toArray();
    bytes[0] ^= 1;
    return TransactionHash.of(bytes);
  }

  // ---- the host

  private Stage started() {
    Stage stage = new Stage(ground);
    stage.start();
    ready(stage);
    return stage;
  }

  private static void ready(Stage stage) {
    stage.until(() -> stage.laneStatus().state() == LaneStatus.State.ACTIVE);
    stage.until(() -> nonces(stage).funds(stage.lane).isPresent());
  }

  private static NonceManager nonces(Stage stage) {
    return stage.payonce().nonces();
  }

  private static CompletableFuture<Reservation> reserving(Stage stage, String name) {
    return nonces(stage).reserve(stage.lane, name.replace(' ', '-'), HOST, "a sweep");
  }

  private static Reservation reserve(Stage stage, String name) {
    return stage.await(reserving(stage, name));
  }

  private static Reservation held(Stage stage, String name) {
    return nonces(stage).reservation(stage.lane, name).orElseThrow();
  }

  private static long nonce(Reservation held) {
    return held.status().slot().nonce();
  }

  private static ReservationRefusal refusal(Stage stage, CompletableFuture<?> refused) {
    Throwable thrown = catchThrowable(() -> stage.await(refused));
    while (thrown != null && !(thrown instanceof ReservationRefusedException)) {
      thrown = thrown.getCause();
    }
    assertThat(thrown).as("a refusal").isNotNull();
    return ((ReservationRefusedException) thrown).code();
  }

  /**
   * The next step of a host that knows nothing but its name, and what the journal says.
   *
   * @return whether its bytes are stored
   */
  static boolean stepOn(Stage stage, String name) {
    Optional<Reservation> found = nonces(stage).reservation(stage.lane, name);
    if (found.isEmpty()) {
      var unused = reserving(stage, name);
      return false;
    }
    ReservationStatus status = found.get().status();
    UnsignedTransaction tx = call(status.slot().nonce());
    if (status.intent().isEmpty()) {
      var unused = found.get().intend(tx);
    } else if (status.hash().isEmpty()) {
      var unused = found.get().signed(stage.key.sign(tx));
    }
    return status.hash().isPresent();
  }

  /** How often the chain has the host's call. */
  static long hosts(Stage stage) {
    long count = 0;
    for (long nonce = 0; nonce < stage.world.nonce(stage.lane.address()); nonce++) {
      count +=
          stage.slot(nonce).consumption().filter(c -> c.by() == ConsumerClass.HOST).isPresent()
              ? 1
              : 0;
    }
    return count;
  }

  private static UnsignedTransaction call(long nonce) {
    return call(nonce, 1);
  }

  /** A call with an argument that tells it from others. */
  private static UnsignedTransaction call(long nonce, int argument) {
    return new UnsignedTransaction.DynamicFee(
        Stage.CHAIN,
        nonce,
        Wei.gwei(1),
        Wei.gwei(50),
        BigInteger.valueOf(60_000),
        CONTRACT,
        Wei.ZERO,
        Bytes.of(new byte[] {0x12, 0x34, 0x56, 0x78, (byte) argument}),
        List.of());
  }

  private static UnsignedTransaction costing(long nonce, Wei value, Wei maxFeePerGas) {
    return new UnsignedTransaction.DynamicFee(
        Stage.CHAIN,
        nonce,
        Wei.gwei(1),
        maxFeePerGas,
        BigInteger.valueOf(60_000),
        CONTRACT,
        value,
        Bytes.EMPTY,
        List.of());
  }
}
