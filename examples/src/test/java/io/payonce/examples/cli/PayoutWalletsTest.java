package io.payonce.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.testing.RequiredPart;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A payout from several wallets, on a real node. */
final class PayoutWalletsTest {
  private static final int ROWS = 120;

  @TempDir private Path folder;

  @Test
  void every_row_is_paid_once_by_one_of_four_wallets_though_two_processes_are_killed()
      throws Exception {
    try (PayoutOfManyRows payout =
        RequiredPart.orSkip(() -> new PayoutOfManyRows(ROWS, 4, folder))) {
      payout.runAndKill(5);
      payout.runAndKill(ROWS / 2);
      payout.run(Duration.ofMinutes(2));
      payout.prove();
      assertThat(payout.nonces()).hasSize(4);
    }
  }
}
