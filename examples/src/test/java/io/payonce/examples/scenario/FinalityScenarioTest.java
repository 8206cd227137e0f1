package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Bytes;
import io.payonce.Transfer;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.nonce.LaneStatus;
import io.payonce.nonce.Reservation;
import io.payonce.signing.AttemptKind;
import io.payonce.store.SlotState;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.submit.Actor;
import io.payonce.submit.Resolution;
import io.payonce.submit.ResolveResult;
import io.payonce.submit.TransferStatus;
import io.payonce.submit.Verdict;
import io.payonce.testing.ReorgMode;
import io.payonce.testing.TokenKind;
import java.math.BigInteger;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/** Blocks are replaced that were final: what no chain may do, and some did. */
@OnEveryGround
final class FinalityScenarioTest {
  private static final Actor OPERATOR = new Actor("operator");
  private static final int DEEP = World.FINALITY_DEPTH + 4;

  @Parameter Ground ground;

  @Test
  void a_payment_whose_final_block_is_replaced_is_quarantined_until_it_is_final_again() {
    Stage stage = new Stage(ground);
    stage.start();
    TransferStatus paid = pay(stage, "p");
    stage.blocks(2);
    stage.world.reorg(DEEP, ReorgMode.VANISHED);
    TransferStatus broken = quarantined(stage, "p");
    assertThat(broken.verdict()).isInstanceOf(Verdict.Undecided.class);
    assertThat(broken.verdict().safeToRefund()).isFalse();
    assertThat(broken.reason())
        .contains("PAID_FINAL")
        .contains(paid.winner().orElseThrow().hash().value())
        .contains(paid.winner().orElseThrow().block().hash().value())
        .containsPattern("the chain has 0x[0-9a-f]{64} there now")
        .doesNotContain("efund");
    stage.untilFrozen("FINALITY_BROKEN");
    assertThat(resolve(stage, "p")).isInstanceOf(ResolveResult.NotYet.class);
    // The same bytes are sent again, as nobody was offered a refund; nothing is signed.
    stage.until(() -> stage.slot(0).state() == SlotState.CONSUMED_FINAL);
    assertThat(stage.status("p").state()).isEqualTo(TransferState.QUARANTINED);
    assertThat(stage.status("p").hashes()).isEqualTo(paid.hashes());
    assertThat(resolve(stage, "p")).isInstanceOf(ResolveResult.Closed.class);
    assertThat(stage.status("p").verdict()).isInstanceOf(Verdict.PaidFinal.class);
    resume(stage);
    pay(stage, "q");
    stage.verify();
  }

  @Test
  void bytes_that_were_archived_are_not_sent_again_and_their_nonce_strands_nothing() {
    Stage stage = new Stage(ground);
    stage.start();
    long before = stage.world.head().number();
    TransferStatus paid = pay(stage, "p");
    stage.outliveRetention();
    assertThat(stage.slot(0).attempts()).allMatch(attempt -> attempt.signed().isEmpty());
    stage.world.reorg((int) (stage.world.head().number() - before), ReorgMode.VANISHED);
    TransferStatus broken = quarantined(stage, "p");
    assertThat(broken.reason()).contains("PAID_FINAL").contains("archived");
    assertThat(broken.hashes()).isEqualTo(paid.hashes());
    assertThat(broken.verdict().safeToRefund()).isFalse();
    stage.blocks(30);
    assertThat(stage.paid("p")).isZero();
    assertThat(stage.slot(0).attempts()).as("nothing is signed on a frozen lane").hasSize(1);
    resume(stage);
    pay(stage, "q");
    assertThat(stage.paid("p")).isZero();
    assertThat(resolve(stage, "p")).isInstanceOf(ResolveResult.Closed.class);
    assertThat(stage.state("p")).isEqualTo(TransferState.CANCELLED_FINAL);
    stage.verify();
  }

  @Test
  void a_fill_whose_bytes_were_archived_is_made_again_so_that_its_nonce_strands_nothing() {
    Stage stage = new Stage(ground);
    stage.start();
    long before = stage.world.head().number();
    stage.blocks(2);
    Reservation lost =
        stage.await(stage.payonce().nonces().reserve(stage.lane, "errand", OPERATOR, "a sweep"));
    stage.await(lost.intend(errand(lost.status().slot().nonce())));
    stage.await(lost.unknown("the custodian did not answer"));
    stage.await(stage.payonce().nonces().fill(stage.lane, 0, OPERATOR, "it never comes"));
    pay(stage, "p");
    stage.outliveRetention();
    assertThat(stage.slot(0).attempts())
        .extracting(StoredAttempt::kind)
        .containsExactly(AttemptKind.HOST, AttemptKind.FILL);
    assertThat(stage.slot(0).attempts().get(1).archivedHash()).isPresent();
    stage.world.reorg((int) (stage.world.head().number() - before), ReorgMode.VANISHED);
    quarantined(stage, "p");
    stage.untilFrozen("FINALITY_BROKEN");
    stage.blocks(30);
    assertThat(stage.slot(0).attempts()).as("nothing is signed on a frozen lane").hasSize(2);
    resume(stage);
    pay(stage, "q");
    assertThat(stage.slot(0).attempts())
        .extracting(StoredAttempt::kind)
        .containsExactly(AttemptKind.HOST, AttemptKind.FILL, AttemptKind.FILL);
    stage.verify();
  }

  private static UnsignedTransaction errand(long nonce) {
    return new UnsignedTransaction.DynamicFee(
        Stage.CHAIN,
        nonce,
        Wei.gwei(2),
        Wei.gwei(50),
        BigInteger.valueOf(21_000),
        new TestKey(3).address(),
        Wei.ONE,
        Bytes.EMPTY,
        List.of());
  }

  @Test
  void what_was_archived_and_is_mined_again_is_known_by_its_hash() {
    Stage stage = new Stage(ground);
    stage.start();
    long before = stage.world.head().number();
    TransferStatus paid = pay(stage, "p");
    stage.outliveRetention();
    stage.world.reorg((int) (stage.world.head().number() - before), ReorgMode.REINCLUDED);
    quarantined(stage, "p");
    stage.until(() -> stage.slot(0).state() == SlotState.CONSUMED_FINAL);
    assertThat(resolve(stage, "p")).isInstanceOf(ResolveResult.Closed.class);
    assertThat(stage.state("p")).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.status("p").winner().orElseThrow().hash())
        .isEqualTo(paid.winner().orElseThrow().hash());
    assertThat(stage.slot(0).attempts()).hasSize(1);
    stage.verify();
  }

  @Test
  void a_payment_that_is_mined_again_at_once_waits_for_a_person_all_the_same() {
    Stage stage = new Stage(ground);
    stage.start();
    pay(stage, "p");
    stage.blocks(2);
    stage.world.reorg(DEEP, ReorgMode.REINCLUDED);
    quarantined(stage, "p");
    stage.until(() -> stage.slot(0).state() == SlotState.CONSUMED_FINAL);
    stage.blocks(10);
    assertThat(stage.status("p").state()).isEqualTo(TransferState.QUARANTINED);
    assertThat(resolve(stage, "p")).isInstanceOf(ResolveResult.Closed.class);
    assertThat(stage.status("p").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.verify();
  }

  @Test
  void what_is_final_below_the_replaced_blocks_stays() {
    Stage stage = new Stage(ground);
    stage.start();
    pay(stage, "early");
    stage.blocks(20);
    for (int i = 0; i < 3; i++) {
      var unused = stage.submit("late" + i, stage.coins("0.5"));
    }
    for (int i = 0; i < 3; i++) {
      stage.end("late" + i);
    }
    stage.blocks(2);
    stage.world.reorg(DEEP + 2, ReorgMode.RETURNED);
    for (int i = 0; i < 3; i++) {
      quarantined(stage, "late" + i);
    }
    assertThat(stage.status("early").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.statesOf("early")).doesNotContain(TransferState.QUARANTINED);
    stage.verifyEffects();
  }

  @Test
  void a_refund_that_was_offered_is_withdrawn_and_the_bytes_are_never_sent_again() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.world.stopMining();
    var unused = stage.submit("p", stage.units(TokenKind.PLAIN, 1000));
    stage.untilState("p", TransferState.IN_FLIGHT);
    stage.world.setPaused(true);
    stage.world.goOnMining();
    assertThat(stage.end("p").state()).isEqualTo(TransferState.REVERTED_FINAL);
    assertThat(stage.status("p").verdict().safeToRefund()).isTrue();
    stage.world.setPaused(false); // its bytes would pay now
    stage.blocks(2);
    stage.world.reorg(DEEP, ReorgMode.VANISHED);
    TransferStatus broken = quarantined(stage, "p");
    assertThat(broken.verdict().safeToRefund()).isFalse();
    assertThat(broken.reason()).contains("REVERTED_FINAL").contains("refund");
    stage.blocks(30);
    assertThat(stage.paid("p")).isZero();
    assertThat(stage.slot(0).attempts()).as("nothing is signed on a frozen lane").hasSize(1);
    // Its nonce strands nothing: once the lane is resumed, a transfer of nothing takes it.
    resume(stage);
    pay(stage, "q");
    assertThat(stage.paid("p")).isZero();
    assertThat(stage.state("p")).isEqualTo(TransferState.QUARANTINED);
    assertThat(resolve(stage, "p")).isInstanceOf(ResolveResult.Closed.class);
    assertThat(stage.state("p")).isEqualTo(TransferState.CANCELLED_FINAL);
    stage.verify();
  }

  @Test
  void a_cancel_that_was_final_is_sent_again_and_its_payment_is_not() {
    Stage stage = new Stage(ground);
    stage.start();
    long before = stage.world.head().number();
    stage.world.stopMining();
    stage.inFlight("p");
    var asked = stage.await(stage.payonce().cancel(Stage.key("p"), OPERATOR, "changed my mind"));
    assertThat(asked.getClass().getSimpleName()).isEqualTo("Racing");
    stage.blocks(3);
    stage.world.goOnMining();
    assertThat(stage.end("p").state()).isEqualTo(TransferState.CANCELLED_FINAL);
    stage.world.reorg((int) (stage.world.head().number() - before), ReorgMode.VANISHED);
    quarantined(stage, "p");
    resume(stage); // the market may ask for a higher fee by now
    stage.until(() -> stage.slot(0).state() == SlotState.CONSUMED_FINAL);
    assertThat(stage.paid("p")).isZero();
    assertThat(resolve(stage, "p")).isInstanceOf(ResolveResult.Closed.class);
    assertThat(stage.state("p")).isEqualTo(TransferState.CANCELLED_FINAL);
    stage.verify();
  }

  @Test
  void finality_that_broke_while_the_host_was_dead_is_found_by_the_next_host() {
    Stage stage = new Stage(ground);
    stage.start();
    pay(stage, "p");
    stage.blocks(2);
    stage.kill();
    stage.world.reorg(DEEP, ReorgMode.VANISHED);
    stage.blocks(3);
    stage.start();
    quarantined(stage, "p");
    assertThat(stage.laneStatus().state()).isEqualTo(LaneStatus.State.FROZEN);
    assertThat(stage.laneStatus().incident()).startsWith("FINALITY_BROKEN");
    stage.verifyEffects();
  }

  @Test
  void finality_that_breaks_twice_is_quarantined_twice() {
    Stage stage = new Stage(ground);
    stage.start();
    pay(stage, "p");
    for (int round = 0; round < 2; round++) {
      stage.blocks(2);
      stage.world.reorg(DEEP, ReorgMode.RETURNED);
      quarantined(stage, "p");
      stage.until(() -> stage.slot(0).state() == SlotState.CONSUMED_FINAL);
      assertThat(resolve(stage, "p")).isInstanceOf(ResolveResult.Closed.class);
    }
    resume(stage);
    pay(stage, "q");
    stage.verify();
  }

  private static TransferStatus pay(Stage stage, String name) {
    Transfer transfer = stage.coins("0.5");
    var unused = stage.submit(name, transfer);
    assertThat(stage.end(name).state()).isEqualTo(TransferState.PAID_FINAL);
    return stage.status(name);
  }

  private static TransferStatus quarantined(Stage stage, String name) {
    stage.untilState(name, TransferState.QUARANTINED);
    assertThat(stage.status(name).code()).isEqualTo(StoredTransfer.FINALITY_BROKEN);
    return stage.status(name);
  }

  private static ResolveResult resolve(Stage stage, String name) {
    return stage.await(
        stage
            .payonce()
            .resolve(Stage.key(name), new Resolution.AsFinal("the chain is sound"), OPERATOR));
  }

  private static void resume(Stage stage) {
    assertThat(stage.await(stage.payonce().nonces().resume(stage.lane, OPERATOR, "looked")).state())
        .isEqualTo(LaneStatus.State.ACTIVE);
  }
}
