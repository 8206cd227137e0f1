package io.payonce.examples.cli;

import static io.payonce.examples.cli.RelayedEndpoints.sawAny;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.payonce.Address;
import io.payonce.Bytes;
import io.payonce.Wei;
import io.payonce.examples.node.AnvilNode;
import io.payonce.examples.node.NodeRpc;
import io.payonce.routing.RoutingPolicy;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.store.jdbc.JournalOptions;
import io.payonce.testing.FaultProxy;
import io.payonce.testing.RequiredPart;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator asks about single payments and wallets, on a node that mines when told. */
final class OperatorAnvilTest {
  private static AnvilNode node;
  private static final List<FaultProxy> operators = new ArrayList<>();
  private static int scenes = 1000;

  @TempDir private Path folder;
  private PayoutScene scene;

  @BeforeAll
  static void start() {
    node = RequiredPart.orSkip(() -> AnvilNode.builder().manualMining().start());
    node.mine(5);
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
    scene = new PayoutScene(node, operators, folder, ++scenes);
  }

  @Test
  void a_payment_in_the_pool_is_explained_sped_up_and_cancelled() throws Exception {
    CliRun unfinished = runUntilInFlight();
    assertThat(unfinished.exit()).as(unfinished.all()).isEqualTo(ExitCode.RUN_AGAIN);
    assertThat(unfinished.lastLine().path("undecided").asInt()).isEqualTo(1);
    assertThat(read("status", "a").path("state").asText()).isEqualTo("IN_FLIGHT");
    assertThat(read("list").path("key").asText()).isEqualTo("a");
    assertDiagnosis("a", "ON_ITS_WAY", "WAIT");

    CliRun faster = scene.run(scene.command("speedup", "a", "--json"));
    assertThat(faster.exit()).as(faster.all()).isEqualTo(ExitCode.OK);
    assertThat(faster.lastLine().path("hashes")).hasSize(2);

    CompletableFuture<CliRun> cancel =
        CompletableFuture.supplyAsync(() -> scene.run(scene.command("cancel", "a", "--json")));
    mineUntilDone(cancel, () -> read("status", "a").path("hashes").size() == 3);
    CliRun cancelled = cancel.get();
    assertThat(cancelled.exit()).as(cancelled.all()).isEqualTo(ExitCode.OK);
    assertThat(cancelled.lastLine().path("state").asText()).isEqualTo("CANCELLED_FINAL");
    assertThat(cancelled.lastLine().path("safeToRefund").asBoolean()).isTrue();
    assertThat(scene.balance(1)).isEqualTo(Wei.ZERO);
    assertDiagnosis("a", "CANCELLED", "NONE");

    CliRun again = scene.run(scene.payout(rows("a"), "--json"));
    assertThat(again.exit()).as(again.all()).isEqualTo(ExitCode.NOT_ALL_PAID);
    assertThat(again.lastLine().path("notPaid").asInt()).isEqualTo(1);
    assertThat(scene.paidTransactions()).isEqualTo(1);
  }

  /** The relays that the payment went to, and three operators for everyone else. */
  private Path endpoints(List<FaultProxy> everyone, String roleOfRelays) throws IOException {
    Map<String, FaultProxy> relays = new LinkedHashMap<>();
    operators.forEach(relay -> relays.put("rpc-" + (relays.size() + 1), relay));
    return RelayedEndpoints.write(folder, relays, roleOfRelays, everyone);
  }

  private JsonNode diagnosed(String key, Path endpoints) {
    return read("diagnose", key, "--endpoints", endpoints.toString());
  }

  @Test
  void what_may_be_on_a_private_route_is_diagnosed_without_its_hash() throws Exception {
    List<FaultProxy> everyone = new ArrayList<>();
    try {
      for (int i = 0; i < 3; i++) {
        everyone.add(FaultProxy.forwardingTo(node.url()).start());
      }
      runUntilInFlight();
      JsonNode hashes = read("status", "a").path("hashes");
      assertThat(hashes).isNotEmpty();
      Path relays = endpoints(everyone, "\"private_submit\"");

      JsonNode waiting = diagnosed("a", relays);
      assertThat(waiting.path("code").asText()).isEqualTo("ON_ITS_WAY");
      assertThat(waiting.path("evidence").toString())
          .contains("no node was asked for it: it went to rpc-", "may be on a private route");
      assertThat(sawAny(everyone, hashes)).isFalse();

      node.mine(1);
      JsonNode mined = diagnosed("a", relays);
      assertThat(mined.path("code").asText()).isEqualTo("NOT_YET_FINAL");
      assertThat(mined.path("evidence").toString()).contains(" is in the chain");
      node.mine(10);
      assertThat(diagnosed("a", relays).path("code").asText()).isEqualTo("NOT_YET_FINAL");
      assertThat(sawAny(everyone, hashes)).isFalse();
      assertThat(everyone).allMatch(each -> each.requests() > 10); // they were asked for the rest

      node.mine(RoutingPolicy.DEFAULT.privateWindow());
      assertThat(diagnosed("a", relays).path("code").asText()).isEqualTo("NOT_YET_FINAL");
      assertThat(sawAny(everyone, hashes)).isTrue(); // it is in the chain for good
    } finally {
      everyone.forEach(FaultProxy::close);
    }
  }

  @Test
  void what_a_public_endpoint_got_is_looked_up_and_what_took_its_nonce_is_found() throws Exception {
    List<FaultProxy> everyone = new ArrayList<>();
    try {
      for (int i = 0; i < 3; i++) {
        everyone.add(FaultProxy.forwardingTo(node.url()).start());
      }
      runUntilInFlight();
      JsonNode hashes = read("status", "a").path("hashes");
      Path open = endpoints(everyone, "\"submit\"");
      JsonNode waiting = diagnosed("a", open);
      assertThat(waiting.path("code").asText()).isEqualTo("ON_ITS_WAY");
      assertThat(waiting.path("evidence").toString()).contains("a node has it in its pool");
      assertThat(sawAny(everyone, hashes)).isTrue();
      node.rpc().call("anvil_dropAllTransactions");
      assertThat(diagnosed("a", open).path("code").asText()).isEqualTo("DROPPED");
      spendElsewhere();
      for (int blocks : List.of(0, 7, RoutingPolicy.DEFAULT.privateWindow())) {
        node.mine(blocks);
        JsonNode taken = diagnosed("a", endpoints(everyone, "\"private_submit\""));
        assertThat(taken.path("code").asText()).as(taken.toString()).isEqualTo("NONCE_FOREIGN");
      }
    } finally {
      everyone.forEach(FaultProxy::close);
    }
  }

  @Test
  void an_unknown_key_is_named() {
    runUntilInFlight();
    CliRun status =
        CliRun.of(
            scene.environment(),
            List.of("status", "nobody", "--journal", scene.journal().toString()));
    assertThat(status.exit()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(status.err()).contains("key 'nobody' is unknown to this journal");
    assertDiagnosis("nobody", "UNKNOWN_KEY", "FIX_REQUEST");
  }

  @Test
  void a_wallet_that_was_used_elsewhere_freezes_and_is_resumed_after_its_audit() throws Exception {
    CompletableFuture<CliRun> first =
        CompletableFuture.supplyAsync(() -> run(scene.payout(rows("a"), "--json")));
    mineUntilDone(first, () -> true);
    assertThat(first.get().exit()).as(first.get().all()).isEqualTo(ExitCode.OK);
    spendElsewhere();

    CliRun frozen = scene.run(scene.payout(rows("a", "b"), "--json"));
    assertThat(frozen.exit()).as(frozen.all()).isEqualTo(ExitCode.RUN_AGAIN);
    assertThat(frozen.err()).contains("wallet is FROZEN: JOURNAL_BEHIND");
    assertDiagnosis("b", "JOURNAL_BEHIND", "ASK_OPERATOR");

    CliRun resumed = scene.run(scene.command("resume"));
    assertThat(resumed.exit()).as(resumed.all()).isEqualTo(ExitCode.OK);
    assertThat(resumed.err()).contains("journal's next nonce 1, chain 2", "unknown  0x");

    CompletableFuture<CliRun> last =
        CompletableFuture.supplyAsync(() -> run(scene.payout(rows("a", "b"), "--json")));
    mineUntilDone(last, () -> true);
    assertThat(last.get().exit()).as(last.get().all()).isEqualTo(ExitCode.OK);
    assertThat(last.get().lastLine().path("paidFinal").asInt()).isEqualTo(2);
    assertThat(scene.paidTransactions()).isEqualTo(3);
  }

  @Test
  void a_key_that_a_lost_journal_has_paid_is_held_until_a_person_resolves_it() throws Exception {
    CompletableFuture<CliRun> first =
        CompletableFuture.supplyAsync(() -> run(scene.payout(rows("a"), "--json")));
    mineUntilDone(first, () -> true);
    Path backup = folder.resolve("backup.db");
    try (JdbcTransferStore journal =
        JdbcTransferStore.open(scene.journal(), JournalOptions.defaults())) {
      journal.backup(backup);
    }
    CompletableFuture<CliRun> second =
        CompletableFuture.supplyAsync(() -> run(scene.payout(rows("a", "b"), "--json")));
    mineUntilDone(second, () -> true);
    assertThat(second.get().exit()).as(second.get().all()).isEqualTo(ExitCode.OK);
    String hash = read("status", "b").path("hash").asText();
    restore(backup);

    CliRun frozen = runUntil(OperatorAnvilTest::isFrozen, scene.payout(rows("a", "b"), "--json"));
    assertThat(frozen.err()).contains("JOURNAL_BEHIND");
    CliRun resumed = scene.run(scene.command("resume"));
    assertThat(resumed.exit()).as(resumed.all()).isEqualTo(ExitCode.OK);
    CliRun held =
        runUntil(
            run -> run.lastLine().path("held").asInt() == 1,
            scene.payout(rows("a", "b"), "--json"));
    assertThat(held.lastLine().path("held").asInt()).as(held.all()).isEqualTo(1);
    assertDiagnosis("b", "OUTCOME_CONTRADICTORY", "ASK_OPERATOR");

    CliRun unnamed = scene.run(scene.command("resolve", "b", "--as", "PAID_BY_ORPHAN"));
    assertThat(unnamed.exit()).isEqualTo(ExitCode.BAD_INPUT);
    node.mine(5);
    CliRun resolved =
        scene.run(
            scene.command(
                "resolve", "b", "--as", "PAID_BY_ORPHAN", "--tx", hash, "--reason", "same order"));
    assertThat(resolved.exit()).as(resolved.all()).isEqualTo(ExitCode.OK);
    assertThat(read("status", "b").path("state").asText()).isEqualTo("PAID_FINAL");
    assertThat(scene.paidTransactions()).isEqualTo(2);
  }

  @Test
  void a_backup_of_which_the_chain_shows_nothing_is_frozen_and_resumed_into_a_pause_first()
      throws Exception {
    CompletableFuture<CliRun> first =
        CompletableFuture.supplyAsync(() -> run(scene.payout(rows("a"), "--json")));
    mineUntilDone(first, () -> true);
    assertThat(first.get().exit()).as(first.get().all()).isEqualTo(ExitCode.OK);
    node.mine(5);
    String ruling = "restored from tape 7";

    CliRun paused =
        scene.run(scene.command("resume", "--restored", "--paused", "--reason", ruling));
    assertThat(paused.exit()).as(paused.all()).isEqualTo(ExitCode.OK);
    assertThat(paused.err())
        .contains("wallet is FROZEN: JOURNAL_BEHIND: restored by", ruling, "is paused; cancel");
    CliRun waits =
        runUntil(
            run -> run.lastLine().path("paidFinal").asInt() == 1,
            scene.payout(rows("a", "b"), "--json"));
    assertThat(waits.lastLine().path("paidFinal").asInt()).as(waits.all()).isEqualTo(1);
    assertDiagnosis("b", "LANE_PAUSED", "ASK_OPERATOR");
    CliRun cancelled = scene.run(scene.command("cancel", "b", "--json"));
    assertThat(cancelled.lastLine().path("state").asText()).isEqualTo("REJECTED");

    CliRun resumed = scene.run(scene.command("resume"));
    assertThat(resumed.exit()).as(resumed.all()).isEqualTo(ExitCode.OK);
    assertThat(resumed.err()).contains("the wallet works again");
    assertThat(scene.paidTransactions()).isEqualTo(1);
  }

  private void restore(Path backup) throws IOException {
    for (String part : List.of("", "-wal", "-shm")) {
      Files.deleteIfExists(Path.of(scene.journal() + part));
    }
    Files.copy(backup, scene.journal());
  }

  @Test
  void a_held_payment_ends_the_run_and_says_why() throws IOException {
    // Enough for the amount and one fee of now, too little for the cap that leaves room to rise.
    JsonNode block = node.rpc().call("eth_getBlockByNumber", "latest", false);
    Wei feeNow = Wei.of(NodeRpc.quantity(block.path("baseFeePerGas"))).times(21_000);
    node.setBalance(scene.wallet(), Wei.ofCoins("1").plus(feeNow).plus(Wei.of(1000)));
    CliRun run = scene.run(scene.payout(rows("a"), "--json"));
    assertThat(run.exit()).as(run.all()).isEqualTo(ExitCode.NOT_ALL_PAID);
    assertThat(run.lastLine().path("held").asInt()).isEqualTo(1);
    assertDiagnosis("a", "FUNDS_SHORT", "FUND");

    CliRun cancelled = scene.run(scene.command("cancel", "a", "--json"));
    assertThat(cancelled.exit()).as(cancelled.all()).isEqualTo(ExitCode.OK);
    assertThat(cancelled.lastLine().path("state").asText()).isEqualTo("REJECTED");
    assertThat(node.pendingNonce(scene.wallet())).isZero();
  }

  @Test
  void a_nonce_whose_bytes_a_lost_journal_may_have_sent_is_filled() throws Exception {
    CompletableFuture<CliRun> first =
        CompletableFuture.supplyAsync(() -> run(scene.payout(rows("a"), "--json")));
    mineUntilDone(first, () -> true);
    assertThat(first.get().exit()).as(first.get().all()).isEqualTo(ExitCode.OK);

    CliRun paid = scene.run(scene.command("fill", "0"));
    assertThat(paid.exit()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(paid.err()).contains("nonce 0 pays or paid something");
    CliRun beyond = scene.run(scene.command("fill", "2"));
    assertThat(beyond.exit()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(beyond.err()).contains("nonce 2 is not the next one");

    CliRun racing =
        runUntil(run -> run.out().contains("EXPOSED"), scene.command("fill", "1", "--json"));
    assertThat(racing.exit()).as(racing.all()).isEqualTo(ExitCode.RUN_AGAIN);
    assertThat(racing.lastLine().path("state").asText()).isEqualTo("EXPOSED");
    CompletableFuture<CliRun> again =
        CompletableFuture.supplyAsync(() -> run(scene.command("fill", "1", "--json")));
    mineUntilDone(again, () -> true);
    assertThat(again.get().exit()).as(again.get().all()).isEqualTo(ExitCode.OK);
    assertThat(again.get().lastLine().path("consumer").asText()).isEqualTo("FILL");
    assertThat(scene.paidTransactions()).isEqualTo(2);
    assertThat(scene.balance(1)).isEqualTo(Wei.ofCoins("1"));
  }

  @Test
  void payments_of_a_pool_are_sped_up_cancelled_and_given_up_with_the_keys_of_its_wallets()
      throws Exception {
    PayoutScene other = new PayoutScene(node, operators, folder, ++scenes);
    Map<String, String> one = scene.environment();
    Map<String, String> both = Map.of("PAYONCE_KEY", scene.key() + "," + other.key());
    node.setBalance(other.wallet(), Wei.ofCoins("3"));
    Path rows =
        scene.csv(
            "a,native," + scene.payee(1) + ",1",
            "much,native," + scene.payee(2) + ",8.9",
            "held,native," + scene.payee(3) + ",2.9");
    CliRun unfinished =
        CliRun.until(
            run -> isInFlight("a") && run.lastLine().path("held").asInt() == 1,
            both,
            scene.payout(rows, "--pool", "hot", "--json"));
    assertThat(unfinished.exit()).as(unfinished.all()).isEqualTo(ExitCode.RUN_AGAIN);
    assertThat(read("status", "a").path("state").asText()).isEqualTo("IN_FLIGHT");
    String held = read("list", "--state", "HELD").path("key").asText();
    assertThat(held).as(unfinished.all()).isNotEmpty();

    CliRun blind = CliRun.of(one, scene.command("giveup", held));
    assertThat(blind.exit()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(blind.err()).contains("whichever wallet of the pool hot", "--pool hot");
    CliRun wrong = CliRun.of(both, scene.command("giveup", "a", "--pool", "hot"));
    assertThat(wrong.err()).contains("key 'a' is IN_FLIGHT");
    CliRun givenUp = CliRun.of(both, scene.command("giveup", held, "--pool", "hot", "--json"));
    assertThat(givenUp.exit()).as(givenUp.all()).isEqualTo(ExitCode.OK);
    assertThat(givenUp.lastLine().path("state").asText()).isEqualTo("REJECTED");

    CliRun faster = CliRun.of(both, scene.command("speedup", "a", "--pool", "hot", "--json"));
    assertThat(faster.exit()).as(faster.all()).isEqualTo(ExitCode.OK);
    CompletableFuture<CliRun> cancel =
        CompletableFuture.supplyAsync(
            () -> CliRun.of(both, scene.command("cancel", "a", "--pool", "hot", "--json")));
    mineUntilDone(cancel, () -> read("status", "a").path("hashes").size() == 3);
    assertThat(cancel.get().exit()).as(cancel.get().all()).isEqualTo(ExitCode.OK);
    assertThat(cancel.get().lastLine().path("state").asText()).isEqualTo("CANCELLED_FINAL");
    assertThat(scene.balance(1)).isEqualTo(Wei.ZERO);

    CompletableFuture<CliRun> last =
        CompletableFuture.supplyAsync(
            () -> CliRun.of(both, scene.payout(rows, "--pool", "hot", "--json")));
    mineUntilDone(last, () -> true);
    assertThat(last.get().exit()).as(last.get().all()).isEqualTo(ExitCode.NOT_ALL_PAID);
    assertThat(last.get().lastLine().path("paidFinal").asInt()).isEqualTo(1);
    assertThat(last.get().lastLine().path("notPaid").asInt()).isEqualTo(2);
  }

  private CliRun runUntilInFlight() {
    return runUntil(run -> isInFlight("a"), scene.payout(rows("a"), "--json"));
  }

  private boolean isInFlight(String key) {
    return read("status", key).path("state").asText().equals("IN_FLIGHT");
  }

  private CliRun runUntil(Predicate<CliRun> reached, List<String> args) {
    return CliRun.until(reached, scene.environment(), args);
  }

  private static boolean isFrozen(CliRun run) {
    return run.err().contains("wallet is FROZEN");
  }

  /** Rows of one coin each, with these keys. */
  private Path rows(String... keys) {
    List<String> rows = new ArrayList<>();
    for (String key : keys) {
      rows.add(key + ",native," + scene.payee(rows.size() + 1) + ",1");
    }
    try {
      return scene.csv(rows.toArray(String[]::new));
    } catch (IOException unwritable) {
      throw new UncheckedIOException(unwritable);
    }
  }

  private CliRun run(List<String> args) {
    return scene.run(args);
  }

  /** The node signs for the wallet, as any other program with its key could. */
  private void spendElsewhere() {
    node.rpc().call("anvil_impersonateAccount", scene.wallet().value());
    node.send(scene.wallet(), Address.of("0x" + "fe".repeat(20)), Wei.ONE, Bytes.EMPTY);
    node.mine(3);
  }

  private JsonNode read(String command, String... arguments) {
    List<String> args = new ArrayList<>(List.of(command));
    args.addAll(List.of(arguments));
    args.addAll(List.of("--journal", scene.journal().toString(), "--json"));
    CliRun run = CliRun.of(scene.environment(), args);
    assertThat(run.exit()).as(run.all()).isEqualTo(ExitCode.OK);
    return run.lastLine();
  }

  private void assertDiagnosis(String key, String code, String action) {
    CliRun run =
        CliRun.of(
            scene.environment(),
            List.of(
                "diagnose",
                key,
                "--rpc",
                scene.rpc(3),
                "--json",
                "--journal",
                scene.journal().toString()));
    assertThat(run.exit()).as(run.all()).isEqualTo(ExitCode.OK);
    assertThat(run.lastLine().path("code").asText()).as(run.out()).isEqualTo(code);
    assertThat(run.lastLine().path("nextAction").asText()).isEqualTo(action);
    assertThat(run.lastLine().path("evidence")).isNotEmpty();
  }

  private interface Condition {
    boolean holds();
  }

  /** Mines a block now and then, from the moment on that something holds. */
  private static void mineUntilDone(CompletableFuture<CliRun> run, Condition from)
      throws Exception {
    boolean mining = false;
    while (!run.isDone()) {
      mining = mining || from.holds();
      if (mining) {
        node.mine(1);
      }
      CompletableFuture.anyOf(run).completeOnTimeout(null, 300, TimeUnit.MILLISECONDS).get();
    }
  }
}
