package io.payonce.examples.bench;

import io.payonce.Address;
import io.payonce.ChainId;
import io.payonce.ChainProfile;
import io.payonce.ChainProfiles;
import io.payonce.Finality;
import io.payonce.IdempotencyKey;
import io.payonce.TokenAmount;
import io.payonce.Transfer;
import io.payonce.Wei;
import io.payonce.examples.node.AnvilNode;
import io.payonce.examples.node.TestPostgres;
import io.payonce.fee.FeePolicy;
import io.payonce.routing.Endpoint;
import io.payonce.routing.RpcPool;
import io.payonce.signing.Signer;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.SubmissionSettings;
import io.payonce.submit.SubmitResult;
import io.payonce.submit.SubmitterBuilder;
import java.io.PrintStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.web3j.crypto.Credentials;

/**
 * How many payments a second two instances bring to a node over one PostgreSQL journal, against one
 * instance: 8 wallets, 32 callers, durable commits. It also tells the most connections that the
 * journal of an instance had open.
 *
 * <pre>
 * mvn -q -pl examples -am test-compile exec:java \
 *   -Dexec.mainClass=io.payonce.examples.bench.TwoInstancesBenchmark -Dexec.classpathScope=test
 * </pre>
 *
 * <p>Arguments ({@code -Dexec.args="2000 3"}): payments, rounds. The best round of each counts.
 */
public final class TwoInstancesBenchmark {
  private static final int LANES = 8;
  private static final int CALLERS = 32;

  private TwoInstancesBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    int payments = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 2_000;
    int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    out.printf(
        Locale.ROOT,
        "%d payments from %d wallets, best of %d rounds; durable commits of this disk: %.0f /s%n",
        payments,
        LANES,
        rounds,
        FsyncRate.perSecond());
    double[] best = new double[2];
    for (int round = 1; round <= rounds; round++) {
      for (int instances = 1; instances <= 2; instances++) {
        Measured measured = measure(instances, payments);
        out.printf(
            Locale.ROOT,
            "  round %d  %d instance(s) %8.0f /s, at most %d connections%n",
            round,
            instances,
            measured.perSecond(),
            measured.connections());
        best[instances - 1] = Math.max(best[instances - 1], measured.perSecond());
      }
    }
    out.printf(Locale.ROOT, "two of one: %.2f%n", best[1] / best[0]);
  }

  private record Measured(double perSecond, long connections) {}

  private static Measured measure(int count, int payments) throws Exception {
    try (TestPostgres postgres = TestPostgres.own();
        AnvilNode node =
            AnvilNode.builder()
                .blockTimeMillis(1_000)
                .slotsInAnEpoch(1)
                .gasLimit(BigInteger.valueOf(1_000_000_000))
                .start()) {
      List<Credentials> wallets = Wallets.funded(node, LANES);
      Arrivals arrivals = new Arrivals(payments, LANES);
      ExecutorService signing =
          Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
      ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
      List<Instance> instances = new ArrayList<>();
      try {
        for (int i = 0; i < count; i++) {
          instances.add(Instance.start(postgres, node, wallets, payments, arrivals, signing));
        }
        arrivals.awaitLanes();
        double seconds = submit(payments, wallets, instances, callers, arrivals);
        long connections =
            Long.parseLong(
                postgres.text(
                    "SELECT count(*) FROM pg_stat_activity WHERE usename = '"
                        + TestPostgres.APP
                        + "'"));
        return new Measured(payments / seconds, connections);
      } finally {
        callers.shutdown();
        for (Instance instance : instances) {
          instance.close();
        }
        signing.shutdown();
      }
    }
  }

  private static double submit(
      int payments,
      List<Credentials> wallets,
      List<Instance> instances,
      ExecutorService callers,
      Arrivals arrivals)
      throws Exception {
    ChainId chain = ChainId.of(31337);
    long start = System.nanoTime();
    List<Future<SubmitResult>> answers = new ArrayList<>();
    for (int i = 0; i < payments; i++) {
      IdempotencyKey key = IdempotencyKey.of("payment-" + i);
      Transfer transfer =
          Transfer.of(TokenAmount.ofWei(chain, Wei.ONE))
              .from(Address.of(wallets.get(i % LANES).getAddress()))
              .to(Wallets.payee(i));
      Instance instance = instances.get(i % instances.size());
      answers.add(callers.submit(() -> instance.payonce().submit(key, transfer)));
    }
    for (Future<SubmitResult> answer : answers) {
      if (!(answer.get() instanceof SubmitResult.Accepted)) {
        throw new IllegalStateException("not accepted: " + answer.get());
      }
    }
    arrivals.awaitAll();
    return (System.nanoTime() - start) / 1e9;
  }

  /** What one process of a host would hold. */
  private record Instance(JdbcTransferStore journal, RpcPool pool, IdempotentSubmitter payonce) {
    static Instance start(
        TestPostgres postgres,
        AnvilNode node,
        List<Credentials> wallets,
        int payments,
        Arrivals arrivals,
        ExecutorService signing) {
      ChainId chain = ChainId.of(node.chainId());
      ChainProfile profile =
          ChainProfiles.builtIn().require(chain).withFinality(new Finality.Finalized());
      JdbcTransferStore journal = postgres.open();
      RpcPool pool =
          RpcPool.builder(profile)
              .endpoint(Endpoint.of("node", "node", node.url().toString()))
              .singleOperator(true)
              .build();
      SubmitterBuilder builder =
          IdempotentSubmitter.builder()
              .store(journal)
              .chain(profile, pool)
              .fees(FeePolicy.of(Wei.ofCoins("0.01"), Wei.ofCoins("0.01").times(2L * payments)))
              .settings(
                  SubmissionSettings.forBlockTime(profile.blockTime())
                      .withMaxInFlight(1_000)
                      .withSending(200, 100))
              .listener(arrivals);
      for (Credentials wallet : wallets) {
        Signer signer = PayonceRun.signer(wallet, chain, journal, signing);
        builder.lane(chain, signer);
      }
      return new Instance(journal, pool, builder.build());
    }

    void close() {
      payonce.close();
      pool.close();
      journal.close();
    }
  }
}
