package io.payonce.examples.bench;

import static io.payonce.testing.JournalScript.intake;

import io.payonce.Address;
import io.payonce.AttemptId;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.Signature;
import io.payonce.SignedTransaction;
import io.payonce.SlotId;
import io.payonce.TokenAmount;
import io.payonce.TransactionCodec;
import io.payonce.Transfer;
import io.payonce.TransferId;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.signing.AttemptKind;
import io.payonce.store.AcceptResult;
import io.payonce.store.CommitResult;
import io.payonce.store.JournalChange;
import io.payonce.store.StoredLane;
import io.payonce.store.TransferState;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.store.jdbc.JournalOptions;
import java.io.PrintStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.Sign;

/**
 * How fast the journal binds payments and stores their signatures, in commits of 100, against a
 * bare JDBC loop that writes the same rows into a copy of the same file with the same pragmas.
 *
 * <pre>
 * mvn -q -pl examples -am test-compile exec:java \
 *   -Dexec.mainClass=io.payonce.examples.bench.JournalBenchmark -Dexec.classpathScope=test
 * </pre>
 *
 * <p>Arguments ({@code -Dexec.args="5000 3"}): payments, rounds. The best round of each counts.
 */
public final class JournalBenchmark {
  private static final int BATCH = 100;
  private static final ChainId CHAIN = ChainId.of(31337);

  private final int payments;
  private final Credentials wallet = Credentials.create("0x" + "5".repeat(64));
  private final LaneId lane = new LaneId(CHAIN, Address.of(wallet.getAddress()));
  private final List<SignedTransaction> signed = new ArrayList<>();

  private JournalBenchmark(int payments) {
    this.payments = payments;
    for (int i = 0; i < payments; i++) {
      signed.add(sign(transaction(i)));
    }
  }

  public static void main(String[] arguments) throws Exception {
    int payments = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5_000;
    int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    out.printf(
        Locale.ROOT,
        "%d payments in commits of %d, best of %d rounds; durable commits of this disk: %.0f /s%n",
        payments,
        BATCH,
        rounds,
        FsyncRate.perSecond());
    JournalBenchmark benchmark = new JournalBenchmark(payments);
    double journal = 0;
    double bare = 0;
    for (int round = 0; round < rounds; round++) {
      Path folder = Files.createTempDirectory("payonce-journal-bench");
      try {
        Path file = folder.resolve("journal.db");
        Path copy = folder.resolve("bare.db");
        journal = Math.max(journal, payments / benchmark.journal(file, copy));
        bare = Math.max(bare, payments / new BareLoop(file, copy, BATCH).seconds());
      } finally {
        Folders.delete(folder);
      }
    }
    out.printf(Locale.ROOT, "bare JDBC loop %8.0f payments/s%n", bare);
    out.printf(Locale.ROOT, "journal        %8.0f payments/s%n", journal);
    out.printf(Locale.ROOT, "ratio          %8.2f%n", journal / bare);
  }

  /** Seconds for all bindings and signatures; leaves a copy from before them. */
  private double journal(Path file, Path copy) {
    Instant at = Instant.parse("2026-01-01T00:00:00Z");
    try (JdbcTransferStore store = JdbcTransferStore.open(file, JournalOptions.defaults())) {
      List<TransferId> ids = new ArrayList<>();
      for (int i = 0; i < payments; i++) {
        Transfer transfer =
            Transfer.of(TokenAmount.ofWei(CHAIN, Wei.ONE))
                .from(lane.address())
                .to(Wallets.payee(i));
        AcceptResult accepted =
            store.accept(intake(IdempotencyKey.of("payment-" + i), transfer), at);
        ids.add(((AcceptResult.Accepted) accepted).transfer().id());
      }
      store.registerLane(lane, 0, at);
      StoredLane taken = Lanes.take(store, lane, at);
      store.backup(copy);
      long start = System.nanoTime();
      for (int from = 0; from < payments; from += BATCH) {
        List<JournalChange> bind = new ArrayList<>();
        List<JournalChange> sign = new ArrayList<>();
        for (int i = from; i < Math.min(from + BATCH, payments); i++) {
          SlotId slot = new SlotId(lane, i);
          AttemptId attempt = new AttemptId(slot, 1);
          TransferId id = ids.get(i);
          bind.add(
              new JournalChange.TransferMoved(
                  id, TransferState.ACCEPTED, TransferState.READY, "", ""));
          bind.add(new JournalChange.SlotBound(slot, id));
          bind.add(
              new JournalChange.AttemptAdded(
                  attempt, AttemptKind.PAYMENT, signed.get(i).transaction()));
          bind.add(
              new JournalChange.FeeBooked(CHAIN, slot, Wei.gwei(420_000), Wei.ofCoins("1000")));
          sign.add(new JournalChange.AttemptSigned(attempt, signed.get(i)));
        }
        commit(store, taken, bind, at);
        commit(store, taken, sign, at);
      }
      return (System.nanoTime() - start) / 1e9;
    }
  }

  private void commit(
      JdbcTransferStore store, StoredLane taken, List<JournalChange> changes, Instant at) {
    CommitResult result = store.commit(lane, taken.epoch(), changes, at);
    if (!(result instanceof CommitResult.Applied)) {
      throw new IllegalStateException(result.toString());
    }
  }

  private static UnsignedTransaction transaction(int nonce) {
    return new UnsignedTransaction.DynamicFee(
        CHAIN,
        nonce,
        Wei.gwei(1),
        Wei.gwei(20),
        BigInteger.valueOf(21_000),
        Wallets.payee(nonce),
        Wei.ONE,
        Bytes.EMPTY,
        List.of());
  }

  private SignedTransaction sign(UnsignedTransaction tx) {
    Sign.SignatureData made =
        Sign.signMessage(TransactionCodec.signingDigest(tx), wallet.getEcKeyPair(), false);
    return SignedTransaction.of(
        tx,
        new Signature(
            new BigInteger(1, made.getR()), new BigInteger(1, made.getS()), made.getV()[0] - 27));
  }
}
