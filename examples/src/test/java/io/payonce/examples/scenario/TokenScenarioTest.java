package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Asset;
import io.payonce.TokenAmount;
import io.payonce.Transfer;
import io.payonce.Wei;
import io.payonce.signing.guard.GuardLimits;
import io.payonce.store.TransferState;
import io.payonce.submit.Actor;
import io.payonce.submit.GiveUpResult;
import io.payonce.testing.TokenKind;
import java.math.BigInteger;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tokens that behave, and tokens that do not; wallets that run dry. */
@OnEveryGround
final class TokenScenarioTest {
  @Parameter Ground ground;

  private static final Actor OPERATOR = new Actor("operator");

  @ParameterizedTest
  @EnumSource(names = {"PLAIN", "NO_RETURN_VALUE"})
  void a_token_pays_with_and_without_a_return_value(TokenKind kind) {
    Stage stage = new Stage(ground);
    stage.start();
    Transfer transfer = stage.units(kind, 1234);
    var unused = stage.submit("p", transfer);
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.world.tokenBalance(stage.world.token(kind), transfer.to())).isEqualTo(1234);
    stage.verify();
  }

  @ParameterizedTest
  @EnumSource(names = {"LYING_SUCCESS", "FEE_TAKING"})
  void success_without_proof_is_quarantined_and_never_refundable_by_itself(TokenKind kind) {
    Stage stage = new Stage(ground);
    stage.start();
    var unused = stage.submit("p", stage.units(kind, 1000));
    assertThat(stage.end("p").state()).isEqualTo(TransferState.QUARANTINED);
    assertThat(stage.status("p").code()).isEqualTo("PAYMENT_UNPROVEN");
    stage.blocks(50);
    assertThat(stage.status("p").verdict().safeToRefund()).isFalse();
    assertThat(stage.await(stage.payonce().giveUp(Stage.key("p"), OPERATOR, "want to refund")))
        .isInstanceOf(GiveUpResult.NotYet.class);
    assertThat(stage.paid("p")).isLessThanOrEqualTo(1);
    stage.verify();
  }

  @Test
  void a_payment_that_reverts_on_chain_ends_reverted_and_is_safe_to_refund_once_final() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.world.stopMining();
    var unused = stage.submit("p", stage.units(TokenKind.PLAIN, 1000));
    stage.untilState("p", TransferState.IN_FLIGHT);
    stage.world.setPaused(true);
    stage.world.goOnMining();
    stage.untilState("p", TransferState.REVERTED);
    assertThat(stage.status("p").verdict().safeToRefund()).isFalse();
    assertThat(stage.end("p").state()).isEqualTo(TransferState.REVERTED_FINAL);
    assertThat(stage.status("p").verdict().safeToRefund()).isTrue();
    stage.world.setPaused(false);
    stage.blocks(30);
    assertThat(stage.paid("p")).isZero();
    stage.verify();
  }

  @Test
  void a_paused_token_is_held_without_a_nonce_and_paid_when_it_is_let_go() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.world.setPaused(true);
    var unused = stage.submit("p", stage.units(TokenKind.PLAIN, 1000));
    stage.untilState("p", TransferState.HELD);
    assertThat(stage.status("p").code()).isEqualTo("PRECHECK_REFUSED");
    assertThat(stage.status("p").nonce()).isEmpty();
    stage.world.setPaused(false);
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.verify();
  }

  @Test
  void a_payment_that_is_refused_holds_none_that_was_checked_with_it() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.world.setPaused(true);
    for (int i = 0; i < 7; i++) {
      Transfer transfer = i == 3 ? stage.units(TokenKind.PLAIN, 1000) : stage.coins("0.5");
      var unused = stage.submit("p" + i, transfer);
    }
    for (int i = 0; i < 7; i++) {
      if (i != 3) {
        assertThat(stage.end("p" + i).state()).isEqualTo(TransferState.PAID_FINAL);
      }
    }
    assertThat(stage.status("p3").state()).isEqualTo(TransferState.HELD);
    assertThat(stage.status("p3").code()).isEqualTo("PRECHECK_REFUSED");
    stage.world.setPaused(false);
    assertThat(stage.end("p3").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.verify();
  }

  @Test
  void a_held_payment_can_be_given_up_and_is_then_safe_to_refund() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.world.setPaused(true);
    var unused = stage.submit("p", stage.units(TokenKind.PLAIN, 1000));
    stage.untilState("p", TransferState.HELD);
    assertThat(stage.await(stage.payonce().giveUp(Stage.key("p"), OPERATOR, "token is dead")))
        .isInstanceOf(GiveUpResult.Closed.class);
    assertThat(stage.status("p").verdict().safeToRefund()).isTrue();
    stage.world.setPaused(false);
    stage.blocks(30);
    assertThat(stage.paid("p")).isZero();
    stage.verify();
  }

  @Test
  void payments_wait_for_funds_and_go_on_when_funded() {
    Stage stage = new Stage(ground);
    stage.start();
    var unused = stage.submit("big", stage.coins("150"));
    stage.untilState("big", TransferState.HELD);
    assertThat(stage.status("big").code()).isEqualTo("FUNDS_SHORT");
    assertThat(stage.status("big").nonce()).isEmpty();
    var small = stage.submit("small", stage.coins("1"));
    assertThat(small).isNotNull();
    assertThat(stage.end("small").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.fundMore("100");
    assertThat(stage.end("big").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.verify();
  }

  @Test
  void a_token_payment_waits_for_coins_for_its_fee() {
    Stage stage = new Stage(ground);
    stage.start();
    var most = stage.submit("most", stage.coins("99.99935"));
    assertThat(most).isNotNull();
    assertThat(stage.end("most").state()).isEqualTo(TransferState.PAID_FINAL);
    var unused = stage.submit("t", stage.units(TokenKind.PLAIN, 10));
    stage.untilState("t", TransferState.HELD);
    assertThat(stage.status("t").code()).isEqualTo("GAS_SHORT");
    stage.fundMore("1");
    assertThat(stage.end("t").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.verify();
  }

  @Test
  void more_tokens_than_the_wallet_has_are_held() {
    Stage stage = new Stage(ground);
    stage.start();
    var unused = stage.submit("t", stage.units(TokenKind.PLAIN, 2_000_000_000));
    stage.untilState("t", TransferState.HELD);
    assertThat(stage.status("t").code()).isEqualTo("FUNDS_SHORT");
    assertThat(stage.status("t").nonce()).isEmpty();
  }

  @Test
  void what_is_no_token_is_held_without_a_nonce() {
    Stage stage = new Stage(ground);
    Asset.Erc20 nothing = new Asset.Erc20(Stage.CHAIN, new TestKey(77).address());
    stage.guard =
        new GuardLimits(
            Wei.ofCoins("0.01"),
            List.of(
                TokenAmount.ofWei(Stage.CHAIN, Wei.ofCoins("10")), TokenAmount.of(nothing, 10)));
    stage.start();
    var unused =
        stage.submit(
            "t",
            Transfer.of(TokenAmount.of(nothing, BigInteger.TEN))
                .from(stage.lane.address())
                .to(new TestKey(78).address()));
    stage.untilState("t", TransferState.HELD);
    assertThat(stage.status("t").code()).isEqualTo("TOKEN_UNREADABLE");
    stage.blocks(20);
    assertThat(stage.status("t").nonce()).isEmpty();
  }
}
