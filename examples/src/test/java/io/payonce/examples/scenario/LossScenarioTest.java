package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Wei;
import io.payonce.store.TransferState;
import io.payonce.submit.SubmitResult;
import io.payonce.testing.ProviderFault;
import io.payonce.testing.ProviderFaults;
import io.payonce.testing.TokenKind;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Replies and requests get lost, providers die and lie. */
@OnEveryGround
final class LossScenarioTest {
  @Parameter Ground ground;

  @Test
  void a_lost_reply_never_pays_twice() {
    Stage stage = new Stage(ground);
    stage.providers.forEach(
        name ->
            stage.world.setFaults(name, ProviderFaults.always(ProviderFault.LOST_REPLY).onSends()));
    stage.start();
    for (int i = 0; i < 8; i++) {
      var unused = stage.submit("p" + i, stage.coins("0.5"));
    }
    for (int i = 0; i < 8; i++) {
      assertThat(stage.end("p" + i).state()).isEqualTo(TransferState.PAID_FINAL);
    }
    stage.verify();
  }

  @Tag("searches")
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void a_lost_request_never_strands_the_lane(long seed) {
    Stage stage = new Stage(ground, 3, seed);
    stage.providers.forEach(
        name ->
            stage.world.setFaults(
                name,
                ProviderFaults.NONE
                    .with(ProviderFault.LOST_REPLY, 0.3)
                    .with(ProviderFault.LOST_REQUEST, 0.3)));
    stage.start();
    for (int i = 0; i < 10; i++) {
      var unused = stage.submit("p" + i, stage.units(TokenKind.PLAIN, 100 + i));
    }
    for (int i = 0; i < 10; i++) {
      assertThat(stage.end("p" + i).state()).isEqualTo(TransferState.PAID_FINAL);
    }
    stage.verify();
  }

  @Test
  void two_liars_of_five_change_nothing() {
    Stage stage = new Stage(ground, 5, 1);
    ProviderFaults lies =
        ProviderFaults.NONE
            .with(ProviderFault.FAKE_RECEIPT, 1)
            .with(ProviderFault.NONCE_TOO_HIGH, 1)
            .with(ProviderFault.WRONG_FINALIZED, 1)
            .with(ProviderFault.WRONG_PENDING, 1)
            .with(ProviderFault.FATAL_TEXT, 1)
            .with(ProviderFault.INFLATED_BALANCE, 1);
    stage.world.setFaults("alpha", lies);
    stage.world.setFaults("beta", lies);
    stage.start();
    for (int i = 0; i < 4; i++) {
      var unused = stage.submit("p" + i, stage.coins("0.5"));
    }
    for (int i = 0; i < 4; i++) {
      assertThat(stage.end("p" + i).state()).isEqualTo(TransferState.PAID_FINAL);
    }
    stage.verify();
  }

  @Test
  void while_all_but_the_liars_are_down_nothing_is_bound_and_nothing_is_final() {
    Stage stage = new Stage(ground, 5, 1);
    stage.start();
    stage.inFlight("out");
    ProviderFaults lies =
        ProviderFaults.NONE
            .with(ProviderFault.FAKE_RECEIPT, 1)
            .with(ProviderFault.WRONG_FINALIZED, 1)
            .with(ProviderFault.NONCE_TOO_HIGH, 1);
    stage.world.setFaults("alpha", lies);
    stage.world.setFaults("beta", lies);
    for (String name : stage.providers.subList(2, 5)) {
      stage.world.setFaults(name, ProviderFaults.always(ProviderFault.DEAD));
    }
    assertThat(stage.submit("waits", stage.coins("0.5"))).isInstanceOf(SubmitResult.Accepted.class);
    stage.blocks(60);
    assertThat(stage.status("out").verdict().paid()).isFalse();
    assertThat(stage.status("out").verdict().safeToRefund()).isFalse();
    assertThat(stage.status("waits").nonce()).isEmpty();

    for (String name : stage.providers) {
      stage.world.setFaults(name, ProviderFaults.NONE);
    }
    assertThat(stage.end("out").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.end("waits").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.verify();
  }

  @Test
  void a_wiped_pool_gets_the_same_bytes_again() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.world.stopMining();
    stage.inFlight("p");
    stage.world.wipePools();
    stage.world.goOnMining();
    assertThat(stage.end("p").hashes()).hasSize(1);
    assertThat(stage.paid("p")).isOne();
    stage.verify();
  }

  @Test
  void a_payment_whose_host_dies_after_the_broadcast_is_paid_once_by_the_next_host() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.inFlight("p");
    stage.kill();
    stage.blocks(3);
    stage.start();
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.status("p").winner().orElseThrow().fee().isGreaterThan(Wei.ZERO)).isTrue();
    stage.verify();
  }
}
