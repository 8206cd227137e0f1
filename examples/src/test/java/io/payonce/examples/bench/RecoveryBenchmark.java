package io.payonce.examples.bench;

import static io.payonce.testing.JournalScript.intake;

import io.payonce.Address;
import io.payonce.AttemptId;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.ChainProfile;
import io.payonce.ChainProfiles;
import io.payonce.Finality;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.SlotId;
import io.payonce.TokenAmount;
import io.payonce.Transfer;
import io.payonce.TransferId;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.examples.node.AnvilNode;
import io.payonce.fee.FeePolicy;
import io.payonce.routing.Endpoint;
import io.payonce.routing.RpcPool;
import io.payonce.signing.AttemptKind;
import io.payonce.signing.Signer;
import io.payonce.signing.SigningOutcome;
import io.payonce.signing.SigningRequest;
import io.payonce.store.AcceptResult;
import io.payonce.store.CommitResult;
import io.payonce.store.JournalChange;
import io.payonce.store.StoredLane;
import io.payonce.store.TransferState;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.store.jdbc.JournalOptions;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.SubmissionSettings;
import io.payonce.submit.SubmitterBuilder;
import java.io.PrintStream;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.web3j.crypto.Credentials;
import org.web3j.utils.Numeric;

/**
 * How long a start takes until the signed payments of a crashed process are all at the node again,
 * against a bare loop that reads their bytes from a copy of the journal and sends them.
 *
 * <pre>
 * mvn -q -pl examples -am test-compile exec:java \
 *   -Dexec.mainClass=io.payonce.examples.bench.RecoveryBenchmark -Dexec.classpathScope=test
 * </pre>
 *
 * <p>Arguments ({@code -Dexec.args="100 1000"}): wallets, payments in flight of each.
 */
public final class RecoveryBenchmark {
  private static final ChainId CHAIN = ChainId.of(31337);
  private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");
  private static final int BATCH = 100;
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Duration LOOK = Duration.ofMillis(50);

  /**
   * 9,523 transfers a second: twice what is sent, so that the base fee does not rise. Anvil answers
   * for a receipt in proportion to its block, so it is no more.
   */
  private static final BigInteger GAS_LIMIT = BigInteger.valueOf(200_000_000);

  private final int lanes;
  private final int each;
  private final ExecutorService signing =
      Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());

  private RecoveryBenchmark(int lanes, int each) {
    this.lanes = lanes;
    this.each = each;
  }

  public static void main(String[] arguments) throws Exception {
    int lanes = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100;
    int each = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1_000;
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    out.printf(
        Locale.ROOT,
        "%d wallets with %d payments in flight each; durable commits of this disk: %.0f /s%n",
        lanes,
        each,
        FsyncRate.perSecond());
    RecoveryBenchmark benchmark = new RecoveryBenchmark(lanes, each);
    Path folder = Files.createTempDirectory("payonce-recovery-bench");
    try {
      Path file = folder.resolve("journal.db");
      Path copy = folder.resolve("copy.db");
      benchmark.crashed(file, copy);
      double bare = benchmark.bare(copy);
      out.printf(Locale.ROOT, "bare loop  %8.2f s%n", bare);
      double recovered = benchmark.recovered(file);
      out.printf(Locale.ROOT, "recovery   %8.2f s%n", recovered);
      out.printf(Locale.ROOT, "ratio      %8.2f%n", recovered / bare);
    } finally {
      benchmark.signing.shutdown();
      Folders.delete(folder);
    }
  }

  /** What a process leaves that died when everything was signed and nothing sent. */
  private void crashed(Path file, Path copy) throws Exception {
    try (JdbcTransferStore store = JdbcTransferStore.open(file, JournalOptions.defaults());
        AnvilNode node = node()) {
      for (Credentials wallet : Wallets.funded(node, lanes)) {
        Signer signer = PayonceRun.signer(wallet, CHAIN, store, signing);
        LaneId lane = new LaneId(CHAIN, signer.address());
        store.registerLane(lane, 0, AT);
        StoredLane taken = Lanes.take(store, lane, AT);
        for (int from = 0; from < each; from += BATCH) {
          expose(store, taken, signer, from, Math.min(each, from + BATCH));
        }
        store.releaseLane(lane, taken.epoch());
      }
      store.backup(copy);
    }
  }

  private void expose(JdbcTransferStore store, StoredLane lane, Signer signer, int from, int end) {
    List<JournalChange> bind = new ArrayList<>();
    List<SigningRequest> requests = new ArrayList<>();
    for (int nonce = from; nonce < end; nonce++) {
      Transfer transfer =
          Transfer.of(TokenAmount.ofWei(CHAIN, Wei.ONE))
              .from(signer.address())
              .to(Wallets.payee(nonce));
      IdempotencyKey key = IdempotencyKey.of(signer.address() + "/" + nonce);
      AcceptResult accepted = store.accept(intake(key, transfer), AT);
      var stored = ((AcceptResult.Accepted) accepted).transfer();
      TransferId id = stored.id();
      SlotId slot = new SlotId(lane.id(), nonce);
      AttemptId attempt = new AttemptId(slot, 1);
      UnsignedTransaction tx = transaction(nonce, transfer);
      bind.add(
          new JournalChange.TransferMoved(id, TransferState.ACCEPTED, TransferState.READY, "", ""));
      bind.add(new JournalChange.SlotBound(slot, id));
      bind.add(new JournalChange.AttemptAdded(attempt, AttemptKind.PAYMENT, tx));
      Optional<SigningRequest.Intent> intent =
          Optional.of(new SigningRequest.Intent(id, stored.fingerprint()));
      requests.add(new SigningRequest(attempt, AttemptKind.PAYMENT, intent, Optional.empty(), tx));
    }
    commit(store, lane, bind);
    List<JournalChange> signed = new ArrayList<>();
    for (SigningRequest request : requests) {
      SigningOutcome outcome = signer.sign(request).join();
      if (!(outcome instanceof SigningOutcome.Signed answer)) {
        throw new IllegalStateException(outcome.toString());
      }
      signed.add(new JournalChange.AttemptSigned(request.attempt(), answer.transaction()));
    }
    commit(store, lane, signed);
  }

  private static void commit(JdbcTransferStore store, StoredLane lane, List<JournalChange> all) {
    CommitResult result = store.commit(lane.id(), lane.epoch(), all, AT);
    if (!(result instanceof CommitResult.Applied)) {
      throw new IllegalStateException(result.toString());
    }
  }

  private static UnsignedTransaction transaction(int nonce, Transfer transfer) {
    return new UnsignedTransaction.DynamicFee(
        CHAIN,
        nonce,
        Wei.gwei(1),
        Wei.gwei(20),
        BigInteger.valueOf(21_000),
        transfer.to(),
        Wei.ONE,
        Bytes.EMPTY,
        List.of());
  }

  private double bare(Path copy) throws Exception {
    try (AnvilNode node = node()) {
      List<Credentials> unused = Wallets.funded(node, lanes);
      HttpClient http = HttpClient.newHttpClient();
      int sent = 0;
      long start = System.nanoTime();
      try (Connection file = DriverManager.getConnection("jdbc:sqlite:" + copy);
          Statement select = file.createStatement();
          ResultSet row = select.executeQuery("SELECT raw FROM attempts ORDER BY lane, nonce")) {
        List<String> batch = new ArrayList<>();
        while (row.next()) {
          batch.add(
              "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"eth_sendRawTransaction\",\"params\":[\"%s\"]}"
                  .formatted(++sent, Numeric.toHexString(row.getBytes(1))));
          if (batch.size() == BATCH) {
            post(http, node.url(), batch);
          }
        }
        if (!batch.isEmpty()) {
          post(http, node.url(), batch);
        }
      }
      if (sent != lanes * each) {
        throw new IllegalStateException("the bare loop sent " + sent);
      }
      return (System.nanoTime() - start) / 1e9;
    }
  }

  private static void post(HttpClient http, URI node, List<String> batch) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(node)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("[" + String.join(",", batch) + "]"))
            .build();
    String answer = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    if (answer.contains("\"error\"")) {
      throw new IllegalStateException(answer.substring(0, Math.min(500, answer.length())));
    }
    batch.clear();
  }

  private double recovered(Path file) throws Exception {
    ChainProfile profile =
        ChainProfiles.builtIn().require(CHAIN).withFinality(new Finality.Finalized());
    try (AnvilNode node = node()) {
      List<Credentials> wallets = Wallets.funded(node, lanes);
      long start = System.nanoTime();
      try (JdbcTransferStore journal = JdbcTransferStore.open(file, JournalOptions.defaults());
          RpcPool pool =
              RpcPool.builder(profile)
                  .endpoint(Endpoint.of("node", "node", node.url().toString()))
                  .singleOperator(true)
                  .build()) {
        SubmitterBuilder builder =
            IdempotentSubmitter.builder()
                .store(journal)
                .chain(profile, pool)
                .fees(FeePolicy.of(Wei.ofCoins("0.01"), Wei.ofCoins("10000")))
                .settings(
                    SubmissionSettings.forBlockTime(profile.blockTime())
                        .withMaxInFlight(1_000)
                        .withSending(2 * BATCH, BATCH));
        for (Credentials wallet : wallets) {
          builder.lane(CHAIN, PayonceRun.signer(wallet, CHAIN, journal, signing));
        }
        try (IdempotentSubmitter payonce = builder.build()) {
          awaitAll(node, wallets);
          double seconds = (System.nanoTime() - start) / 1e9;
          Address first = Address.of(wallets.get(0).getAddress());
          if (payonce.status(IdempotencyKey.of(first + "/0")).isEmpty()) {
            throw new IllegalStateException("the first payment is unknown");
          }
          return seconds;
        }
      }
    }
  }

  /** Until the node counts all of them, in its pool or in a block, whatever its replies were. */
  private void awaitAll(AnvilNode node, List<Credentials> wallets) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    for (Credentials wallet : wallets) {
      Address address = Address.of(wallet.getAddress());
      while (node.pendingNonce(address) < each) {
        if (System.nanoTime() - end > 0) {
          throw new IllegalStateException("the node has not all payments of " + address);
        }
        LockSupport.parkNanos(LOOK.toNanos());
      }
    }
  }

  private static AnvilNode node() throws Exception {
    return AnvilNode.builder().blockTimeMillis(1_000).slotsInAnEpoch(1).gasLimit(GAS_LIMIT).start();
  }
}
