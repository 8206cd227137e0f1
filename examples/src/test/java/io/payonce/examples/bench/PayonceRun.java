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
import io.payonce.fee.FeePolicy;
import io.payonce.routing.Endpoint;
import io.payonce.routing.RoutingPolicy;
import io.payonce.routing.RpcPool;
import io.payonce.signing.Signer;
import io.payonce.signing.guard.GuardLimits;
import io.payonce.signing.guard.GuardedSigner;
import io.payonce.signing.software.InsecureKeyAccess;
import io.payonce.signing.software.SoftwareKey;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.store.jdbc.JournalOptions;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.SubmissionSettings;
import io.payonce.submit.SubmitResult;
import io.payonce.submit.SubmitterBuilder;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.web3j.crypto.Credentials;
import org.web3j.utils.Numeric;

/**
 * This SDK with a durable SQLite journal and one lane for each wallet; 32 threads submit.
 * Acceptance, binding, signing and sending all count.
 */
final class PayonceRun implements SubmitRun {
  private static final int MAX_IN_FLIGHT = 1_000;

  /** As many as the peers have. */
  private static final int CALLERS = 32;

  private final String name;
  private final int sendWindow;
  private final int sendBatch;

  /**
   * Names a way.
   *
   * @param sendWindow transactions of a wallet that the node has not answered yet
   * @param sendBatch transactions in one request; 1 sends each in a call of its own
   */
  PayonceRun(String name, int sendWindow, int sendBatch) {
    this.name = name;
    this.sendWindow = sendWindow;
    this.sendBatch = sendBatch;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Duration send(URI node, long chainId, List<Credentials> wallets, int payments)
      throws Exception {
    Path folder = Files.createTempDirectory("payonce-bench");
    try {
      return send(node, ChainId.of(chainId), wallets, payments, folder.resolve("journal.db"));
    } finally {
      Folders.delete(folder);
    }
  }

  private Duration send(URI node, ChainId chain, List<Credentials> wallets, int payments, Path file)
      throws Exception {
    ChainProfile profile =
        ChainProfiles.builtIn().require(chain).withFinality(new Finality.Finalized());
    ExecutorService signing =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
    Arrivals taken = new Arrivals(payments, wallets.size());
    try (JdbcTransferStore journal = JdbcTransferStore.open(file, JournalOptions.defaults());
        RpcPool pool =
            RpcPool.builder(profile)
                .endpoint(Endpoint.of("node", "node", node.toString()))
                .singleOperator(true)
                .policy(RoutingPolicy.builder().sendBatch(sendBatch).build())
                .build()) {
      SubmitterBuilder builder =
          IdempotentSubmitter.builder()
              .store(journal)
              .chain(profile, pool)
              .fees(FeePolicy.of(Wei.ofCoins("0.01"), Wei.ofCoins("0.01").times(2L * payments)))
              .settings(
                  SubmissionSettings.forBlockTime(profile.blockTime())
                      .withMaxInFlight(MAX_IN_FLIGHT)
                      .withSending(sendWindow, sendBatch))
              .listener(taken);
      List<Address> payers = new ArrayList<>();
      for (Credentials wallet : wallets) {
        Signer signer = signer(wallet, chain, journal, signing);
        payers.add(signer.address());
        builder.lane(chain, signer);
      }
      try (IdempotentSubmitter payonce = builder.build()) {
        taken.awaitLanes();
        long start = System.nanoTime();
        List<Future<SubmitResult>> answers = new ArrayList<>();
        for (int i = 0; i < payments; i++) {
          IdempotencyKey key = IdempotencyKey.of("payment-" + i);
          Transfer transfer =
              Transfer.of(TokenAmount.ofWei(chain, Wei.ONE))
                  .from(payers.get(i % payers.size()))
                  .to(Wallets.payee(i));
          answers.add(callers.submit(() -> payonce.submit(key, transfer)));
        }
        for (Future<SubmitResult> answer : answers) {
          if (!(answer.get() instanceof SubmitResult.Accepted)) {
            throw new IllegalStateException("not accepted: " + answer.get());
          }
        }
        taken.awaitAll();
        return Duration.ofNanos(System.nanoTime() - start);
      }
    } finally {
      callers.shutdown();
      signing.shutdown();
    }
  }

  static Signer signer(
      Credentials wallet, ChainId chain, JdbcTransferStore journal, ExecutorService signing) {
    return GuardedSigner.builder()
        .key(
            SoftwareKey.fromBytes(
                Numeric.toBytesPadded(wallet.getEcKeyPair().getPrivateKey(), 32),
                InsecureKeyAccess.acknowledge("a throw-away key of a benchmark")))
        .chains(chain)
        .claimsIn(journal)
        .limits(GuardLimits.of(Wei.ofCoins("0.01"), TokenAmount.ofWei(chain, Wei.ofCoins("1"))))
        .executor(signing)
        .build();
  }
}
