package io.payonce.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.ChainId;
import io.payonce.LaneId;
import io.payonce.Wei;
import io.payonce.examples.node.AnvilNode;
import io.payonce.examples.node.TokenContracts;
import io.payonce.signing.software.InsecureKeyAccess;
import io.payonce.signing.software.KeystoreV3;
import io.payonce.signing.software.SoftwareKey;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.store.jdbc.JournalOptions;
import io.payonce.testing.Fault;
import io.payonce.testing.FaultPolicy;
import io.payonce.testing.FaultProxy;
import io.payonce.testing.RequiredPart;
import io.payonce.testing.SeededFaults;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The payout command on a real node behind three operators. */
final class PayoutAnvilTest {
  private static final int ROWS = 21;
  private static final int LOST_PERCENT = 10;
  private static final BigInteger UNITS = BigInteger.valueOf(2_500_000); // 2.5 of six decimals

  private static AnvilNode node;
  private static final List<FaultProxy> operators = new ArrayList<>();
  private static TokenContracts.Token standard;
  private static TokenContracts.Token noReturn;
  private static int scenes;

  @TempDir private Path folder;
  private PayoutScene scene;

  @BeforeAll
  static void start() {
    node = RequiredPart.orSkip(() -> AnvilNode.builder().blockTimeMillis(500).start());
    for (int i = 0; i < 3; i++) {
      operators.add(FaultProxy.forwardingTo(node.url()).start());
    }
    standard =
        RequiredPart.orSkip(() -> TokenContracts.deploy(node, TokenContracts.Kind.STANDARD, 6));
    noReturn =
        RequiredPart.orSkip(() -> TokenContracts.deploy(node, TokenContracts.Kind.NO_RETURN, 6));
  }

  @AfterAll
  static void stop() {
    operators.forEach(FaultProxy::close);
    if (node != null) {
      node.close();
    }
  }

  @BeforeEach
  void newScene() {
    scene = new PayoutScene(node, operators, folder, ++scenes);
  }

  @Test
  void pays_coins_and_both_tokens_once_and_nothing_when_run_again() throws IOException {
    Path csv = mixedRows();
    CliRun first = scene.run(scene.payout(csv, "--json"));
    assertThat(first.exit()).as(first.all()).isEqualTo(ExitCode.OK);
    assertThat(first.lastLine().toString())
        .isEqualTo(
            "{\"rows\":%d,\"paidFinal\":%d,\"notPaid\":0,\"held\":0,\"undecided\":0}"
                .formatted(ROWS, ROWS));
    assertThat(first.err()).contains("total    0.07 ETH", "at most 0.01 ETH a payment");
    assertEveryRowPaidOnce();

    CliRun again = scene.run(scene.payout(csv, "--json"));
    assertThat(again.exit()).as(again.all()).isEqualTo(ExitCode.OK);
    assertThat(again.lastLine().path("paidFinal").asInt()).isEqualTo(ROWS);
    assertEveryRowPaidOnce();
  }

  @Test
  void finishes_what_killed_processes_left_and_pays_nothing_twice() throws Exception {
    Path csv = mixedRows();
    List<String> args = scene.payout(csv, "--max-in-flight", "3");
    for (int paid : new int[] {1, 8, 14}) {
      killOncePaid(args, paid);
    }
    CliRun last = scene.run(args);
    assertThat(last.exit()).as(last.all()).isEqualTo(ExitCode.OK);
    assertEveryRowPaidOnce();
  }

  @Test
  void pays_while_one_of_three_operators_is_away_and_the_others_lose_replies() throws IOException {
    List<FaultProxy> lossy = new ArrayList<>();
    for (int seed = 1; seed <= 2; seed++) {
      FaultPolicy lost =
          SeededFaults.builder(new Random(seed)).percent(Fault.LOST_REPLY, LOST_PERCENT).build();
      lossy.add(FaultProxy.forwardingTo(node.url()).policy(lost).start());
    }
    try {
      int row = 1;
      List<String> args =
          new ArrayList<>(scene.payout(scene.csv("a,native," + scene.payee(row) + ",1")));
      args.set(
          2, "a=" + lossy.get(0).url() + ",b=" + lossy.get(1).url() + ",c=http://127.0.0.1:1/");
      CliRun run = scene.run(args);
      assertThat(run.exit()).as(run.all()).isEqualTo(ExitCode.OK);
      assertThat(run.err()).contains("warning: endpoint rpc-3 of c does not answer");
      assertThat(scene.balance(row)).isEqualTo(Wei.ofCoins("1"));
      assertThat(scene.paidTransactions()).isEqualTo(1);
    } finally {
      lossy.forEach(FaultProxy::close);
    }
  }

  @Test
  void says_what_one_and_two_operators_cannot_withstand_and_pays_nothing_without_a_yes()
      throws IOException {
    Path csv = scene.csv("a," + "native," + scene.payee(1) + ",0.5");
    for (Map.Entry<String, String> warned :
        Map.of(
                operators.get(0).url() + "," + operators.get(1).url(),
                "a single provider can lie",
                scene.rpc(2),
                "no outage tolerated")
            .entrySet()) {
      List<String> args =
          List.of(
              "payout",
              "--rpc",
              warned.getKey(),
              "--csv",
              csv.toString(),
              "--journal",
              scene.journal().toString());
      CliRun run = CliRun.answering("n\n", scene.environment(), args);
      assertThat(run.exit()).isEqualTo(ExitCode.BAD_INPUT);
      assertThat(run.err()).contains("warning: " + warned.getValue(), "not confirmed");
      assertThat(run.err()).contains("total    0.5 ETH");
    }
    assertNothingHappened();
  }

  @Test
  void reports_every_bad_cell_with_line_and_column() throws IOException {
    Path csv =
        scene.csv(
            "a,native," + scene.payee(1) + ",1.2.3",
            "b,," + scene.payee(2) + ",1",
            "a,native,0x12,1");
    refused(
        scene.payout(csv), ExitCode.BAD_INPUT, "line 2, column 4", "line 3, column 2", "line 4");
  }

  @Test
  void refuses_an_amount_finer_than_the_token() throws IOException {
    Path csv = scene.csv("a," + standard.address() + "," + scene.payee(1) + ",0.0000001");
    refused(scene.payout(csv), ExitCode.BAD_INPUT, "line 2, column 4", "6 decimals");
  }

  @Test
  void refuses_decimals_that_the_chain_contradicts() throws IOException {
    standard.mint(scene.wallet(), UNITS);
    Path csv = scene.csv("a," + standard.address() + "," + scene.payee(1) + ",1");
    refused(
        scene.payout(csv, "--token", standard.address() + "=18"),
        ExitCode.BAD_INPUT,
        "18 decimals, the chain says 6");
  }

  @Test
  void refuses_a_token_without_a_contract() throws IOException {
    Path csv = scene.csv("a," + scene.payee(9) + "," + scene.payee(1) + ",1");
    refused(scene.payout(csv), ExitCode.BAD_INPUT, "has no contract");
  }

  @Test
  void refuses_an_empty_wallet_naming_asset_has_and_needs() throws IOException {
    Path csv =
        scene.csv(
            "a,native," + scene.payee(1) + ",11",
            "b," + standard.address() + "," + scene.payee(1) + ",7");
    refused(
        scene.payout(csv),
        ExitCode.BAD_INPUT,
        "native: the wallet has 10, needs 11.0",
        standard.address() + ": the wallet has 0, needs 7",
        "fund " + scene.wallet());
  }

  @Test
  void refuses_a_wrong_password_without_showing_it() throws IOException {
    Path keystore = folder.resolve("wallet.json");
    byte[] secret = new byte[32];
    secret[31] = 5;
    KeystoreV3.write(
        keystore,
        SoftwareKey.fromBytes(secret, InsecureKeyAccess.acknowledge("a test's own key")),
        "right-sesame".toCharArray(),
        new SecureRandom(),
        new KeystoreV3.ScryptCost(1024, 8, 1));
    Path password = Files.writeString(folder.resolve("password"), "wrong-sesame\n");
    Path csv = scene.csv("a,native," + scene.payee(1) + ",1");
    refused(
        scene.payout(
            csv, "--keystore", keystore.toString(), "--password-file", password.toString()),
        ExitCode.BAD_INPUT,
        "wrong password");
  }

  @Test
  void refuses_endpoints_of_different_chains() throws IOException {
    Path csv = scene.csv("a,native," + scene.payee(1) + ",1");
    try (AnvilNode other = RequiredPart.orSkip(() -> AnvilNode.builder().chainId(31_338).start())) {
      List<String> args = new ArrayList<>(scene.payout(csv));
      args.set(2, scene.rpc(2) + ",elsewhere=" + other.url());
      refused(args, ExitCode.BAD_INPUT, "different chains", "rpc-3 of elsewhere", "31338");

      args.set(2, "elsewhere=" + other.url());
      refused(args, ExitCode.BAD_INPUT, "PROFILE_MISSING", "describe it in a profile file");
    }
  }

  @Test
  void refuses_a_journal_of_another_chain() throws IOException {
    try (JdbcTransferStore journal =
        JdbcTransferStore.open(scene.journal(), JournalOptions.defaults())) {
      journal.registerLane(new LaneId(ChainId.of(1), scene.wallet()), 0, Instant.EPOCH);
    }
    Path csv = scene.csv("a,native," + scene.payee(1) + ",1");
    refused(scene.payout(csv), ExitCode.BAD_INPUT, "holds payments of chain 1", "another journal");
  }

  @Test
  void refuses_a_finality_weaker_than_the_chain_asks_for() throws IOException {
    Path profile =
        Files.writeString(
            folder.resolve("chains.json"),
            "{\"chains\":[{\"id\":31337,\"minimumDepth\":3,\"finality\":\"4\"}]}");
    Path csv = scene.csv("a,native," + scene.payee(1) + ",1");
    refused(
        scene.payout(csv, "--profile", profile.toString(), "--finality", "2"),
        ExitCode.BAD_INPUT,
        "finality 2 is weaker than the minimum of Local development chain");
  }

  @Test
  void says_that_unreachable_endpoints_are_to_be_tried_again_and_shows_no_part_of_them()
      throws IOException {
    int closed;
    try (ServerSocket socket = new ServerSocket(0)) {
      closed = socket.getLocalPort();
    }
    Path csv = scene.csv("a,native," + scene.payee(1) + ",1");
    List<String> args = new ArrayList<>(scene.payout(csv));
    args.set(2, "http://user:open-sesame@127.0.0.1:" + closed + "/v2/hidden-sesame-key");
    refused(args, ExitCode.RUN_AGAIN, "unreachable", "run again");
    // A file that is wrong anyway is said to be so first, and no journal is made for it.
    List<String> bad = new ArrayList<>(args);
    bad.set(args.indexOf("--csv") + 1, scene.csv("a,native,0x12,1").toString());
    bad.set(args.indexOf("--journal") + 1, folder.resolve("never.db").toString());
    refused(bad, ExitCode.BAD_INPUT, "line 2, column 3");
    assertThat(folder.resolve("never.db")).doesNotExist();
  }

  @Test
  void refuses_a_journal_that_cannot_be_written() throws IOException {
    Path closed = Files.createDirectory(folder.resolve("closed"));
    assertThat(closed.toFile().setWritable(false)).isTrue();
    // Root may write everywhere but there.
    Path readOnly = Files.isWritable(closed) ? Path.of("/sys") : closed;
    Path csv = scene.csv("a,native," + scene.payee(1) + ",1");
    List<String> args = new ArrayList<>(scene.payout(csv));
    args.set(args.indexOf("--journal") + 1, readOnly.resolve("journal.db").toString());
    refused(args, ExitCode.BAD_INPUT, "journal", "writable");
  }

  @Test
  void refuses_to_be_the_second_writer_of_a_journal() throws IOException {
    Path csv = scene.csv("a,native," + scene.payee(1) + ",1");
    try (JdbcTransferStore first =
        JdbcTransferStore.open(scene.journal(), JournalOptions.defaults())) {
      assertThat(first.incarnation()).isPositive();
      refused(scene.payout(csv), ExitCode.RUN_AGAIN, "journal", "run again when it has ended");
    }
  }

  @Test
  void refuses_a_known_key_with_another_payment() throws IOException {
    CliRun first = scene.run(scene.payout(scene.csv("a,native," + scene.payee(1) + ",1")));
    assertThat(first.exit()).as(first.all()).isEqualTo(ExitCode.OK);
    CliRun changed =
        scene.run(
            scene.payout(
                scene.csv(
                    "b,native," + scene.payee(2) + ",1", "a,native," + scene.payee(1) + ",2")));
    assertThat(changed.exit()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(changed.err()).contains("line 3: key 'a' stands for another payment");
    assertThat(scene.paidTransactions()).isEqualTo(1);
  }

  private Path mixedRows() throws IOException {
    BigInteger each = BigInteger.valueOf(ROWS / 3);
    standard.mint(scene.wallet(), UNITS.multiply(each));
    noReturn.mint(scene.wallet(), UNITS.multiply(each));
    List<String> rows = new ArrayList<>();
    for (int row = 0; row < ROWS; row += 3) {
      rows.add("coin-" + row + ",native," + scene.payee(row) + ",0.01");
      rows.add("one-" + row + "," + standard.address() + "," + scene.payee(row + 1) + ",2.5");
      rows.add("two-" + row + "," + noReturn.address() + "," + scene.payee(row + 2) + ",2.5");
    }
    return scene.csv(rows.toArray(String[]::new));
  }

  /** The chain is the judge: every payee has its amount once, and no other nonce was used. */
  private void assertEveryRowPaidOnce() {
    for (int row = 0; row < ROWS; row += 3) {
      assertThat(scene.balance(row)).isEqualTo(Wei.ofCoins("0.01"));
      assertThat(standard.balanceOf(scene.payee(row + 1))).isEqualTo(UNITS);
      assertThat(noReturn.balanceOf(scene.payee(row + 2))).isEqualTo(UNITS);
    }
    assertThat(scene.paidTransactions()).isEqualTo(ROWS);
    assertThat(node.pendingNonce(scene.wallet())).isEqualTo(ROWS);
  }

  private void refused(List<String> args, int exit, String... words) {
    CliRun run = scene.run(args);
    assertThat(run.exit()).as(run.all()).isEqualTo(exit);
    assertThat(run.err()).contains(words);
    assertThat(run.all()).doesNotContain(scene.key(), "sesame", "http://", "\tat ");
    assertNothingHappened();
  }

  private void assertNothingHappened() {
    assertThat(node.pendingNonce(scene.wallet())).isZero();
    if (Files.exists(scene.journal())) {
      try (JdbcTransferStore journal =
          JdbcTransferStore.openReadOnly(scene.journal(), JournalOptions.defaults())) {
        assertThat(journal.counts().values()).allMatch(count -> count == 0);
      }
    }
  }

  /** Runs the command as a process of its own and kills it once the chain has so many payments. */
  private void killOncePaid(List<String> args, int paid) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(OwnProcess.command(args)).redirectErrorStream(true);
    Path output = Files.createTempFile(folder, "killed", ".log");
    builder.redirectOutput(output.toFile()).environment().putAll(scene.environment());
    Process process = builder.start();
    try {
      while (scene.paidTransactions() < paid && process.isAlive()) {
        process.waitFor(20, TimeUnit.MILLISECONDS);
      }
      assertThat(process.isAlive()).as(() -> read(output)).isTrue();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
