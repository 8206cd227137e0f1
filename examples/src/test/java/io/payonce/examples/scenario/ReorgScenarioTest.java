package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.store.TransferState;
import io.payonce.testing.ReorgMode;
import io.payonce.testing.TokenKind;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Blocks are replaced. */
@OnEveryGround
final class ReorgScenarioTest {
  @Parameter Ground ground;

  static List<Arguments> depthsAndModes() {
    List<Arguments> all = new ArrayList<>();
    for (ReorgMode mode : ReorgMode.values()) {
      for (int depth = 1; depth <= World.FINALITY_DEPTH; depth++) {
        all.add(Arguments.of(depth, mode));
      }
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("depthsAndModes")
  void a_reorg_moves_states_back_and_never_money(int depth, ReorgMode mode) {
    Stage stage = new Stage(ground);
    stage.start();
    for (int i = 0; i < 3; i++) {
      var unused = stage.submit("p" + i, stage.units(TokenKind.PLAIN, 5));
    }
    stage.untilState("p2", TransferState.INCLUDED);
    int above =
        (int)
            (stage.world.head().number()
                - stage.status("p2").winner().orElseThrow().block().number());
    while (above++ < depth - 1) {
      stage.world.mineBlock(); // its block is the lowest that is replaced
    }
    stage.world.reorg(depth, mode);
    for (int i = 0; i < 3; i++) {
      assertThat(stage.end("p" + i).state()).isEqualTo(TransferState.PAID_FINAL);
      assertThat(stage.status("p" + i).hashes()).hasSize(1);
    }
    if (mode == ReorgMode.VANISHED) {
      assertThat(stage.statesOf("p2"))
          .containsSubsequence(
              TransferState.INCLUDED,
              TransferState.IN_FLIGHT,
              TransferState.INCLUDED,
              TransferState.PAID_FINAL);
    }
    stage.verify();
  }

  @Test
  void a_reorg_while_the_host_is_dead_is_noticed_by_the_next_host() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.inFlight("p");
    stage.untilState("p", TransferState.INCLUDED);
    stage.kill();
    stage.world.reorg(3, ReorgMode.VANISHED);
    stage.start();
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.paid("p")).isOne();
    stage.verify();
  }

  @Test
  void a_reorg_beyond_finality_freezes_the_lane_and_nothing_more_is_bound() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.inFlight("p");
    stage.end("p");
    stage.blocks(2);
    stage.world.reorg(World.FINALITY_DEPTH + 4, ReorgMode.VANISHED);
    stage.untilFrozen("FINALITY_BROKEN");
    var unused = stage.submit("q", stage.coins("0.1"));
    stage.blocks(30);
    assertThat(stage.status("q").nonce()).isEmpty();
    assertThat(stage.status("p").verdict().safeToRefund()).isFalse();
  }
}
