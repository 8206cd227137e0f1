package io.payonce.examples.bench;

import static io.payonce.testing.JournalScript.intake;

import io.payonce.Address;
import io.payonce.ChainId;
import io.payonce.IdempotencyKey;
import io.payonce.TokenAmount;
import io.payonce.Transfer;
import io.payonce.Wei;
import io.payonce.store.AcceptResult;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.store.jdbc.JournalOptions;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * How long a caller waits until its payment is accepted durably, against a bare commit of one row
 * into a file of the same settings on the same disk; alone, and with 32 callers who share commits.
 *
 * <pre>
 * mvn -q -pl examples -am test-compile exec:java \
 *   -Dexec.mainClass=io.payonce.examples.bench.AcceptBenchmark -Dexec.classpathScope=test
 * </pre>
 *
 * <p>Arguments ({@code -Dexec.args="4000"}): payments. The first tenth warms up and does not count.
 * The bare commits and those of one caller take turns, so both meet the same moods of the disk.
 */
public final class AcceptBenchmark {
  private static final ChainId CHAIN = ChainId.of(31337);
  private static final Address WALLET = Address.of("0x" + "11".repeat(20));
  private static final int CALLERS = 32;

  private AcceptBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    int payments = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 4_000;
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    out.printf(
        Locale.ROOT,
        "%d payments; durable commits of this disk: %.0f /s%n",
        payments,
        FsyncRate.perSecond());
    Path folder = Files.createTempDirectory("payonce-accept-bench");
    long[] bare = new long[payments];
    long[] alone = new long[payments];
    long[] together;
    try (JdbcTransferStore store =
            JdbcTransferStore.open(folder.resolve("journal.db"), JournalOptions.defaults());
        Connection file = bare(folder.resolve("bare.db"));
        PreparedStatement insert = file.prepareStatement("INSERT INTO accepted VALUES (?, ?)")) {
      for (int i = 0; i < payments; i++) {
        long start = System.nanoTime();
        insert.setInt(1, i);
        insert.setString(2, "payment-" + i);
        int unused = insert.executeUpdate();
        bare[i] = System.nanoTime() - start;
        alone[i] = accept(store, "alone-" + i, i);
      }
      together = together(store, payments);
    } finally {
      Folders.delete(folder);
    }
    print(out, "bare commit of one row", bare, bare);
    print(out, "accept, one caller", alone, bare);
    print(out, "accept, 32 callers", together, bare);
  }

  private static Connection bare(Path file) throws SQLException {
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode = wal");
      statement.execute("PRAGMA synchronous = 2");
      statement.execute("CREATE TABLE accepted (id INTEGER PRIMARY KEY, key TEXT UNIQUE)");
    }
    return connection;
  }

  private static long accept(JdbcTransferStore store, String key, int payee) {
    Transfer transfer =
        Transfer.of(TokenAmount.ofWei(CHAIN, Wei.ONE)).from(WALLET).to(Wallets.payee(payee));
    long start = System.nanoTime();
    AcceptResult result =
        store.accept(intake(IdempotencyKey.of(key), transfer), Instant.EPOCH.plusNanos(start));
    long took = System.nanoTime() - start;
    if (!(result instanceof AcceptResult.Accepted)) {
      throw new IllegalStateException(key + ": " + result);
    }
    return took;
  }

  private static long[] together(JdbcTransferStore store, int payments) throws Exception {
    ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
    try {
      List<Future<Long>> answers = new ArrayList<>();
      for (int i = 0; i < payments; i++) {
        int number = i;
        answers.add(callers.submit(() -> accept(store, "together-" + number, number)));
      }
      long[] took = new long[payments];
      for (int i = 0; i < payments; i++) {
        took[i] = answers.get(i).get();
      }
      return took;
    } finally {
      callers.shutdown();
    }
  }

  private static void print(PrintStream out, String name, long[] took, long[] bare) {
    out.printf(
        Locale.ROOT,
        "%-24s median %7.2f ms, p99 %7.2f ms, of the bare commit's %.2f and %.2f%n",
        name,
        millis(took, 0.5),
        millis(took, 0.99),
        millis(took, 0.5) / millis(bare, 0.5),
        millis(took, 0.99) / millis(bare, 0.99));
  }

  private static double millis(long[] nanos, double share) {
    long[] warm = Arrays.copyOfRange(nanos, nanos.length / 10, nanos.length);
    Arrays.sort(warm);
    return warm[(int) Math.min(warm.length - 1L, Math.round(warm.length * share))] / 1e6;
  }
}
