package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.Address;
import io.payonce.TransactionHash;
import io.payonce.signing.AttemptKind;
import io.payonce.signing.Signer;
import io.payonce.signing.guard.GuardedSigner;
import io.payonce.signing.software.InsecureKeyAccess;
import io.payonce.signing.software.SoftwareKey;
import io.payonce.store.ConsumerClass;
import io.payonce.store.TransferState;
import io.payonce.submit.Actor;
import io.payonce.submit.CancelResult;
import io.payonce.submit.Resolution;
import io.payonce.submit.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/** The host changes its mind. */
@OnEveryGround
final class CancelScenarioTest {
  @Parameter Ground ground;

  private static final Actor HOST = new Actor("host");

  @Test
  void a_cancel_before_binding_rejects_and_is_safe_to_refund() {
    Stage stage = new Stage(ground);
    stage.start();
    var unused = stage.submit("p", stage.coins("101")); // more than there is: it waits
    assertThat(cancel(stage, "p"))
        .as("an old backup is not noticed before the chain was looked at")
        .isInstanceOf(CancelResult.NotNow.class);
    stage.untilState("p", TransferState.HELD);
    assertThat(cancel(stage, "p")).isInstanceOf(CancelResult.RejectedBeforeBinding.class);
    assertThat(stage.state("p")).isEqualTo(TransferState.REJECTED);
    assertThat(stage.status("p").verdict().safeToRefund()).isTrue();
    var next = stage.submit("q", stage.coins("1"));
    assertThat(next).isNotNull();
    assertThat(stage.end("q").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.blocks(20);
    assertThat(stage.paid("p")).isZero();
    stage.verify();
  }

  @Test
  void a_cancel_that_wins_is_safe_to_refund_only_once_it_is_final() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.world.stopMining();
    stage.inFlight("p");
    assertThat(cancel(stage, "p")).isInstanceOf(CancelResult.Racing.class);
    stage.until(() -> stage.status("p").hashes().size() == 2);
    TransactionHash race = stage.status("p").hashes().get(1);
    stage.world.wipePools(); // of the payment too: what is sent again is the cancel
    stage.until(
        () -> stage.providers.stream().anyMatch(name -> stage.world.pool(name).contains(race)));
    stage.world.goOnMining();
    while (stage.state("p") == TransferState.CANCELLING) {
      assertThat(stage.status("p").verdict()).isInstanceOf(Verdict.Undecided.class);
      assertThat(stage.status("p").verdict().safeToRefund()).isFalse();
      assertThat(stage.time.runNext()).isTrue();
    }
    assertThat(stage.state("p")).isEqualTo(TransferState.CANCELLED_FINAL);
    assertThat(stage.status("p").verdict().safeToRefund()).isTrue();
    assertThat(stage.world.isFinal(stage.status("p").winner().orElseThrow().hash())).isTrue();
    assertThat(stage.slot(0).consumption().orElseThrow().by()).isEqualTo(ConsumerClass.CANCEL);
    assertThat(stage.slot(0).attempts().get(1).kind()).isEqualTo(AttemptKind.CANCEL);
    Stage.assertLegalReplacements(stage.slot(0));
    assertThat(cancel(stage, "p")).isInstanceOf(CancelResult.TooLate.class);
    stage.verify();
  }

  /** To itself, with gas for a transfer alone: the code that it delegates to has none to run on. */
  @Test
  void a_cancel_of_a_wallet_that_delegates_to_code_fails_and_takes_the_nonce_all_the_same() {
    Stage stage = new Stage(Ground.SIMULATED); // with a wallet that has code
    SimulatedWorld world = (SimulatedWorld) stage.world;
    world.chain().delegate(stage.lane.address(), Address.of("0x" + "c0de".repeat(10)));
    stage.start();
    stage.world.stopMining();
    stage.inFlight("p");
    assertThat(cancel(stage, "p")).isInstanceOf(CancelResult.Racing.class);
    stage.until(() -> stage.status("p").hashes().size() == 2);
    TransactionHash race = stage.status("p").hashes().get(1);
    stage.until(
        () -> stage.providers.stream().anyMatch(name -> stage.world.pool(name).contains(race)));
    stage.providers.forEach(
        name ->
            stage.world.pool(name).stream()
                .filter(hash -> !hash.equals(race))
                .forEach(world.chain()::evict));
    stage.world.goOnMining();
    assertThat(stage.end("p").state()).isEqualTo(TransferState.CANCELLED_FINAL);
    assertThat(world.chain().canonicalTransactions(stage.lane.address()))
        .singleElement()
        .matches(tx -> tx.hash().equals(race) && !tx.succeeded());
    assertThat(stage.status("p").verdict().safeToRefund()).isTrue();
    stage.verify();
  }

  @Test
  void a_payment_that_wins_against_its_cancel_is_paid_and_never_safe_to_refund() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.world.stopMining();
    stage.inFlight("p");
    stage.world.goOnMining();
    // The block holds the payment before the host asks; nobody has told the engine yet.
    stage.world.mineBlock();
    CancelResult asked = cancel(stage, "p");
    assertThat(asked).isInstanceOf(CancelResult.Racing.class);
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.paid("p")).isOne();
    assertThat(stage.told).filteredOn(status -> status.verdict().safeToRefund()).isEmpty();
    stage.verify();
  }

  @Test
  void a_cancel_of_an_included_payment_is_too_late() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.inFlight("p");
    stage.untilState("p", TransferState.INCLUDED);
    assertThat(cancel(stage, "p")).isEqualTo(new CancelResult.TooLate("INCLUDED"));
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(cancel(stage, "p")).isEqualTo(new CancelResult.TooLate("PAID_FINAL"));
    assertThat(cancel(stage, "nobody")).isInstanceOf(CancelResult.UnknownKey.class);
    stage.verify();
  }

  @Test
  void a_payment_of_a_wallet_that_is_not_here_is_never_an_unknown_key() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.inFlight("p");
    stage.kill();
    stage.signer = usual -> ofAnotherWallet(stage);
    stage.start();
    assertThatThrownBy(() -> cancel(stage, "p"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is paid by wallet " + stage.lane);
    assertThatThrownBy(() -> stage.payonce().speedUp(Stage.key("p")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> stage.payonce().giveUp(Stage.key("p"), HOST, "gone"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () ->
                stage.payonce().resolve(Stage.key("p"), new Resolution.NotADuplicate("gone"), HOST))
        .isInstanceOf(IllegalArgumentException.class);
    stage.kill();
    stage.signer = usual -> usual;
    stage.start();
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.verify();
  }

  private static Signer ofAnotherWallet(Stage stage) {
    return GuardedSigner.builder()
        .key(
            SoftwareKey.fromBytes(
                new TestKey(2).bytes(), InsecureKeyAccess.acknowledge("it signs nothing")))
        .chains(Stage.CHAIN)
        .claimsIn(stage.journal)
        .limits(stage.guard)
        .executor(Runnable::run)
        .build();
  }

  @Test
  void a_cancel_keeps_its_order_when_payments_wait_behind_it() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.world.stopMining();
    for (String name : new String[] {"a", "b", "c"}) {
      var unused = stage.submit(name, stage.coins("0.1"));
    }
    stage.untilInFlight(3);
    assertThat(cancel(stage, "b")).isInstanceOf(CancelResult.Racing.class);
    stage.world.goOnMining();
    assertThat(stage.end("a").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.end("c").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.end("b").state().isTerminal()).isTrue();
    stage.verify();
  }

  private static CancelResult cancel(Stage stage, String name) {
    return stage.await(stage.payonce().cancel(Stage.key(name), HOST, "changed my mind"));
  }
}
