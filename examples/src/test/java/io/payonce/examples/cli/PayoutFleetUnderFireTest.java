package io.payonce.examples.cli;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The short course of {@link PayoutFleetFire}. */
final class PayoutFleetUnderFireTest {
  @TempDir private Path folder;

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void two_processes_pay_each_row_once_while_everything_around_them_dies() throws Exception {
    try (PayoutFleet fleet = new PayoutFleet(2, 100, 21, folder)) {
      fleet.run(5);
    }
  }
}
