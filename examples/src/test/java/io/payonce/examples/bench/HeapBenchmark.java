package io.payonce.examples.bench;

import static io.payonce.testing.JournalScript.intake;

import io.payonce.ChainProfile;
import io.payonce.ChainProfiles;
import io.payonce.Finality;
import io.payonce.IdempotencyKey;
import io.payonce.TokenAmount;
import io.payonce.Transfer;
import io.payonce.Wei;
import io.payonce.fee.FeePolicy;
import io.payonce.routing.RpcPool;
import io.payonce.signing.Signer;
import io.payonce.store.TransferState;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.store.jdbc.JournalOptions;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.SubmissionSettings;
import io.payonce.testing.ClientFamily;
import io.payonce.testing.SimulatedChain;
import io.payonce.testing.VirtualTime;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The heap of a submitter that works beside 1,000,000 open payments in its SQLite journal, against
 * one beside 10,000: the journal holds them, and memory a window.
 *
 * <pre>
 * mvn -q -pl examples -am test-compile exec:java \
 *   -Dexec.mainClass=io.payonce.examples.bench.HeapBenchmark -Dexec.classpathScope=test
 * </pre>
 *
 * <p>Arguments ({@code -Dexec.args="10000 1000000"}): few and many open payments, of ten wallets.
 */
public final class HeapBenchmark {
  private static final int LANES = 10;
  private static final int CALLERS = 64;
  private static final int IN_FLIGHT = 16;
  private static final Duration BLOCK = Duration.ofSeconds(12);

  private HeapBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    int few = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 10_000;
    int many = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1_000_000;
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    double small = megabytes(few);
    out.printf(Locale.ROOT, "%9d open: %.1f MB%n", few, small);
    double large = megabytes(many);
    out.printf(Locale.ROOT, "%9d open: %.1f MB%n", many, large);
    out.printf(Locale.ROOT, "ratio %.2f%n", large / small);
  }

  private static double megabytes(int open) throws Exception {
    Path folder = Files.createTempDirectory("payonce-heap-bench");
    try (JdbcTransferStore journal =
        JdbcTransferStore.open(folder.resolve("journal.db"), JournalOptions.defaults())) {
      return megabytes(open, journal);
    } finally {
      Folders.delete(folder);
    }
  }

  private static double megabytes(int open, JdbcTransferStore journal) throws Exception {
    VirtualTime time = new VirtualTime();
    SimulatedChain.Builder nodes =
        SimulatedChain.builder(time).chain(RpcCallsRun.CHAIN).blockTime(BLOCK);
    RpcCallsRun.PROVIDERS.forEach(name -> nodes.provider(name, ClientFamily.GETH));
    SimulatedChain chain = nodes.build();
    chain.tipFloor(Wei.gwei(1_000)); // blocks go on, and none of ours is in them
    VirtualTime.Process process = time.newProcess();
    List<Signer> wallets = new ArrayList<>();
    for (int i = 0; i < LANES; i++) {
      Signer wallet = RpcCallsRun.signer(i, journal, process);
      chain.fund(wallet.address(), Wei.ofCoins("1000"));
      wallets.add(wallet);
    }
    accept(open, journal, wallets);
    ChainProfile profile =
        ChainProfiles.builtIn().require(RpcCallsRun.CHAIN).withFinality(new Finality.Finalized());
    try (RpcPool pool = RpcCallsRun.pool(profile, chain, process, new RpcCallsRun.Counter())) {
      var builder =
          IdempotentSubmitter.builder()
              .store(journal)
              .chain(profile, pool)
              .fees(FeePolicy.of(Wei.ofCoins("0.01"), Wei.ofCoins("100")))
              .settings(SubmissionSettings.forBlockTime(BLOCK).withMaxInFlight(IN_FLIGHT))
              .clock(process.clock())
              .ticker(process.ticker())
              .executor(process.executor())
              .scheduler(process.scheduler());
      wallets.forEach(wallet -> builder.lane(RpcCallsRun.CHAIN, wallet));
      try (IdempotentSubmitter payonce = builder.build()) {
        time.runFor(BLOCK.multipliedBy(10));
        if (journal.counts().getOrDefault(TransferState.IN_FLIGHT, 0L) != LANES * IN_FLIGHT) {
          throw new IllegalStateException("not all wallets pay: " + journal.counts());
        }
        double used = used();
        if (payonce.status(IdempotencyKey.of("payment-0")).isEmpty()) { // it was alive meanwhile
          throw new IllegalStateException("the first payment is unknown");
        }
        return used;
      }
    }
  }

  private static void accept(int open, JdbcTransferStore journal, List<Signer> wallets)
      throws Exception {
    ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
    try {
      List<Future<?>> done = new ArrayList<>();
      for (int caller = 0; caller < CALLERS; caller++) {
        int first = caller;
        done.add(
            callers.submit(
                () -> {
                  for (int i = first; i < open; i += CALLERS) {
                    Transfer transfer =
                        Transfer.of(TokenAmount.ofWei(RpcCallsRun.CHAIN, Wei.ONE))
                            .from(wallets.get(i % LANES).address())
                            .to(Wallets.payee(i));
                    var unused =
                        journal.accept(
                            intake(IdempotencyKey.of("payment-" + i), transfer),
                            Instant.parse("2026-01-01T00:00:00Z"));
                  }
                }));
      }
      for (Future<?> each : done) {
        each.get();
      }
    } finally {
      callers.shutdown();
    }
  }

  /** What is left after a full collection, the lowest of a few. */
  private static double used() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least / 1e6;
  }
}
