package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.store.TransferState;
import io.payonce.submit.Actor;
import io.payonce.submit.CancelResult;
import io.payonce.submit.TransferStatus;
import io.payonce.testing.ProviderFault;
import io.payonce.testing.ProviderFaults;
import io.payonce.testing.ReorgMode;
import io.payonce.testing.TokenKind;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/** Random sequences of events; a failure names its seed. */
@OnEveryGround
final class RefundScenarioTest {
  @Parameter Ground ground;

  private static final Actor HOST = new Actor("host");
  private static final int SEEDS = 40;
  private static final int PAYMENTS = 6;
  private static final List<ReorgMode> MODES = List.of(ReorgMode.values());

  @Tag("searches")
  @Test
  void refund_is_offered_only_when_payment_is_impossible() {
    int refundable = 0;
    for (long seed = 1; seed <= SEEDS; seed++) {
      try {
        refundable += play(seed);
      } catch (AssertionError | RuntimeException failure) {
        throw new AssertionError("seed " + seed, failure);
      }
    }
    assertThat(refundable).as("the runs offer refunds at all").isGreaterThan(SEEDS / 2);
  }

  /** Returns how many payments became refundable. */
  private int play(long seed) {
    SplittableRandom dice = new SplittableRandom(seed);
    Stage stage = new Stage(ground, 3, seed);
    stage.start();
    Set<String> refundable = new LinkedHashSet<>();
    for (int i = 0; i < PAYMENTS; i++) {
      var unused =
          stage.submit(
              "p" + i, dice.nextBoolean() ? stage.coins("0.1") : stage.units(TokenKind.PLAIN, 5));
    }
    for (int event = 0; event < 25; event++) {
      happen(stage, dice);
      for (int second = dice.nextInt(6); second >= 0; second--) {
        stage.time.runFor(Duration.ofMillis(700));
        look(stage, refundable);
      }
    }
    stage.world.goOnMining();
    stage.world.setPaused(false);
    stage.providers.forEach(name -> stage.world.setFaults(name, ProviderFaults.NONE));
    for (int i = 0; i < PAYMENTS; i++) {
      stage.end("p" + i);
    }
    stage.blocks(10);
    look(stage, refundable);
    stage.verify();
    return refundable.size();
  }

  private static void happen(Stage stage, SplittableRandom dice) {
    String name = "p" + dice.nextInt(PAYMENTS);
    switch (dice.nextInt(9)) {
      case 0 -> cancel(stage, name);
      case 1 -> {
        var unused = stage.payonce().speedUp(Stage.key(name));
      }
      case 2 -> stage.world.stopMining();
      case 3 -> stage.world.goOnMining();
      case 4 -> {
        ReorgMode mode = MODES.get(dice.nextInt(MODES.size()));
        stage.world.reorg(1 + dice.nextInt(World.FINALITY_DEPTH - 1), mode);
      }
      case 5 -> stage.world.wipePools();
      case 6 -> stage.world.setPaused(dice.nextBoolean());
      case 7 -> {
        stage.kill();
        stage.start();
      }
      default ->
          stage.world.setFaults(
              stage.providers.get(dice.nextInt(3)),
              ProviderFaults.NONE.with(ProviderFault.LOST_REPLY, dice.nextDouble()));
    }
  }

  /** Asks again as long as the answer is: not now. */
  private static void cancel(Stage stage, String name) {
    var unused =
        stage
            .payonce()
            .cancel(Stage.key(name), HOST, "typo")
            .thenAccept(
                result -> {
                  if (result instanceof CancelResult.NotNow) {
                    stage.time.after(Duration.ofSeconds(1), () -> cancel(stage, name));
                  }
                });
  }

  /** Once it was safe to refund, the host has refunded it. */
  private static void look(Stage stage, Set<String> refundable) {
    for (int i = 0; i < PAYMENTS; i++) {
      TransferStatus status = stage.status("p" + i);
      if (status.verdict().safeToRefund()) {
        refundable.add("p" + i);
      }
    }
    for (String name : refundable) {
      assertThat(stage.paid(name)).as("%s was refunded", name).isZero();
      assertThat(stage.state(name)).isNotEqualTo(TransferState.PAID_FINAL);
      assertThat(stage.status(name).verdict().safeToRefund()).isTrue();
    }
  }
}
