package io.payonce.examples.scenario;

import io.payonce.examples.node.TestPostgres;
import io.payonce.examples.scenario.Fuse.Moment;
import io.payonce.examples.scenario.Fuse.Point;
import io.payonce.signing.AttemptKind;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** As {@link CrashScenarioTest}, on a journal in a PostgreSQL server that flushes. */
@Tag("searches")
final class PostgresCrashScenarioTest {
  static List<Arguments> everyPoint() {
    return CrashScenarioTest.everyPoint();
  }

  @ParameterizedTest
  @MethodSource("everyPoint")
  void every_crash_point_recovers_to_one_payment_on_postgresql(
      AttemptKind kind, Point point, Moment moment) {
    TestPostgres postgres = TestPostgres.emptied();
    Stage stage = new Stage(Ground.SIMULATED);
    Runnable reopen =
        () -> {
          stage.journal.close();
          stage.journal = postgres.open();
        };
    stage.journal = postgres.open();
    try {
      CrashScenarioTest.play(stage, kind, new Fuse(stage, kind, point, moment), reopen);
    } finally {
      stage.journal.close();
    }
  }
}
