package io.payonce.examples.node;

import io.payonce.Bytes;
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
import io.payonce.routing.RpcPool;
import io.payonce.signing.guard.GuardLimits;
import io.payonce.signing.guard.GuardedSigner;
import io.payonce.signing.software.InsecureKeyAccess;
import io.payonce.signing.software.SoftwareKey;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.store.jdbc.JournalOptions;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.SubmissionSettings;
import io.payonce.submit.TransferStatus;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * This SDK with its defaults and a SQLite journal: every payment is submitted once, the engine does
 * the rest, and {@link #pay} returns when all of them are final. The one network stands for two
 * operators, both of which must agree; the payments under way at once are the lane's open nonces.
 */
final class PayoncePayer implements Payer {
  private static final Wei MAX_FEE = Wei.ofCoins("0.01");
  private static final int PATIENCE_MINUTES = 20;

  @Override
  public String name() {
    return "Payonce";
  }

  @Override
  public Belief pay(Job job) throws Exception {
    Path folder = Files.createTempDirectory("payonce-payer");
    try {
      return pay(job, folder.resolve("journal.db"));
    } finally {
      delete(folder);
    }
  }

  private static Belief pay(Job job, Path file) throws Exception {
    ChainId chain = ChainId.of(job.chainId());
    ChainProfile profile =
        ChainProfiles.builtIn().require(chain).withFinality(new Finality.Finalized());
    // The query makes two URLs of one node, which does not read it.
    List<Endpoint> operators =
        List.of(
            Endpoint.of("a", "a", job.node() + "/?operator=a"),
            Endpoint.of("b", "b", job.node() + "/?operator=b"));
    ExecutorService signing = Executors.newSingleThreadExecutor();
    try (SoftwareKey key =
            SoftwareKey.fromBytes(
                Bytes.fromHex(job.privateKey()).toArray(),
                InsecureKeyAccess.acknowledge("a throw-away key made from the run's seed"));
        JdbcTransferStore journal = JdbcTransferStore.open(file, JournalOptions.defaults());
        RpcPool pool = RpcPool.builder(profile).endpoints(operators).build();
        IdempotentSubmitter payonce =
            IdempotentSubmitter.builder()
                .store(journal)
                .chain(profile, pool)
                .lane(
                    chain,
                    GuardedSigner.builder()
                        .key(key)
                        .chains(chain)
                        .claimsIn(journal)
                        .limits(GuardLimits.of(MAX_FEE, TokenAmount.ofWei(chain, Wei.ofCoins("1"))))
                        .executor(signing)
                        .build())
                .fees(FeePolicy.of(MAX_FEE, MAX_FEE.times(job.payments().size())))
                .settings(
                    SubmissionSettings.forBlockTime(profile.blockTime())
                        .withMaxInFlight(job.concurrency()))
                .build()) {
      List<CompletableFuture<TransferStatus>> ends = new ArrayList<>();
      for (int i = 0; i < job.payments().size(); i++) {
        Payment payment = job.payments().get(i);
        IdempotencyKey name = IdempotencyKey.of("payment-" + i);
        var unused =
            payonce.submit(
                name,
                Transfer.of(TokenAmount.ofWei(chain, payment.amount()))
                    .from(key.address())
                    .to(payment.payee()));
        ends.add(payonce.whenFinal(name));
      }
      return belief(ends);
    } finally {
      signing.shutdown();
    }
  }

  private static Belief belief(List<CompletableFuture<TransferStatus>> ends) throws Exception {
    try {
      CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new))
          .get(PATIENCE_MINUTES, TimeUnit.MINUTES);
    } catch (TimeoutException late) {
      // Deliberate: what is not final by now is not believed to be paid, and the judge looks.
    }
    int paid =
        (int)
            ends.stream()
                .filter(CompletableFuture::isDone)
                .filter(end -> end.join().verdict().paid())
                .count();
    return new Belief(paid, ends.size() - paid);
  }

  private static void delete(Path folder) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
