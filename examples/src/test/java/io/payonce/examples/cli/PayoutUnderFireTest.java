package io.payonce.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.Wei;
import io.payonce.examples.node.AnvilNode;
import io.payonce.testing.Fault;
import io.payonce.testing.FaultProxy;
import io.payonce.testing.RequiredPart;
import io.payonce.testing.SeededFaults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * 200 rows on a real node with blocks of one second, through two operators that lose replies to
 * sends and sends themselves. The chain alone is the judge: extra payments, unpaid rows, and nonces
 * that are left behind.
 */
final class PayoutUnderFireTest {
  private static final int ROWS = 200;
  private static final Wei AMOUNT = Wei.ofCoins("0.001");

  @TempDir private Path folder;

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void pays_each_row_once_when_one_in_ten_replies_and_requests_is_lost() throws Exception {
    underFire(10, 11, scene -> scene.runToTheEnd());
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void pays_each_row_once_when_three_in_ten_replies_and_requests_are_lost() throws Exception {
    underFire(30, 12, scene -> scene.runToTheEnd());
  }

  @Test
  @Timeout(value = 8, unit = TimeUnit.MINUTES)
  void pays_each_row_once_when_killed_at_ten_random_moments_as_well() throws Exception {
    underFire(
        30,
        13,
        scene -> {
          Random moments = new Random(13);
          for (int kill = 1; kill <= 10; kill++) {
            scene.killAfter(1_500 + moments.nextInt(3_500));
          }
          scene.runToTheEnd();
        });
  }

  private interface Course {
    void run(Scene scene) throws Exception;
  }

  private void underFire(int percent, long seed, Course course) throws Exception {
    try (AnvilNode node =
        RequiredPart.orSkip(
            () -> AnvilNode.builder().blockTimeMillis(1_000).slotsInAnEpoch(1).start())) {
      try (FaultProxy alpha = proxy(node, percent, seed);
          FaultProxy beta = proxy(node, percent, seed + 1_000)) {
        Scene scene = new Scene(node, List.of(alpha, beta));
        long started = System.nanoTime();
        course.run(scene);
        scene.judge();
        System.out.printf(
            "payout of %d rows at %d/%d, seed %d: %d replies and %d requests lost, %.1f s:"
                + " 0 extra, 0 stuck%n",
            ROWS,
            percent,
            percent,
            seed,
            alpha.hits(Fault.LOST_REPLY) + beta.hits(Fault.LOST_REPLY),
            alpha.hits(Fault.LOST_REQUEST) + beta.hits(Fault.LOST_REQUEST),
            (System.nanoTime() - started) / 1e9);
      }
    }
  }

  private static FaultProxy proxy(AnvilNode node, int percent, long seed) throws IOException {
    return FaultProxy.forwardingTo(node.url())
        .policy(
            SeededFaults.builder(new SplittableRandom(seed))
                .percent(Fault.LOST_REPLY, percent)
                .percent(Fault.LOST_REQUEST, percent)
                .build()
                .onMethod("eth_sendRawTransaction"))
        .start();
  }

  /** One file of rows, one journal, and the command in processes of its own. */
  private final class Scene {
    private final AnvilNode node;
    private final PayoutScene wallet;
    private final List<String> command;

    Scene(AnvilNode node, List<FaultProxy> operators) throws IOException {
      this.node = node;
      this.wallet = new PayoutScene(node, operators, folder, 1);
      String[] rows = new String[ROWS];
      for (int row = 0; row < ROWS; row++) {
        rows[row] = "row-" + row + ",native," + payee(row) + "," + AMOUNT.toCoins();
      }
      Path csv = wallet.csv(rows);
      List<String> args = new ArrayList<>();
      args.addAll(List.of("payout", "--rpc", wallet.rpc(2), "--yes", "--json"));
      args.addAll(List.of("--csv", csv.toString(), "--timeout", "240s"));
      args.addAll(List.of("--journal", wallet.journal().toString()));
      command = OwnProcess.command(args);
    }

    void runToTheEnd() throws Exception {
      Path out = folder.resolve("out");
      Process process = start(out);
      int exit = process.waitFor();
      List<String> lines = Files.readAllLines(out);
      String last = lines.get(lines.size() - 1);
      assertThat(exit).as(last).isZero();
      assertThat(last)
          .isEqualTo(
              "{\"rows\":%d,\"paidFinal\":%d,\"notPaid\":0,\"held\":0,\"undecided\":0}"
                  .formatted(ROWS, ROWS));
    }

    /** Signal 9 after so many milliseconds, wherever it stands. */
    void killAfter(int millis) throws Exception {
      Process process = start(folder.resolve("killed"));
      if (!process.waitFor(millis, TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
      }
    }

    private Process start(Path out) throws IOException {
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().putAll(wallet.environment());
      builder.redirectError(folder.resolve("err").toFile());
      return builder.redirectOutput(out.toFile()).start();
    }

    void judge() {
      int extra = 0;
      int unpaid = 0;
      for (int row = 0; row < ROWS; row++) {
        int order = node.balance(payee(row)).compareTo(AMOUNT);
        extra += order > 0 ? 1 : 0;
        unpaid += order < 0 ? 1 : 0;
      }
      assertThat(extra).as("extra payments").isZero();
      assertThat(unpaid).as("unpaid rows").isZero();
      assertThat(wallet.paidTransactions()).as("transactions").isEqualTo(ROWS);
      assertThat(node.pendingNonce(wallet.wallet())).as("left in the pool").isEqualTo(ROWS);
    }

    private Address payee(int row) {
      return Address.of("0x00000000000000000000000000000000f12e%04x".formatted(row));
    }
  }
}
