package io.payonce.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcOutcome;
import io.payonce.testing.FaultProxy;
import io.payonce.testing.HttpReply;
import io.payonce.testing.ProxiedRequest;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two processes after one another on real sockets and a real file: what the servers saw. */
final class RestartSocketsTest {
  private static final String KEY = "markedpathkey42";
  private static final CreditTable TABLE =
      new CreditTable(
          "own",
          URI.create("https://contract.example/"),
          LocalDate.of(2026, 1, 1),
          1,
          new TreeMap<>(Map.of("eth_gasPrice", 10L)));

  private final List<FaultProxy> servers = new ArrayList<>();
  @TempDir private Path folder;

  /** The second one returns another hash than that of the bytes it is given. */
  @BeforeEach
  void start() {
    for (int i = 0; i < 3; i++) {
      long nonce = i == 1 ? 99 : 1;
      servers.add(FaultProxy.scripted(request -> answer(request, nonce)).start());
    }
  }

  @AfterEach
  void stop() {
    servers.forEach(FaultProxy::close);
  }

  private static HttpReply answer(ProxiedRequest request, long nonce) {
    List<String> answers = new ArrayList<>();
    for (ProxiedRequest.Call call : request.calls()) {
      String result =
          switch (call.method()) {
            case "eth_chainId" -> "0x1";
            case "eth_sendRawTransaction" -> Rig.transaction(nonce).hash().value();
            case "web3_clientVersion" -> "Geth/v1.13.5";
            default -> "0x5";
          };
      answers.add(ScriptedTransport.element(call.id(), ScriptedTransport.text(result)));
    }
    return HttpReply.json(request.batch() ? ScriptedTransport.array(answers) : answers.get(0));
  }

  /** A process of its own on the same file; the servers are the same. */
  private RpcPool process() {
    RpcPoolBuilder builder =
        RpcPool.builder(Rig.CHAIN)
            .stateStore(FileRoutingStateStore.at(folder.resolve("routing.state")));
    for (int i = 0; i < servers.size(); i++) {
      String name = "node-" + i;
      builder.endpoint(
          Endpoint.builder(name, name, SecretUri.of(servers.get(i).url() + "/v3/" + KEY))
              .credits(TABLE, 1_000_000)
              .build());
    }
    return builder.build();
  }

  private static void read(RpcPool pool, int times) {
    for (int i = 0; i < times; i++) {
      // Each alone: equal reads at the same time would be one.
      assertThat(pool.call(Requests.gasPrice(), CallOptions.within(Duration.ofSeconds(20))).join())
          .isInstanceOf(RpcOutcome.Ok.class);
    }
  }

  private static long spent(RpcPool pool) {
    return pool.health().stream().mapToLong(h -> h.credits().orElseThrow().spent()).sum();
  }

  private long seen(int server, String method) {
    return servers.get(server).log().stream()
        .flatMap(seen -> seen.request().calls().stream())
        .filter(call -> call.method().equals(method))
        .count();
  }

  private long seen() {
    long credits = 0;
    for (FaultProxy server : servers) {
      for (FaultProxy.Seen seen : server.log()) {
        for (ProxiedRequest.Call call : seen.request().calls()) {
          credits += TABLE.price(call.method());
        }
      }
    }
    return credits;
  }

  /**
   * The last work of a closed pool saves its state; a probe may still be on its way to a server.
   */
  private void untilSaved() throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (saved() != seen()) {
      assertThat(System.nanoTime())
          .as("saved %d, seen by the servers %d", saved(), seen())
          .isLessThan(end);
      Thread.onSpinWait();
    }
  }

  private long saved() throws Exception {
    return FileRoutingStateStore.at(folder.resolve("routing.state"))
        .load()
        .orElseThrow()
        .credits()
        .values()
        .stream()
        .mapToLong(RoutingState.Spent::credits)
        .sum();
  }

  @Test
  void a_liar_stays_out_and_credits_are_counted_on_from_what_the_servers_saw() throws Exception {
    try (RpcPool pool = process()) {
      read(pool, 20);
      pool.broadcast(Rig.transaction(1), BroadcastOptions.EVERYONE).join();
      assertThat(pool.health().get(1).state()).isEqualTo(EndpointHealth.State.QUARANTINED);
    }
    untilSaved();
    long first = seen();
    long before = seen(1, "eth_gasPrice");
    try (RpcPool pool = process()) {
      assertThat(spent(pool)).isEqualTo(first);
      read(pool, 40);
      assertThat(seen(1, "eth_gasPrice")).isEqualTo(before);
      assertThat(pool.release("node-1", "ann")).isTrue();
    }
    untilSaved();
    try (RpcPool pool = process()) {
      assertThat(spent(pool)).isGreaterThan(first).isEqualTo(seen());
      assertThat(pool.health().get(1).state()).isNotEqualTo(EndpointHealth.State.QUARANTINED);
    }
    assertThat(Files.readString(folder.resolve("routing.state")))
        .contains("credits node-0")
        .doesNotContain(KEY, "127.0.0.1");
  }
}
