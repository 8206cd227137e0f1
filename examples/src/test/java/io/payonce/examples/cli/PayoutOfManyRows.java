package io.payonce.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.payonce.Address;
import io.payonce.IdempotencyKey;
import io.payonce.Wei;
import io.payonce.examples.node.AnvilNode;
import io.payonce.signing.software.InsecureKeyAccess;
import io.payonce.signing.software.SoftwareKey;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore.JournalEvent;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.store.jdbc.JournalOptions;
import io.payonce.submit.TransferStatus;
import io.payonce.testing.FaultProxy;
import io.payonce.testing.MissingPartException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Many rows over several wallets on a real node, and the proof of each: the payee has its amount
 * once, by the transaction that the journal names, and the history of the row says how. As a
 * program: 10,000 rows over four wallets. Arguments: rows and wallets, both optional.
 */
final class PayoutOfManyRows implements AutoCloseable {
  private static final Wei EACH = Wei.ofCoins("0.001");

  private final AnvilNode node;
  private final List<FaultProxy> operators = new ArrayList<>();
  private final List<String> keys = new ArrayList<>();
  private final List<Address> wallets = new ArrayList<>();
  private final Path folder;
  private final int rows;

  PayoutOfManyRows(int rows, int count, Path folder) throws MissingPartException {
    this.rows = rows;
    this.folder = folder;
    this.node = AnvilNode.builder().blockTimeMillis(1_000).start();
    for (int i = 0; i < 3; i++) {
      operators.add(FaultProxy.forwardingTo(node.url()).start());
    }
    for (int i = 1; i <= count; i++) {
      byte[] key = new byte[32];
      Arrays.fill(key, (byte) (0x30 + i));
      keys.add("%064x".formatted(new BigInteger(1, key)));
      try (SoftwareKey opened =
          SoftwareKey.fromBytes(key, InsecureKeyAccess.acknowledge("a test's own key"))) {
        wallets.add(opened.address());
        node.setBalance(opened.address(), Wei.ofCoins("100"));
      }
    }
  }

  public static void main(String[] arguments) throws Exception {
    int rows = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 10_000;
    int wallets = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 4;
    Path folder = Files.createTempDirectory("payout-rows-");
    try (PayoutOfManyRows payout = new PayoutOfManyRows(rows, wallets, folder)) {
      long start = System.nanoTime();
      payout.run(Duration.ofHours(1));
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      payout.prove();
      System.out.println(
          rows + " rows over " + payout.nonces() + " nonces of the wallets, final in " + took);
    }
    System.exit(0);
  }

  /** Pays the file, in this JVM. */
  void run(Duration timeout) throws IOException {
    CliRun run = CliRun.of(environment(), arguments(timeout));
    assertThat(run.exit()).as(run.err()).isEqualTo(ExitCode.OK);
    assertThat(run.lastLine().path("paidFinal").asInt()).isEqualTo(rows);
  }

  /** Kills a process of its own once the chain has so many of its payments. */
  void runAndKill(long paid) throws IOException, InterruptedException {
    List<String> command = OwnProcess.command(arguments(Duration.ofMinutes(5)));
    Path output = Files.createTempFile(folder, "killed", ".log");
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(output.toFile()).environment().putAll(environment());
    Process process = builder.start();
    try {
      while (sum(nonces()) < paid && process.isAlive()) {
        process.waitFor(20, TimeUnit.MILLISECONDS);
      }
      assertThat(process.isAlive()).as(Files.readString(output)).isTrue();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private Map<String, String> environment() {
    return Map.of("PAYONCE_KEY", String.join(",", keys));
  }

  private List<String> arguments(Duration timeout) throws IOException {
    List<String> lines = new ArrayList<>(List.of("key,asset,to,amount"));
    for (int row = 0; row < rows; row++) {
      lines.add("row-" + row + ",native," + payee(row) + "," + EACH.toCoins());
    }
    Path csv = Files.write(folder.resolve("rows.csv"), lines);
    List<String> urls = new ArrayList<>();
    for (int i = 0; i < operators.size(); i++) {
      urls.add("operator-" + (char) ('a' + i) + "=" + operators.get(i).url());
    }
    List<String> arguments = new ArrayList<>(List.of("payout", "--rpc", String.join(",", urls)));
    arguments.addAll(List.of("--yes", "--json", "--max-in-flight", "200"));
    arguments.addAll(List.of("--journal", journal().toString(), "--csv", csv.toString()));
    arguments.addAll(List.of("--timeout", timeout.toSeconds() + "s"));
    return arguments;
  }

  private Path journal() {
    return folder.resolve("journal.db");
  }

  private static Address payee(int row) {
    return Address.of("0x%040x".formatted(0xabcd_0000_0000L + row));
  }

  /** The transactions of each wallet. */
  List<Long> nonces() {
    return wallets.stream().map(node::latestNonce).toList();
  }

  private static long sum(List<Long> numbers) {
    return numbers.stream().mapToLong(Long::longValue).sum();
  }

  /** The chain and the journal agree on every row. */
  void prove() {
    assertThat(sum(nonces())).as("transactions of the wallets").isEqualTo(rows);
    assertThat(nonces()).as("transactions of each wallet").allMatch(used -> used > 0);
    try (JdbcTransferStore store =
        JdbcTransferStore.openReadOnly(journal(), JournalOptions.defaults())) {
      for (int row = 0; row < rows; row++) {
        assertThat(node.balance(payee(row))).as("row %d is paid once", row).isEqualTo(EACH);
        StoredTransfer stored = store.find(IdempotencyKey.of("row-" + row)).orElseThrow();
        TransferStatus status = TransferStatus.of(store, stored);
        assertThat(status.state()).isEqualTo(TransferState.PAID_FINAL);
        JsonNode receipt = node.receipt(status.winner().orElseThrow().hash()).orElseThrow();
        assertThat(receipt.path("status").asText()).isEqualTo("0x1");
        assertThat(Address.of(receipt.path("to").asText())).isEqualTo(payee(row));
        assertThat(Address.of(receipt.path("from").asText())).isEqualTo(status.lane().address());
        List<JournalEvent> history = store.events(stored.id());
        assertThat(history.get(0).what()).isEqualTo("accepted");
        assertThat(history)
            .as("the history of row %d ends as it ended", row)
            .anyMatch(event -> event.detail().contains("to " + TransferState.PAID_FINAL));
      }
      assertThat(store.verifyChain().isIntact()).isTrue();
    }
  }

  @Override
  public void close() {
    operators.forEach(FaultProxy::close);
    node.close();
  }
}
