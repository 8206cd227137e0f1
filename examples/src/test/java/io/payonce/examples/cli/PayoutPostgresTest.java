package io.payonce.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.Group;
import io.payonce.GroupMember;
import io.payonce.GroupSubmission;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.Submission;
import io.payonce.TokenAmount;
import io.payonce.Transfer;
import io.payonce.Wei;
import io.payonce.examples.node.AnvilNode;
import io.payonce.examples.node.TestPostgres;
import io.payonce.store.AcceptResult;
import io.payonce.store.CommitResult;
import io.payonce.store.Intake;
import io.payonce.store.JournalChange.TransferMoved;
import io.payonce.store.Lease;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.submit.SettlementProof;
import io.payonce.testing.FaultProxy;
import io.payonce.testing.RequiredPart;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line on a PostgreSQL journal and a real node, each command with its own role. */
final class PayoutPostgresTest {
  private static AnvilNode node;
  private static final List<FaultProxy> operators = new ArrayList<>();
  private static int scenes = 2_000;

  @TempDir private Path folder;
  private TestPostgres postgres;
  private PayoutScene scene;

  @BeforeAll
  static void start() {
    node = RequiredPart.orSkip(() -> AnvilNode.builder().blockTimeMillis(500).start());
    for (int i = 0; i < 3; i++) {
      operators.add(FaultProxy.forwardingTo(node.url()).start());
    }
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
    postgres = TestPostgres.emptied();
    scene = new PayoutScene(node, operators, folder, postgres, ++scenes);
  }

  @Test
  void pays_once_when_run_twice_and_every_reading_command_reads_with_a_role_that_only_reads()
      throws IOException {
    List<String> payout = scene.payout(rows("a", "b", "c"), "--json");
    CliRun first = scene.run(payout);
    assertThat(first.exit()).as(first.all()).isEqualTo(ExitCode.OK);
    CliRun again = scene.run(payout);
    assertThat(again.exit()).as(again.all()).isEqualTo(ExitCode.OK);
    assertThat(again.lastLine().path("paidFinal").asInt()).isEqualTo(3);
    assertThat(scene.paidTransactions()).isEqualTo(3);
    assertThat(scene.balance(1)).isEqualTo(Wei.ofCoins("1"));

    String starts = postgres.text("SELECT incarnation FROM payonce.journal");
    assertThat(read("status", "b").path("state").asText()).isEqualTo("PAID_FINAL");
    assertThat(read("list").path("key").asText()).isEqualTo("a"); // newest first, so the last line
    assertThat(read("diagnose", "b").path("code").asText()).isEqualTo("PAID");
    assertThat(postgres.text("SELECT incarnation FROM payonce.journal"))
        .as("a look is no start")
        .isEqualTo(starts);
    List<String> writes = scene.command("cancel", "a");
    CliRun refused = CliRun.of(environment(TestPostgres.READER), writes);
    assertThat(refused.exit()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(refused.err()).contains("lacks INSERT on payonce.");
    assertSaysNoSecret(first, again, refused);
  }

  @Test
  void credentials_come_from_a_file_that_others_cannot_read() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("credentials"),
            "user=" + TestPostgres.APP + "\npassword=" + TestPostgres.PASSWORD + "\n");
    List<String> payout =
        scene.payout(rows("a"), "--json", "--journal-credentials", file.toString());
    Map<String, String> onlyKey = Map.of("PAYONCE_KEY", scene.key());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    CliRun open = CliRun.of(onlyKey, payout);
    assertThat(open.exit()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(open.err()).contains("chmod 600");
    assertThat(postgres.text("SELECT incarnation FROM payonce.journal")).isEqualTo("0");

    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    CliRun paid = CliRun.of(onlyKey, payout);
    assertThat(paid.exit()).as(paid.all()).isEqualTo(ExitCode.OK);
    assertThat(scene.paidTransactions()).isEqualTo(1);
    assertSaysNoSecret(open, paid);
  }

  @Test
  void a_journal_that_is_missing_is_refused_and_not_made() throws IOException {
    List<String> payout = scene.payout(rows("a"));
    postgres.sql("ALTER SCHEMA payonce RENAME TO elsewhere");
    try {
      CliRun missing = scene.run(payout);
      assertThat(missing.exit()).isEqualTo(ExitCode.BAD_INPUT);
      assertThat(missing.err()).contains("no journal in schema payonce", "migrate");
    } finally {
      postgres.sql("ALTER SCHEMA elsewhere RENAME TO payonce");
    }
    assertThat(node.pendingNonce(scene.wallet())).isZero();
  }

  @Test
  void a_frozen_wallet_is_resumed_and_a_possible_duplicate_resolved() throws Exception {
    CliRun first = scene.run(scene.payout(rows("a"), "--json"));
    assertThat(first.exit()).as(first.all()).isEqualTo(ExitCode.OK);
    // As what a journal that was lost since had paid: the same payment, of which this one is blind.
    node.rpc().call("anvil_impersonateAccount", scene.wallet().value());
    var lost = node.send(scene.wallet(), scene.payee(2), Wei.ofCoins("1"), Bytes.EMPTY);
    node.mine(3);

    CliRun frozen =
        runUntil(
            run -> run.err().contains("wallet is FROZEN"), scene.payout(rows("a", "b"), "--json"));
    assertThat(frozen.exit()).as(frozen.all()).isEqualTo(ExitCode.RUN_AGAIN);
    assertThat(frozen.err()).contains("wallet is FROZEN: JOURNAL_BEHIND");
    CliRun resumed = scene.run(scene.command("resume"));
    assertThat(resumed.exit()).as(resumed.all()).isEqualTo(ExitCode.OK);
    CliRun held =
        runUntil(
            run -> run.lastLine().path("held").asInt() == 1,
            scene.payout(rows("a", "b"), "--json"));
    assertThat(held.lastLine().path("held").asInt()).as(held.all()).isEqualTo(1);
    assertThat(read("diagnose", "b").path("code").asText()).isEqualTo("OUTCOME_CONTRADICTORY");
    CliRun resolved =
        scene.run(
            scene.command(
                "resolve",
                "b",
                "--as",
                "PAID_BY_ORPHAN",
                "--tx",
                lost.value(),
                "--reason",
                "same"));
    assertThat(resolved.exit()).as(resolved.all()).isEqualTo(ExitCode.OK);
    assertThat(read("status", "b").path("state").asText()).isEqualTo("PAID_FINAL");
    assertThat(scene.balance(2)).isEqualTo(Wei.ofCoins("1"));
    assertThat(scene.paidTransactions()).isEqualTo(2);
  }

  @Test
  void a_payout_pays_what_another_process_accepted_also_where_it_is_larger_than_its_own_file()
      throws Exception {
    Path small = Files.writeString(folder.resolve("small.csv"), lines("s", 10, "0.001"));
    Path large = Files.writeString(folder.resolve("large.csv"), lines("l", 20, "0.5"));
    CliRun first = scene.run(scene.payout(rows("a")));
    assertThat(first.exit()).as(first.all()).isEqualTo(ExitCode.OK);
    try (JdbcTransferStore other = postgres.open()) {
      StoredLane taken = take(other);
      CompletableFuture<CliRun> run =
          CompletableFuture.supplyAsync(() -> scene.run(scene.payout(small, "--json")));
      StoredTransfer accepted = awaitArrival(other, taken, run);
      for (int row = 0; row < 5; row++) {
        Transfer transfer =
            Transfer.of(TokenAmount.ofWei(taken.id().chain(), Wei.ofCoins("0.5")))
                .from(scene.wallet())
                .to(scene.payee(20 + row));
        Submission submission = new Submission(IdempotencyKey.of("l-" + row), transfer);
        assertThat(other.accept(new Intake(submission, taken.id()), Instant.now()))
            .isInstanceOf(AcceptResult.Accepted.class);
      }
      other.releaseLane(taken.id(), taken.epoch());
      assertThat(run.get().exit()).as(run.get().all()).isEqualTo(ExitCode.OK);
      assertThat(accepted.key().value()).isEqualTo("s-0");
    }
    CliRun rest = scene.run(scene.payout(large, "--json"));
    assertThat(rest.exit()).as(rest.all()).isEqualTo(ExitCode.OK);
    for (int row = 0; row < 5; row++) {
      assertThat(scene.balance(10 + row)).isEqualTo(Wei.ofCoins("0.001"));
      assertThat(scene.balance(20 + row)).isEqualTo(Wei.ofCoins("0.5"));
    }
    assertThat(scene.paidTransactions()).isEqualTo(11);
  }

  @Test
  void a_payout_whose_wallet_another_instance_works_on_says_how_its_rows_stand() throws Exception {
    CliRun first = scene.run(scene.payout(rows("a"), "--json"));
    assertThat(first.exit()).as(first.all()).isEqualTo(ExitCode.OK);
    Path more = rows("a", "b");
    try (JdbcTransferStore other = postgres.open()) {
      StoredLane taken = take(other);
      CompletableFuture<CliRun> run =
          CompletableFuture.supplyAsync(() -> scene.run(scene.payout(more, "--json")));
      TransferMoved rejected =
          new TransferMoved(
              awaitArrival(other, taken, run).id(),
              TransferState.ACCEPTED,
              TransferState.REJECTED,
              "CANCELLED",
              "by the other");
      assertThat(other.commit(taken.id(), taken.epoch(), List.of(rejected), Instant.now()))
          .isEqualTo(new CommitResult.Applied());
      assertThat(run.get().exit()).as(run.get().all()).isEqualTo(ExitCode.NOT_ALL_PAID);
      assertThat(run.get().err()).contains("b  REJECTED  CANCELLED");
    }
  }

  @Test
  void a_row_whose_key_belongs_to_a_group_is_refused_before_any_row_is_accepted() throws Exception {
    CliRun first = scene.run(scene.payout(rows("a")));
    assertThat(first.exit()).as(first.all()).isEqualTo(ExitCode.OK);
    try (JdbcTransferStore other = postgres.open()) {
      ChainId chain = other.lanes().get(0).id().chain();
      Asset token = new Asset.Erc20(chain, scene.payee(50));
      List<GroupMember> members = new ArrayList<>();
      for (String name : List.of("anna", "ben")) {
        members.add(
            new GroupMember(
                IdempotencyKey.of(name),
                scene.payee(51 + members.size()),
                TokenAmount.of(token, 100)));
      }
      Group group =
          new Group(
              scene.payee(60),
              Bytes.fromHex("0x01"),
              BigInteger.valueOf(500_000),
              SettlementProof.TRANSFER_LOGS,
              members);
      assertThat(
              other.acceptGroup(
                  new GroupSubmission(IdempotencyKey.of("payroll"), scene.wallet(), group),
                  Instant.now()))
          .isInstanceOf(AcceptResult.Accepted.class);
      CliRun run = scene.run(scene.payout(rows("a", "new", "ben", "payroll")));
      assertThat(run.exit()).as(run.all()).isEqualTo(ExitCode.BAD_INPUT);
      assertThat(run.err())
          .contains(
              "line 4: key 'ben' is of a member of group 'payroll' in this journal, which alone"
                  + " pays it; give the new payment a new key",
              "line 5: key 'payroll' stands for a group of payments in this journal");
      assertThat(other.find(IdempotencyKey.of("new"))).isEmpty();
    }
    assertThat(scene.paidTransactions()).isEqualTo(1);
  }

  @Test
  void a_key_that_another_process_takes_while_a_payout_asks_leaves_the_rows_before_it_unfinished()
      throws Exception {
    CliRun first = scene.run(scene.payout(rows("a")));
    assertThat(first.exit()).as(first.all()).isEqualTo(ExitCode.OK);
    try (JdbcTransferStore other = postgres.open()) {
      LaneId lane = other.lanes().get(0).id();
      List<String> payout = scene.payout(rows("new", "taken"));
      payout.remove("--yes");
      Runnable take =
          () -> {
            Transfer transfer =
                Transfer.of(TokenAmount.ofWei(lane.chain(), Wei.ofCoins("0.5")))
                    .from(scene.wallet())
                    .to(scene.payee(70));
            Submission submission = new Submission(IdempotencyKey.of("taken"), transfer);
            assertThat(other.accept(new Intake(submission, lane), Instant.now()))
                .isInstanceOf(AcceptResult.Accepted.class);
          };
      CliRun run = CliRun.answering("y\n", take, scene.environment(), payout);
      assertThat(run.err()).contains("key 'taken' was just taken by another payment");
      assertThat(other.find(IdempotencyKey.of("new"))).isPresent();
      assertThat(run.exit()).as(run.all()).isEqualTo(ExitCode.RUN_AGAIN);
      CliRun again = scene.run(payout);
      assertThat(again.exit()).as(again.all()).isEqualTo(ExitCode.BAD_INPUT);
      assertThat(again.err()).contains("line 3: key 'taken' stands for another payment");
    }
  }

  /** The wallet's lane, as another instance of the host has it. */
  private static StoredLane take(JdbcTransferStore other) {
    return other
        .takeLane(
            other.lanes().get(0).id(), new Lease("other", Duration.ofSeconds(60)), Instant.now())
        .orElseThrow();
  }

  private static StoredTransfer awaitArrival(
      JdbcTransferStore store, StoredLane lane, CompletableFuture<CliRun> run) {
    List<StoredTransfer> arrived = List.of();
    while (arrived.isEmpty()) {
      assertThat(run).isNotDone();
      arrived = store.noticeArrivals(lane.id(), lane.epoch(), 1, Instant.now());
    }
    return arrived.get(0);
  }

  private String lines(String key, int from, String amount) {
    StringBuilder lines = new StringBuilder("key,asset,to,amount\n");
    for (int row = 0; row < 5; row++) {
      Address payee = scene.payee(from + row);
      lines.append("%s-%d,native,%s,%s%n".formatted(key, row, payee, amount));
    }
    return lines.toString();
  }

  /** Does not wait for what a person has to decide. */
  private CliRun runUntil(Predicate<CliRun> reached, List<String> args) {
    return CliRun.until(reached, scene.environment(), args);
  }

  /** Rows of one coin each, with these keys. */
  private Path rows(String... keys) throws IOException {
    List<String> rows = new ArrayList<>();
    for (String key : keys) {
      rows.add(key + ",native," + scene.payee(rows.size() + 1) + ",1");
    }
    return scene.csv(rows.toArray(String[]::new));
  }

  private Map<String, String> environment(String user) {
    Map<String, String> environment = new TreeMap<>(scene.environment());
    environment.putAll(postgres.environment(user));
    return environment;
  }

  private JsonNode read(String... command) {
    List<String> args = new ArrayList<>(Arrays.asList(command));
    args.addAll(List.of("--journal", scene.location(), "--json"));
    CliRun run = CliRun.of(postgres.environment(TestPostgres.READER), args);
    assertThat(run.exit()).as(run.all()).isEqualTo(ExitCode.OK);
    assertSaysNoSecret(run);
    return run.lastLine();
  }

  private void assertSaysNoSecret(CliRun... runs) {
    for (CliRun run : runs) {
      assertThat(run.all()).doesNotContain(TestPostgres.PASSWORD, scene.key());
    }
  }
}
