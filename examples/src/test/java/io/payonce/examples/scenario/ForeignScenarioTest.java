package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.AttemptId;
import io.payonce.Bytes;
import io.payonce.SlotId;
import io.payonce.TokenAmount;
import io.payonce.Transfer;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.nonce.LaneAudit;
import io.payonce.nonce.LaneStatus;
import io.payonce.signing.AttemptKind;
import io.payonce.store.AttemptState;
import io.payonce.store.CommitResult;
import io.payonce.store.ConsumerClass;
import io.payonce.store.JournalChange;
import io.payonce.store.SlotState;
import io.payonce.store.StoredLane;
import io.payonce.store.TransferState;
import io.payonce.submit.Actor;
import io.payonce.submit.GiveUpResult;
import io.payonce.testing.JournalScript;
import io.payonce.testing.ReorgMode;
import java.math.BigInteger;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/** Somebody else uses the key, or the journal is not the newest. */
@OnEveryGround
final class ForeignScenarioTest {
  @Parameter Ground ground;

  private static final Actor OPERATOR = new Actor("operator");

  @Test
  void a_foreign_transaction_on_a_bound_nonce_is_unpaid_only_once_a_person_confirms_it() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.world.stopMining();
    stage.inFlight("p");
    var foreign = stage.world.consumeNonce(stage.key);
    stage.until(() -> stage.world.isIncluded(foreign));
    assertThat(giveUp(stage, "p")).isInstanceOf(GiveUpResult.NotYet.class);
    stage.untilState("p", TransferState.QUARANTINED);
    assertThat(stage.status("p").code()).isEqualTo("FOREIGN_USE");
    assertThat(stage.status("p").winner().orElseThrow().hash()).isEqualTo(foreign);
    assertThat(stage.world.isFinal(foreign)).isTrue();
    assertThat(stage.status("p").verdict().safeToRefund()).isFalse();
    stage.untilFrozen("FOREIGN_USE");

    assertThat(giveUp(stage, "p")).isInstanceOf(GiveUpResult.Closed.class);
    assertThat(stage.state("p")).isEqualTo(TransferState.UNPAID_FINAL);
    assertThat(stage.status("p").verdict().safeToRefund()).isTrue();
    stage.world.goOnMining();
    stage.blocks(30);
    assertThat(stage.paid("p")).isZero();

    stage.await(stage.payonce().nonces().resume(stage.lane, OPERATOR, "key is safe"));
    var unused = stage.submit("again", stage.coins("0.5"));
    assertThat(stage.end("again").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.status("again").nonce()).hasValue(1);
    stage.verify();
  }

  @Test
  void a_foreign_transaction_above_the_journal_freezes_the_lane_until_it_is_booked() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.inFlight("p");
    stage.end("p");
    var foreign = stage.world.consumeNonce(stage.key);
    stage.untilFrozen("JOURNAL_BEHIND");
    var unused = stage.submit("q", stage.coins("0.5"));
    stage.blocks(20);
    assertThat(stage.status("q").nonce()).isEmpty();

    LaneAudit audit = stage.await(stage.payonce().nonces().auditAgainstChain(stage.lane));
    assertThat(audit.isClean()).isFalse();
    assertThat(audit.unknown()).containsExactly(foreign);
    LaneStatus resumed =
        stage.await(stage.payonce().nonces().resume(stage.lane, OPERATOR, "it was me"));
    assertThat(resumed.state()).isEqualTo(LaneStatus.State.ACTIVE);
    assertThat(stage.slot(1).consumption().orElseThrow().by()).isEqualTo(ConsumerClass.FOREIGN);
    assertThat(stage.end("q").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.status("q").nonce()).hasValue(2);
    assertThat(stage.await(stage.payonce().nonces().auditAgainstChain(stage.lane)).isClean())
        .isTrue();
    stage.verify();
  }

  @Test
  void a_wallet_with_pending_foreign_transactions_is_taken_on_above_them() {
    Stage stage = new Stage(ground);
    stage.world.stopMining();
    for (long nonce = 0; nonce < 2; nonce++) {
      var unused = stage.world.inject(stage.key.sign(foreign(nonce)).raw());
    }
    stage.start();
    var unused = stage.submit("p", stage.coins("0.5"));
    stage.until(() -> stage.laneStatus().state() == LaneStatus.State.ACTIVE);
    assertThat(stage.laneStatus().nextNonce()).isGreaterThanOrEqualTo(2);
    assertThat(stage.troubles).anyMatch(trouble -> trouble.contains("LANE_HAS_PENDING"));
    for (long nonce = 0; nonce < 2; nonce++) {
      assertThat(stage.slot(nonce).state()).isEqualTo(SlotState.EXPOSED);
      assertThat(stage.slot(nonce).attempts()).isEmpty();
    }
    stage.world.goOnMining();
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.status("p").nonce()).hasValue(2);
    stage.until(() -> stage.slot(1).state() == SlotState.CONSUMED_FINAL);
    assertThat(stage.slot(0).consumption().orElseThrow().by()).isEqualTo(ConsumerClass.FOREIGN);
    stage.verifyEffects();

    // Who moves in with payments under way may ask for them again: they are held, not paid twice.
    Transfer again =
        Transfer.of(TokenAmount.ofWei(Stage.CHAIN, foreign(0).value()))
            .from(stage.lane.address())
            .to(foreign(0).to());
    var held = stage.payonce().submit(Stage.key("again"), again);
    assertThat(held).isNotNull();
    stage.untilState("again", TransferState.HELD);
    assertThat(stage.status("again").code()).isEqualTo("POSSIBLE_DUPLICATE");
  }

  @Test
  void an_evicted_foreign_transaction_is_filled_only_when_somebody_says_so() {
    Stage stage = new Stage(ground);
    stage.world.stopMining();
    var lost = stage.world.inject(stage.key.sign(foreign(0)).raw());
    stage.start();
    stage.until(() -> stage.laneStatus().state() == LaneStatus.State.ACTIVE);
    stage.world.wipePools();
    stage.world.goOnMining();
    var unused = stage.submit("p", stage.coins("0.5"));
    stage.untilState("p", TransferState.IN_FLIGHT);
    stage.blocks(30);
    assertThat(stage.slot(0).attempts()).isEmpty();
    assertThat(stage.world.nonce(stage.lane.address())).isZero();

    stage.await(stage.payonce().nonces().fill(stage.lane, 0, OPERATOR, "it is gone"));
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.until(() -> stage.slot(0).state() == SlotState.CONSUMED_FINAL);
    assertThat(stage.slot(0).consumption().orElseThrow().by()).isEqualTo(ConsumerClass.FILL);
    assertThat(stage.world.isIncluded(lost)).isFalse();
    assertThatThrownBy(
            () -> stage.await(stage.payonce().nonces().fill(stage.lane, 1, OPERATOR, "why not")))
        .hasRootCauseInstanceOf(IllegalStateException.class);
    stage.verify();
  }

  @Test
  void a_nonce_whose_block_goes_after_the_wallet_was_taken_on_can_be_filled() {
    Stage stage = new Stage(ground);
    long before = stage.world.head().number();
    var lost = stage.world.inject(stage.key.sign(foreign(0)).raw());
    stage.until(() -> stage.world.nonce(stage.lane.address()) == 1);
    stage.start();
    stage.until(() -> stage.laneStatus().state() == LaneStatus.State.ACTIVE);
    assertThat(stage.laneStatus().nextNonce()).isEqualTo(1);
    stage.world.reorg((int) (stage.world.head().number() - before), ReorgMode.VANISHED);
    var unused = stage.submit("p", stage.coins("0.5"));
    stage.untilState("p", TransferState.IN_FLIGHT);
    stage.blocks(10);
    assertThat(stage.status("p").nonce()).hasValue(1);
    assertThat(stage.world.nonce(stage.lane.address())).isZero();

    stage.await(stage.payonce().nonces().fill(stage.lane, 0, OPERATOR, "it is gone"));
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.until(() -> stage.slot(0).state() == SlotState.CONSUMED_FINAL);
    assertThat(stage.slot(0).consumption().orElseThrow().by()).isEqualTo(ConsumerClass.FILL);
    assertThat(stage.world.isIncluded(lost)).isFalse();
    stage.verify();
  }

  @Test
  void a_released_nonce_below_used_ones_is_filled_within_two_blocks() {
    Stage stage = new Stage(ground);
    releaseBelowUsed(stage);
    stage.start();
    stage.until(() -> !stage.slot(0).attempts().isEmpty());
    assertThat(stage.slot(0).attempts().get(0).kind()).isEqualTo(AttemptKind.FILL);
    long since = stage.world.head().number();
    stage.until(() -> stage.world.nonce(stage.lane.address()) > 0);
    assertThat(stage.world.head().number() - since).isLessThanOrEqualTo(2);
    var unused = stage.submit("p", stage.coins("0.5"));
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.status("p").nonce()).hasValue(2);
    stage.until(() -> stage.slot(0).state() == SlotState.CONSUMED_FINAL);
    assertThat(stage.slot(0).consumption().orElseThrow().by()).isEqualTo(ConsumerClass.FILL);
    stage.verify();
  }

  @Test
  void a_lane_with_unknown_pending_transactions_is_not_resumed() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.inFlight("p");
    stage.end("p");
    stage.world.stopMining();
    var unused = stage.world.inject(stage.key.sign(foreign(1)).raw());
    stage.untilFrozen("JOURNAL_BEHIND");
    notResumed(stage, "wait until they are mined");
    stage.world.goOnMining();
    stage.until(() -> stage.world.nonce(stage.lane.address()) == 2);
    stage.blocks(2);
    stage.await(stage.payonce().nonces().resume(stage.lane, OPERATOR, "go on"));
    var next = stage.submit("q", stage.coins("0.5"));
    assertThat(next).isNotNull();
    assertThat(stage.end("q").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.verify();
  }

  @Test
  void a_lane_is_resumed_once_unknown_pending_transactions_are_filled_for_good() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.inFlight("p");
    stage.end("p");
    stage.world.stopMining();
    var neverMined = stage.world.inject(stage.key.sign(foreign(1, Wei.gwei(11))).raw());
    stage.untilFrozen("JOURNAL_BEHIND");
    stage.await(stage.payonce().nonces().fill(stage.lane, 1, OPERATOR, "never mined"));
    stage.until(() -> stage.slot(1).attempts().stream().anyMatch(a -> a.signed().isPresent()));
    assertThat(stage.laneStatus().state()).isEqualTo(LaneStatus.State.FROZEN);
    assertThat(stage.submit("q", stage.coins("0.5"))).isNotNull();
    notResumed(stage, "nonce 1 of"); // the other transaction may still take it
    stage.until(
        () -> stage.slot(1).attempts().stream().anyMatch(a -> a.state() == AttemptState.SENT));
    stage.until(() -> !stage.world.pool(stage.providers.get(0)).contains(neverMined));
    stage.world.goOnMining();
    stage.until(() -> stage.slot(1).state() == SlotState.CONSUMED);
    notResumed(stage, "nonce 1 of"); // a reorganisation could bring it back
    stage.until(() -> stage.slot(1).state() == SlotState.CONSUMED_FINAL);
    assertThat(stage.slot(1).consumption().orElseThrow().by()).isEqualTo(ConsumerClass.FILL);
    assertThat(stage.state("q")).isNotEqualTo(TransferState.BOUND);
    assertThat(stage.status("q").nonce()).isEmpty();
    stage.await(stage.payonce().nonces().resume(stage.lane, OPERATOR, "go on"));
    assertThat(stage.end("q").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.verify();
  }

  private static void notResumed(Stage stage, String why) {
    assertThatThrownBy(
            () -> stage.await(stage.payonce().nonces().resume(stage.lane, OPERATOR, "go on")))
        .hasRootCauseInstanceOf(IllegalStateException.class)
        .hasMessageContaining(why);
  }

  /** A nonce that was given back below one that is in use. */
  static void releaseBelowUsed(Stage stage) {
    stage.journal.registerLane(stage.lane, 0, stage.time.now());
    StoredLane taken =
        stage.journal.takeLane(stage.lane, JournalScript.LEASE, stage.time.now()).orElseThrow();
    assertThat(
            stage.journal.commit(
                stage.lane,
                taken.epoch(),
                List.of(
                    new JournalChange.SlotTaken(new SlotId(stage.lane, 0), SlotState.RELEASED),
                    new JournalChange.SlotTaken(new SlotId(stage.lane, 1), SlotState.RELEASED),
                    filled(new SlotId(stage.lane, 1))),
                stage.time.now()))
        .isInstanceOf(CommitResult.Applied.class);
    stage.journal.releaseLane(stage.lane, taken.epoch());
  }

  /** A nonce that a transfer of nothing is to take. */
  static JournalChange filled(SlotId slot) {
    return new JournalChange.AttemptAdded(
        new AttemptId(slot, 1),
        AttemptKind.FILL,
        new UnsignedTransaction.DynamicFee(
            slot.lane().chain(),
            slot.nonce(),
            Wei.gwei(1),
            Wei.gwei(50),
            BigInteger.valueOf(21_000),
            slot.lane().address(),
            Wei.ZERO,
            Bytes.EMPTY,
            List.of()));
  }

  private static UnsignedTransaction foreign(long nonce) {
    return foreign(nonce, Wei.gwei(100));
  }

  private static UnsignedTransaction foreign(long nonce, Wei maxFeePerGas) {
    return new UnsignedTransaction.DynamicFee(
        Stage.CHAIN,
        nonce,
        Wei.gwei(1),
        maxFeePerGas,
        BigInteger.valueOf(21_000),
        new TestKey(99).address(),
        Wei.ofCoins("0.01"),
        Bytes.EMPTY,
        List.of());
  }

  private static GiveUpResult giveUp(Stage stage, String name) {
    return stage.await(stage.payonce().giveUp(Stage.key(name), OPERATOR, "seen by a person"));
  }
}
