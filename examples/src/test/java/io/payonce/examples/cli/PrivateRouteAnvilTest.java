package io.payonce.examples.cli;

import static io.payonce.examples.cli.RelayedEndpoints.saw;
import static io.payonce.examples.cli.RelayedEndpoints.sawAny;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.payonce.ChainId;
import io.payonce.ChainProfile;
import io.payonce.ChainProfiles;
import io.payonce.TransactionHash;
import io.payonce.Wei;
import io.payonce.examples.node.AnvilNode;
import io.payonce.routing.Endpoint;
import io.payonce.routing.RoutingPolicy;
import io.payonce.routing.RpcPool;
import io.payonce.routing.RpcPoolBuilder;
import io.payonce.rpc.Route;
import io.payonce.testing.FaultProxy;
import io.payonce.testing.RequiredPart;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What everyone but a relay hears of payments by a private route, by what their servers saw. */
final class PrivateRouteAnvilTest {
  private static final String RELAY = "relay";
  private static final ChainProfile PROFILE =
      ChainProfiles.builtIn().requireSupported(ChainId.of(31_337));

  private final AnvilNode node =
      RequiredPart.orSkip(() -> AnvilNode.builder().manualMining().start());
  private final List<FaultProxy> everyone = new ArrayList<>();
  private FaultProxy relay;
  private PayoutScene scene;

  @TempDir private Path folder;

  @BeforeEach
  void start() {
    node.mine(5);
    relay = FaultProxy.forwardingTo(node.url()).start();
    for (int i = 0; i < 3; i++) {
      everyone.add(FaultProxy.forwardingTo(node.url()).start());
    }
    scene = new PayoutScene(node, everyone, folder, 7001);
  }

  @AfterEach
  void stop() {
    everyone.forEach(FaultProxy::close);
    relay.close();
    node.close();
  }

  private Path endpoints() throws IOException {
    return RelayedEndpoints.write(folder, Map.of(RELAY, relay), "\"private_submit\"", everyone);
  }

  private List<String> command(String name, String timeout, String... more) throws IOException {
    List<String> args = new ArrayList<>(List.of(name, "--endpoints", endpoints().toString()));
    args.addAll(List.of("--yes", "--json", "--journal", scene.location(), "--timeout", timeout));
    args.addAll(List.of(more));
    return args;
  }

  private CliRun payout(String... more) throws IOException {
    List<String> args = command("payout", "60s", more);
    args.addAll(List.of("--csv", scene.csv("a,native," + scene.payee(1) + ",1").toString()));
    return CliRun.until(
        run -> run.exit() != ExitCode.RUN_AGAIN || state().equals("IN_FLIGHT"),
        scene.environment(),
        args);
  }

  private JsonNode status() {
    return scene
        .run(List.of("status", "a", "--json", "--journal", scene.journal().toString()))
        .lastLine();
  }

  private String state() {
    return status().path("state").asText();
  }

  /** What is in a block is everyone's; what it replaced never was. */
  private void nobodyElseKnows() {
    List<JsonNode> hidden = new ArrayList<>();
    JsonNode status = status();
    status.path("hashes").forEach(hidden::add);
    hidden.remove(status.path("hash"));
    assertThat(hidden).isNotEmpty();
    for (FaultProxy each : everyone) {
      assertThat(saw(each, body -> body.contains("eth_sendRawTransaction"))).isFalse();
      assertThat(sawAny(List.of(each), hidden)).isFalse();
      assertThat(each.requests()).isGreaterThan(10); // they were asked for the rest
    }
  }

  @Test
  void a_payment_its_replacement_and_its_cancel_go_to_the_relay_alone() throws Exception {
    CliRun unfinished = payout("--private-route", RELAY);
    assertThat(unfinished.exit()).as(unfinished.all()).isEqualTo(ExitCode.RUN_AGAIN);
    assertThat(state()).isEqualTo("IN_FLIGHT");
    CliRun faster = scene.run(command("speedup", "60s", "a", "--private-route", RELAY));
    assertThat(faster.exit()).as(faster.all()).isEqualTo(ExitCode.OK);
    assertThat(status().path("hashes")).hasSize(2);
    CliRun active = scene.run(command("resume", "60s", "--private-route", RELAY));
    assertThat(active.exit()).as(active.all()).isEqualTo(ExitCode.OK);

    List<String> cancel = command("cancel", "60s", "a", "--private-route", RELAY);
    CompletableFuture<CliRun> cancelling = CompletableFuture.supplyAsync(() -> scene.run(cancel));
    while (!cancelling.isDone()) {
      String third = status().path("hashes").path(2).asText();
      if (!third.isEmpty() && !node.rpc().call("eth_getTransactionByHash", third).isNull()) {
        node.mine(1); // not before the cancel is where it is mined from
      }
      CompletableFuture.anyOf(cancelling).completeOnTimeout(null, 300, MILLISECONDS).get();
    }
    assertThat(cancelling.get().exit()).as(cancelling.get().all()).isEqualTo(ExitCode.OK);
    assertThat(state()).isEqualTo("CANCELLED_FINAL");
    assertThat(scene.balance(1)).isEqualTo(Wei.ZERO);
    assertThat(saw(relay, body -> body.contains("eth_sendRawTransaction"))).isTrue();
    nobodyElseKnows();
  }

  @Test
  void a_route_that_was_forgotten_is_refused_before_anything_is_sent() throws Exception {
    CliRun unfinished = payout("--private-route", RELAY);
    assertThat(unfinished.exit()).as(unfinished.all()).isEqualTo(ExitCode.RUN_AGAIN);
    for (List<String> forgotten :
        List.of(
            command("speedup", "60s", "a"),
            command("cancel", "60s", "a"),
            command("resume", "60s"))) {
      CliRun run = scene.run(forgotten);
      assertThat(run.exit()).as(run.all()).isEqualTo(ExitCode.BAD_INPUT);
      assertThat(run.err()).contains("role private_submit are given, [relay]", "--private-route");
    }
    assertThat(payout().exit()).isEqualTo(ExitCode.BAD_INPUT);
    nobodyElseKnows();
  }

  @Test
  void a_used_nonce_is_looked_up_by_hash_only_behind_the_private_window_of_the_pool()
      throws Exception {
    payout("--private-route", RELAY);
    JsonNode hashes = status().path("hashes");
    List<TransactionHash> asked = List.of(TransactionHash.of(hashes.path(0).asText()));
    RpcPoolBuilder pool =
        RpcPool.builder(PROFILE).policy(RoutingPolicy.builder().privateWindow(3).build());
    for (FaultProxy each : everyone) {
      String name = "public-" + everyone.indexOf(each);
      pool.endpoint(Endpoint.of(name, name, each.url().toString()));
    }
    try (Network network = new Network(PROFILE, pool.build(), Route.PUBLIC)) {
      for (int blocks = 1; blocks <= 5; blocks++) {
        node.mine(1);
        UsedNonce used = new UsedNonce(network, scene.wallet(), 0);
        assertThat(used.by(asked, network.head())).contains(asked.get(0));
        assertThat(sawAny(everyone, hashes)).as("after %s blocks", blocks).isEqualTo(blocks > 3);
      }
    }
  }
}
