package io.payonce.examples.node;

import io.payonce.testing.MissingPartException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Prints what lost replies and lost requests do to payments, payer by payer, on a real node.
 *
 * <pre>
 * mvn -q -pl examples -am test-compile exec:java \
 *   -Dexec.mainClass=io.payonce.examples.node.PeerMatrix -Dexec.classpathScope=test
 * </pre>
 *
 * <p>Arguments ({@code -Dexec.args="--quick"}): {@code --quick} pays 20 payees in place of 200 in
 * blocks of 250 ms; {@code --seed N}, default 1; {@code --only TEXT} keeps rows whose name holds
 * the text. All payers of a column meet the same seed, and all host code tries a payment up to six
 * times when an exception comes.
 */
public final class PeerMatrix {
  private static final int[][] RATES = {{10, 0}, {10, 10}, {30, 30}};
  private static final int[] CONCURRENCY = {1, 8};

  private PeerMatrix() {}

  public static void main(String[] arguments) throws Exception {
    List<String> options = Arrays.asList(arguments);
    boolean quick = options.contains("--quick");
    long seed = Long.parseLong(option(options, "--seed", "1"));
    String only = option(options, "--only", "");
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    out.printf(Locale.ROOT, "%d payees, seed %d; judged by the chain%n", quick ? 20 : 200, seed);
    out.printf(
        Locale.ROOT,
        "%-24s %11s %4s | %5s %10s %10s | %12s %13s %6s%n",
        "payer",
        "lost/drop %",
        "conc",
        "extra",
        "never paid",
        "behind gap",
        "replies lost",
        "requests lost",
        "s");
    for (Payer payer : payers()) {
      if (payer.name().contains(only)) {
        row(out, payer, quick, seed);
      }
    }
  }

  /** The rows of the table. */
  static List<Payer> payers() {
    List<Payer> payers = new ArrayList<>();
    for (Web3jPayer.Kind kind : Web3jPayer.Kind.values()) {
      payers.add(new Web3jPayer(kind));
    }
    payers.add(new NodeJsPayer("viem", "viem.mjs", false));
    payers.add(new NodeJsPayer("viem, reset", "viem.mjs", true));
    payers.add(new NodeJsPayer("ethers", "ethers.mjs", false));
    payers.add(new NodeJsPayer("ethers, reset", "ethers.mjs", true));
    payers.add(new PayoncePayer());
    return List.copyOf(payers);
  }

  private static void row(PrintStream out, Payer payer, boolean quick, long seed) throws Exception {
    for (int[] rate : RATES) {
      for (int concurrency : CONCURRENCY) {
        FaultedRun.Setting setting =
            new FaultedRun.Setting(
                rate[0], rate[1], concurrency, quick ? 20 : 200, quick ? 250 : 1_000, seed);
        try {
          print(out, payer, setting, FaultedRun.run(payer, setting));
        } catch (MissingPartException missing) {
          out.printf(Locale.ROOT, "%-24s %s%n", payer.name(), missing.getMessage());
          return;
        }
      }
    }
  }

  private static void print(
      PrintStream out, Payer payer, FaultedRun.Setting setting, FaultedRun.Judgement judgement) {
    out.printf(
        Locale.ROOT,
        "%-24s %11s %4d | %5d %10d %10d | %12d %13d %6.1f%n",
        payer.name(),
        setting.lostReplies() + "/" + setting.lostRequests(),
        setting.concurrency(),
        judgement.extra(),
        judgement.neverPaid(),
        judgement.behindGap(),
        judgement.repliesLost(),
        judgement.requestsLost(),
        judgement.took().toMillis() / 1000.0);
  }

  private static String option(List<String> options, String name, String otherwise) {
    int at = options.indexOf(name);
    return at < 0 || at + 1 == options.size() ? otherwise : options.get(at + 1);
  }
}
