package io.payonce.examples.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/**
 * The long course: 1,000 rows, paid by two processes and then by three, under a blow for every 25
 * rows. Arguments: a seed and the number of rows, both optional. The logs of the processes are kept
 * in the folder that it names.
 */
final class PayoutFleetFire {
  private PayoutFleetFire() {}

  public static void main(String[] arguments) throws Exception {
    long seed =
        arguments.length > 0 ? Long.parseLong(arguments[0]) : new SplittableRandom().nextLong();
    int rows = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1_000;
    for (int processes = 2; processes <= 3; processes++) {
      Path folder = Files.createTempDirectory("payout-fleet-");
      System.out.println("logs: " + folder);
      try (PayoutFleet fleet = new PayoutFleet(processes, rows, seed, folder)) {
        fleet.run(Math.max(5, rows / 25));
      }
    }
    System.exit(0);
  }
}
