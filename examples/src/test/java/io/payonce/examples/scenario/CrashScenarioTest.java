package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.examples.scenario.Fuse.Moment;
import io.payonce.examples.scenario.Fuse.Point;
import io.payonce.signing.AttemptKind;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.TransferState;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.store.jdbc.JournalOptions;
import io.payonce.submit.Actor;
import io.payonce.testing.MemoryTransferStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The process dies, or an answer is lost, at every point of the protocol. */
@Tag("searches")
@OnEveryGround
final class CrashScenarioTest {
  @Parameter Ground ground;

  private static final Actor HOST = new Actor("host");

  @TempDir Path folder;

  static List<Arguments> everyPoint() {
    List<Arguments> all = new ArrayList<>();
    for (AttemptKind kind : AttemptKind.values()) {
      for (Point point : Point.values()) {
        for (Moment moment : Moment.values()) {
          if (meets(kind, point)) {
            all.add(Arguments.of(kind, point, moment));
          }
        }
      }
    }
    return all;
  }

  /** A key is accepted and checked once; what a host signs is reserved, and no signer sees it. */
  private static boolean meets(AttemptKind kind, Point point) {
    return switch (point) {
      case P1_ACCEPT, P2_CHECK -> kind == AttemptKind.PAYMENT;
      case P2_RESERVE -> kind == AttemptKind.HOST;
      case P4_SIGN -> kind != AttemptKind.HOST;
      case P3_INTEND, P5_STORE_BYTES, P6_SEND, P7_STORE_ANSWERS, P8_OBSERVE, P10_END -> true;
    };
  }

  @ParameterizedTest
  @MethodSource("everyPoint")
  void every_crash_point_recovers_to_one_payment_in_memory(
      AttemptKind kind, Point point, Moment moment) {
    Stage stage = new Stage(ground);
    stage.journal = new MemoryTransferStore();
    play(stage, kind, new Fuse(stage, kind, point, moment), () -> {});
  }

  @ParameterizedTest
  @MethodSource("everyPoint")
  void every_crash_point_recovers_to_one_payment_on_sqlite(
      AttemptKind kind, Point point, Moment moment) {
    Stage stage = new Stage(ground);
    Runnable reopen =
        () -> {
          stage.journal.close();
          stage.journal = open();
        };
    stage.journal = open();
    try {
      play(stage, kind, new Fuse(stage, kind, point, moment), reopen);
    } finally {
      stage.journal.close();
    }
  }

  private JdbcTransferStore open() {
    return JdbcTransferStore.open(folder.resolve("journal.db"), JournalOptions.defaults());
  }

  static void play(Stage stage, AttemptKind kind, Fuse fuse, Runnable reopen) {
    if (kind == AttemptKind.FILL) {
      ForeignScenarioTest.releaseBelowUsed(stage);
    }
    var first = stage.coins("0.5");
    stage.start();
    if (kind == AttemptKind.REPLACEMENT || kind == AttemptKind.CANCEL) {
      stage.world.stopMining();
    }
    boolean asked = false;
    boolean wished = false;
    for (int step = 0; step < 500; step++) {
      try {
        boolean filled = kind != AttemptKind.FILL || stage.world.nonce(stage.lane.address()) > 0;
        if (!asked && filled) {
          var unused = stage.submit("p", first);
          asked = true;
        }
        if (asked && !wished) {
          wished = wish(stage, kind);
        }
        if (fuse.isBlown() || (wished && step > 40)) {
          stage.world.goOnMining();
        }
        stage.time.runFor(Duration.ofSeconds(1));
      } catch (Fuse.Killed | StoreUnavailableException hostHearsNothing) {
        assertThat(fuse.isBlown()).isTrue(); // the host repeats the request in a second
      }
      if (stage.host().process().isKilled()) {
        stage.host().payonce().close();
        reopen.run();
        stage.start();
      }
      if (asked && stage.journal.find(Stage.key("p")).isPresent() && hasEnded(stage)) {
        break;
      }
    }
    assertThat(fuse.isBlown()).as("the point was met").isTrue();
    TransferState end = stage.state("p");
    if (kind == AttemptKind.CANCEL) {
      assertThat(end).isIn(TransferState.CANCELLED_FINAL, TransferState.PAID_FINAL);
    } else {
      assertThat(end).isEqualTo(TransferState.PAID_FINAL);
    }
    assertThat(stage.paid("p")).isEqualTo(end == TransferState.PAID_FINAL ? 1 : 0);
    if (kind == AttemptKind.HOST) {
      assertThat(ReservationScenarioTest.hosts(stage)).isEqualTo(1);
    }
    stage.verify();
  }

  private static boolean hasEnded(Stage stage) {
    return stage.state("p").isTerminal() && stage.journal.openSlots(stage.lane).isEmpty();
  }

  /** What makes the kind of transaction happen; true once it needs no more asking. */
  private static boolean wish(Stage stage, AttemptKind kind) {
    if (kind == AttemptKind.PAYMENT || kind == AttemptKind.FILL) {
      return true;
    }
    if (kind == AttemptKind.HOST) {
      return ReservationScenarioTest.stepOn(stage, "call");
    }
    if (stage.state("p") != TransferState.IN_FLIGHT) {
      return stage.state("p") == TransferState.CANCELLING;
    }
    if (kind == AttemptKind.CANCEL) {
      var unused = stage.payonce().cancel(Stage.key("p"), HOST, "typo");
      return false;
    }
    if (stage.slot(0).attempts().size() == 1) {
      var unused = stage.payonce().speedUp(Stage.key("p"));
      return false;
    }
    return stage.slot(0).attempts().get(1).signed().isPresent();
  }
}
