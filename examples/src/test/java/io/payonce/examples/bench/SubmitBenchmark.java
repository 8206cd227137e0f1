package io.payonce.examples.bench;

import io.payonce.Address;
import io.payonce.examples.node.AnvilNode;
import java.io.PrintStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.web3j.crypto.Credentials;

/**
 * How many payments a second reach a node, against web3j and viem, on anvil with blocks of one
 * second and room for all. Payonce accepts, binds, signs and stores each payment durably on the
 * way; its peers store nothing. Beside them stands what the node takes of bytes that were signed
 * before, which no way can exceed.
 *
 * <pre>
 * mvn -q -pl examples -am test-compile exec:java \
 *   -Dexec.mainClass=io.payonce.examples.bench.SubmitBenchmark -Dexec.classpathScope=test
 * </pre>
 *
 * <p>Arguments ({@code -Dexec.args="2000 4 6 10"}): payments, wallets, rounds, and rounds before
 * them that do not count. Each round runs all ways, the best round of each counts. The first 20,000
 * payments of a process cost twice as much as the later ones, most of it in the compilers of the
 * JVM: a service has that behind it within its first minute.
 */
public final class SubmitBenchmark {
  private SubmitBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    int payments = argument(arguments, 0, 2_000);
    int wallets = argument(arguments, 1, 4);
    int rounds = argument(arguments, 2, 6);
    int warmUp = argument(arguments, 3, 10);
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    out.printf(
        "%d payments from %d wallets, best of %d rounds after %d; durable commits of this disk:"
            + " %.0f /s%n",
        payments, wallets, rounds, warmUp, FsyncRate.perSecond());
    List<SubmitRun> runs =
        List.of(
            new Web3jRun(),
            new ViemRun(),
            new PresignedRun(),
            new PayonceRun("Payonce, single calls", 16, 1),
            new PayonceRun("Payonce, batches of 100", 200, 100));
    double[] best = new double[runs.size()];
    for (int round = 1 - warmUp; round <= rounds; round++) {
      for (int i = 0; i < runs.size(); i++) {
        double rate = payments / (run(runs.get(i), payments, wallets).toNanos() / 1e9);
        out.printf(Locale.ROOT, "  round %3d  %-30s %8.0f /s%n", round, runs.get(i).name(), rate);
        best[i] = round > 0 ? Math.max(best[i], rate) : 0;
      }
    }
    double peer = Math.max(best[0], best[1]);
    double ceiling = best[2];
    out.printf(
        Locale.ROOT, "%-30s %8s %s%n", "way", "per s", "of the faster peer, of signed before");
    for (int i = 0; i < runs.size(); i++) {
      out.printf(
          Locale.ROOT,
          "%-30s %8.0f %.2f %.2f%n",
          runs.get(i).name(),
          best[i],
          best[i] / peer,
          best[i] / ceiling);
    }
  }

  private static Duration run(SubmitRun run, int payments, int wallets) throws Exception {
    try (AnvilNode node =
        AnvilNode.builder()
            .blockTimeMillis(1_000)
            .slotsInAnEpoch(1)
            .gasLimit(BigInteger.valueOf(1_000_000_000))
            .start()) {
      List<Credentials> funded = Wallets.funded(node, wallets);
      Duration took = run.send(node.url(), node.chainId(), funded, payments);
      judge(node, funded, payments);
      return took;
    }
  }

  /** Whoever is fast must also have paid. */
  private static void judge(AnvilNode node, List<Credentials> wallets, int payments) {
    List<Long> counts = new ArrayList<>();
    for (Credentials wallet : wallets) {
      counts.add(node.pendingNonce(Address.of(wallet.getAddress())));
    }
    if (counts.stream().mapToLong(Long::longValue).sum() != payments) {
      throw new IllegalStateException("the node has " + counts + " of " + payments + " payments");
    }
  }

  private static int argument(String[] arguments, int place, int otherwise) {
    return arguments.length > place ? Integer.parseInt(arguments[place]) : otherwise;
  }
}
