package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Wei;
import io.payonce.fee.FeePolicy;
import io.payonce.signing.AttemptKind;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredSlot;
import io.payonce.store.TransferState;
import io.payonce.submit.Actor;
import io.payonce.submit.SpeedUpResult;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/** The fee market moves, and limits hold. */
@OnEveryGround
final class FeeScenarioTest {
  @Parameter Ground ground;

  private static final Actor OPERATOR = new Actor("operator");

  @Test
  void a_stuck_payment_is_replaced_by_a_legal_bump_after_a_spike_of_the_base_fee() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.world.stopMining();
    stage.inFlight("p");
    stage.world.spikeBaseFee(10);
    stage.world.goOnMining();
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    StoredSlot slot = stage.slot(0);
    assertThat(kinds(slot)).startsWith(AttemptKind.PAYMENT, AttemptKind.REPLACEMENT);
    Stage.assertLegalReplacements(slot);
    stage.verify();
  }

  @Test
  void only_the_head_of_the_line_is_replaced() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.world.stopMining();
    for (int i = 0; i < 8; i++) {
      var unused = stage.submit("p" + i, stage.coins("0.1"));
    }
    stage.untilInFlight(8);
    stage.world.spikeBaseFee(10);
    stage.until(() -> stage.slot(3).attempts().size() > 1);
    stage.blocks(3);
    for (long nonce = 0; nonce < 8; nonce++) {
      int attempts = stage.slot(nonce).attempts().size();
      if (nonce < 4) {
        assertThat(attempts).as("nonce %s is in the window", nonce).isGreaterThan(1);
      } else {
        assertThat(attempts).as("nonce %s waits behind others", nonce).isOne();
      }
    }
    stage.world.goOnMining();
    for (int i = 0; i < 8; i++) {
      assertThat(stage.end("p" + i).state()).isEqualTo(TransferState.PAID_FINAL);
    }
    for (long nonce = 0; nonce < 8; nonce++) {
      Stage.assertLegalReplacements(stage.slot(nonce));
    }
    stage.verify();
  }

  @Test
  void at_the_cap_the_same_bytes_stay_out_until_the_market_falls() {
    Stage stage = new Stage(ground);
    stage.fees = FeePolicy.of(Wei.gwei(21_000L * 24), Wei.ofCoins("1"));
    stage.start();
    stage.world.stopMining();
    stage.inFlight("p");
    var hash = stage.status("p").hashes();
    stage.world.spikeBaseFee(50);
    stage.world.goOnMining();
    stage.blocks(20);
    assertThat(await(stage, "p")).isEqualTo(SpeedUpResult.AT_CAP);
    assertThat(stage.status("p").hashes()).isEqualTo(hash);
    assertThat(stage.state("p")).isEqualTo(TransferState.IN_FLIGHT);
    var unused = stage.submit("later", stage.coins("0.1"));
    stage.untilState("later", TransferState.HELD);
    assertThat(stage.status("later").code()).isEqualTo("BUDGET_PAYMENT");

    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.end("later").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.status("p").winner().orElseThrow().fee())
        .isLessThanOrEqualTo(Wei.gwei(21_000L * 24));
    stage.verify();
  }

  @Tag("searches")
  @Test
  void the_hourly_limit_holds_payments_without_a_nonce_and_lets_them_go_later() {
    Stage stage = new Stage(ground);
    Wei one = Wei.gwei(21_000L * 30);
    stage.fees = FeePolicy.of(one, one); // room for one worst fee at a time
    stage.start();
    for (int i = 0; i < 3; i++) {
      var unused = stage.submit("p" + i, stage.coins("0.1"));
    }
    stage.until(() -> List.of("p0", "p1", "p2").stream().anyMatch(name -> held(stage, name)));
    for (String name : List.of("p0", "p1", "p2")) {
      if (held(stage, name)) {
        assertThat(stage.status(name).code()).isEqualTo("BUDGET_WINDOW");
        assertThat(stage.status(name).nonce()).isEmpty();
      }
    }
    for (int i = 0; i < 3; i++) {
      var end = stage.payonce().whenFinal(Stage.key("p" + i));
      assertThat(stage.time.await(end, java.time.Duration.ofHours(4)).state())
          .isEqualTo(TransferState.PAID_FINAL);
    }
    stage.verify();
  }

  @Test
  void speed_up_says_what_it_led_to() {
    Stage stage = new Stage(ground);
    stage.start();
    assertThat(await(stage, "nobody")).isEqualTo(SpeedUpResult.UNKNOWN_KEY);
    stage.world.stopMining();
    var unused = stage.submit("p", stage.coins("0.1"));
    assertThat(await(stage, "p")).isEqualTo(SpeedUpResult.NOT_EXPOSED_YET);
    stage.untilState("p", TransferState.IN_FLIGHT);
    stage.until(() -> await(stage, "p") == SpeedUpResult.STARTED);
    stage.until(() -> stage.status("p").hashes().size() == 2);
    var cancelled = stage.submit("c", stage.coins("0.1"));
    stage.untilState("c", TransferState.IN_FLIGHT);
    assertThat(cancelled).isNotNull();
    var racing = stage.await(stage.payonce().cancel(Stage.key("c"), OPERATOR, "typo"));
    assertThat(racing).isInstanceOf(io.payonce.submit.CancelResult.Racing.class);
    assertThat(await(stage, "c")).isEqualTo(SpeedUpResult.CANCEL_IN_PROGRESS);
    stage.world.goOnMining();
    stage.untilState("p", TransferState.INCLUDED);
    assertThat(await(stage, "p")).isEqualTo(SpeedUpResult.ALREADY_INCLUDED);
    stage.end("p");
    assertThat(await(stage, "p")).isEqualTo(SpeedUpResult.ALREADY_INCLUDED);
    stage.end("c");
    Stage.assertLegalReplacements(stage.slot(0));
    stage.verify();
  }

  private static boolean held(Stage stage, String name) {
    return stage.state(name) == TransferState.HELD;
  }

  private static SpeedUpResult await(Stage stage, String name) {
    return stage.await(stage.payonce().speedUp(Stage.key(name)));
  }

  private static List<AttemptKind> kinds(StoredSlot slot) {
    return slot.attempts().stream().map(StoredAttempt::kind).toList();
  }
}
