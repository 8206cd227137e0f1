package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.error;
import static io.payonce.routing.ScriptedTransport.fault;
import static io.payonce.routing.ScriptedTransport.http;
import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.silence;
import static io.payonce.routing.ScriptedTransport.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.payonce.Address;
import io.payonce.SignedTransaction;
import io.payonce.Wei;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.rpc.BlockTag;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcOutcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Each metric against what the endpoints themselves have seen. */
final class RoutingMetricsTest {
  private final RecordedMetrics metrics = new RecordedMetrics();
  private Rig rig = rig("a", "b", "c");

  private Rig rig(String... operators) {
    Rig fresh = Rig.of(operators).metrics(metrics);
    fresh.transports.values().forEach(transport -> transport.script = request -> text("0x5"));
    return fresh;
  }

  private RpcOutcome<Wei> call() {
    return rig.await(rig.pool().call(Requests.gasPrice(), CallOptions.DEFAULT));
  }

  private long bodies() {
    return rig.transports.values().stream().mapToLong(transport -> transport.bodies.size()).sum();
  }

  @Test
  void every_body_that_an_endpoint_gets_is_an_attempt_with_its_outcome_and_latency() {
    Map<String, ScriptedTransport.Says> outcomes =
        Map.of(
            "error", error(-32000, "header not found"),
            "timeout", silence(),
            "transport", fault(BytesSent.ALL),
            "throttled", http(429, ""),
            "malformed", result("{}"));
    outcomes.forEach(
        (outcome, says) -> {
          rig = rig("a", "b");
          long before = metrics.counted("attempts", "outcome", outcome);
          rig.at("a").script = request -> says;
          for (int i = 0; i < 20; i++) {
            call();
          }
          rig.time.runFor(Duration.ofSeconds(10));
          assertThat(metrics.counted("attempts", "outcome", outcome)).isGreaterThan(before);
        });
    RecordedMetrics fresh = new RecordedMetrics();
    rig = Rig.of("a", "b", "c").metrics(fresh);
    rig.transports.values().forEach(transport -> transport.script = request -> text("0x5"));
    for (int i = 0; i < 50; i++) {
      call();
    }
    rig.transports.forEach(
        (name, transport) -> {
          assertThat(fresh.counted("attempts", "endpoint", name))
              .isEqualTo(transport.bodies.size());
          assertThat(fresh.counted("attempts", "endpoint", name, "class", "quick"))
              .isEqualTo(transport.count("eth_gasPrice"));
          assertThat(fresh.timed("attempt.latency", "endpoint", name, "class", "quick"))
              .hasSize((int) transport.count("eth_gasPrice"))
              .allMatch(took -> took.equals(transport.delay));
        });
    assertThat(fresh.counted("attempts")).isEqualTo(bodies());
  }

  @Test
  void a_hedge_says_whether_it_was_worth_it() {
    rig = rig("a", "b");
    for (int i = 0; i < 50; i++) {
      call();
    }
    rig.at("a").delay = Duration.ofMillis(700);
    for (int i = 0; i < 10; i++) {
      call();
    }
    assertThat(metrics.counted("hedge", "endpoint", "b", "won", "true")).isPositive();
    rig.at("b").delay = Duration.ofMillis(1_500);
    for (int i = 0; i < 20; i++) {
      rig.time.runFor(Duration.ofSeconds(60));
      call();
    }
    assertThat(metrics.counted("hedge", "won", "false")).isPositive();
  }

  @Test
  void a_call_that_ends_for_want_of_time_is_counted_once() {
    rig.transports.values().forEach(transport -> transport.script = request -> silence());
    call();
    call();
    assertThat(metrics.counted("deadline.exceeded", "class", "quick")).isEqualTo(2);
  }

  @Test
  void states_and_pauses_are_gauges() {
    for (int i = 0; i < 10; i++) {
      call();
    }
    assertThat(metrics.gauged("breaker.state", "endpoint", "a")).isEqualTo(0);
    rig.at("a").script = request -> fault(BytesSent.ALL);
    rig.time.runFor(Duration.ofSeconds(30));
    for (int i = 0; rig.health("a").state() != State.DOWN && i < 100; i++) {
      call();
    }
    assertThat(metrics.gauged("breaker.state", "endpoint", "a")).isEqualTo(2);
    assertThat(metrics.counted("selection.skips", "endpoint", "a", "reason", "down")).isZero();
    rig.time.runFor(Duration.ofMillis(200));
    call();
    assertThat(metrics.counted("selection.skips", "endpoint", "a", "reason", "down")).isPositive();
    rig.at("b").headers.put("retry-after", "30");
    rig.at("b").status = 429;
    rig.at("b").script = request -> error(-32005, "slow down");
    for (int i = 0; rig.health("b").throttledFor().isZero() && i < 100; i++) {
      call();
    }
    assertThat(metrics.gauged("throttle.until", "endpoint", "b"))
        .isEqualTo(
            rig.time.now().plus(rig.health("b").throttledFor()).toEpochMilli() / 1_000.0,
            within(0.1));
    rig.time.runFor(Duration.ofMillis(200));
    call();
    assertThat(metrics.counted("selection.skips", "endpoint", "b", "reason", "throttled"))
        .isPositive();
  }

  @Test
  void lags_are_those_of_the_ends_of_the_chain() {
    ScriptedChain chain = new ScriptedChain();
    chain.grow(20);
    rig.transports.forEach((name, transport) -> new ViewNode(transport, chain));
    ViewNode late = new ViewNode(rig.at("c"), chain);
    late.lag = 5;
    for (int i = 0; i < 30; i++) {
      rig.await(rig.pool().call(Requests.blockRef("latest"), CallOptions.DEFAULT));
      rig.time.runFor(Duration.ofSeconds(1));
    }
    assertThat(metrics.gauged("lag", "endpoint", "a", "of", "head")).isZero();
    assertThat(metrics.gauged("lag", "endpoint", "c", "of", "head")).isEqualTo(5);
    for (String tag : List.of("safe", "finalized")) {
      rig.transports.forEach(
          (name, transport) ->
              transport.script =
                  request ->
                      request.params().path(0).asText().equals(tag) && name.equals("b")
                          ? chain.says(Requests.quantity(103))
                          : chain.says(Requests.quantity(110)));
      rig.await(
          rig.pool()
              .criticalRead(
                  new Fact.Height(tag.equals("safe") ? BlockTag.SAFE : BlockTag.FINALIZED),
                  CallOptions.DEFAULT));
      assertThat(metrics.gauged("lag", "endpoint", "b", "of", tag)).isEqualTo(7);
      assertThat(metrics.gauged("lag", "endpoint", "a", "of", tag)).isZero();
    }
  }

  @Test
  void critical_reads_count_their_results_and_conflicts() {
    Fact.PendingNonce unsure = new Fact.PendingNonce(Address.ZERO);
    rig.await(rig.pool().criticalRead(new Fact.Chain(), CallOptions.DEFAULT));
    assertThat(metrics.counted("quorum", "fact", "Chain", "result", "agreed")).isEqualTo(1);
    rig.transports.values().forEach(transport -> transport.script = request -> silence());
    rig.await(rig.pool().criticalRead(unsure, CallOptions.DEFAULT));
    assertThat(metrics.counted("quorum", "fact", "PendingNonce", "result", "unavailable"))
        .isEqualTo(1);
    ScriptedChain chain = new ScriptedChain();
    rig = rig("a", "b", "c");
    rig.transports.forEach(
        (name, transport) -> {
          String hash = "0x" + (name.equals("c") ? "cc" : "aa").repeat(32);
          transport.script = request -> result("{\"number\":\"0x64\",\"hash\":\"" + hash + "\"}");
          transport.delay = Duration.ofMillis(name.equals("c") ? 1 : 10);
        });
    rig.await(
        rig.pool().criticalRead(new Fact.BlockRefAt(chain.tip().number()), CallOptions.DEFAULT));
    assertThat(metrics.counted("quorum", "fact", "BlockRefAt", "result", "dissent")).isEqualTo(1);
    assertThat(metrics.counted("conflict", "fact", "BlockRefAt")).isEqualTo(1);
    rig.at("b").script =
        request -> result("{\"number\":\"0x64\",\"hash\":\"0x" + "bb".repeat(32) + "\"}");
    rig.await(
        rig.pool().criticalRead(new Fact.BlockRefAt(chain.tip().number()), CallOptions.DEFAULT));
    assertThat(metrics.counted("quorum", "fact", "BlockRefAt", "result", "conflict")).isEqualTo(1);
    assertThat(metrics.counted("conflict", "fact", "BlockRefAt")).isEqualTo(2);
  }

  @Test
  void broadcasts_count_verdicts_and_sightings_take_time() {
    SignedTransaction tx = Rig.transaction(1);
    String found = Rig.shown(tx);
    rig.transports.forEach(
        (name, transport) ->
            transport.script =
                request ->
                    request.method().equals("eth_getTransactionByHash")
                        ? result(found)
                        : name.equals("b")
                            ? error(-32000, "already known")
                            : text(tx.hash().value()));
    rig.await(rig.pool().broadcast(tx, BroadcastOptions.EVERYONE));
    rig.transports.forEach(
        (name, transport) ->
            assertThat(
                    metrics.counted(
                        "broadcast",
                        "endpoint",
                        name,
                        "verdict",
                        name.equals("b") ? "already_known" : "accepted"))
                .isEqualTo(transport.count("eth_sendRawTransaction"))
                .isEqualTo(1));
    assertThat(metrics.counted("attempts", "class", "submit", "outcome", "ok")).isEqualTo(2);
    rig.await(rig.pool().sighting(tx));
    assertThat(metrics.timed("sighting.delay", "endpoint", "b"))
        .containsExactly(Duration.ofMillis(210));
  }

  @Test
  void the_share_of_probes_is_that_of_the_bodies_that_only_ask_how_an_endpoint_is() {
    for (int i = 0; i < 200; i++) {
      call();
      rig.time.runFor(Duration.ofMillis(500));
    }
    ScriptedTransport a = rig.at("a");
    long probes = a.bodies.size() - a.count("eth_gasPrice");
    assertThat(probes).isPositive();
    assertThat(metrics.gauged("probe.share", "endpoint", "a"))
        .isEqualTo((double) probes / a.bodies.size(), within(0.02));
  }

  @Test
  void credits_are_those_of_the_requests_that_were_sent() {
    CreditTable prices = CreditTable.of("alchemy");
    rig =
        new Rig()
            .metrics(metrics)
            .endpoint(Rig.like("a").credits(prices, 100_000).build())
            .endpoint(Rig.like("b").build());
    rig.transports.values().forEach(transport -> transport.script = request -> text("0x5"));
    for (int i = 0; i < 20; i++) {
      call();
    }
    long spent = rig.health("a").credits().orElseThrow().spent();
    assertThat(spent)
        .isGreaterThanOrEqualTo(rig.at("a").count("eth_gasPrice") * prices.price("eth_gasPrice"));
    assertThat(metrics.gauged("credits.spent", "endpoint", "a")).isEqualTo((double) spent);
    assertThat(metrics.gauged("credits.remaining", "endpoint", "a"))
        .isEqualTo((double) (100_000 - spent));
    assertThat(metrics.gauged("credits.spent", "endpoint", "b")).isNegative(); // never told
  }

  @Test
  void views_never_regress() {
    ScriptedChain chain = new ScriptedChain();
    rig.transports.forEach((name, transport) -> new ViewNode(transport, chain));
    for (int i = 0; i < 10; i++) {
      chain.grow(1);
      rig.await(rig.pool().view(ViewOptions.NEWEST));
    }
    assertThat(metrics.names()).contains("view.regressions");
    assertThat(metrics.counted("view.regressions")).isZero();
  }

  private static RoutingMetrics breaking(Runnable broken) {
    return new RoutingMetrics() {
      @Override
      public void count(String name, long by, String... labels) {
        broken.run();
      }

      @Override
      public void gauge(String name, double value, String... labels) {
        broken.run();
      }

      @Override
      public void time(String name, Duration took, String... labels) {
        broken.run();
      }
    };
  }

  @Test
  void what_the_hosts_metrics_throw_is_counted_and_reaches_no_call() {
    List<Runnable> ways =
        List.of(
            () -> {
              throw new IllegalStateException("full");
            },
            () -> {
              throw new NoSuchMethodError("a registry in another version");
            });
    for (Runnable broken : ways) {
      rig = Rig.of("a", "b").metrics(breaking(broken));
      rig.transports.values().forEach(transport -> transport.script = request -> text("0x5"));
      for (int i = 0; i < 20; i++) {
        assertThat(call()).isInstanceOf(RpcOutcome.Ok.class);
      }
      rig.await(rig.pool().criticalRead(new Fact.Chain(), CallOptions.DEFAULT));
      rig.await(rig.pool().broadcast(Rig.transaction(1), BroadcastOptions.DEFAULT));
      assertThat(rig.pool().failedMetrics()).isGreaterThan(40);
    }
  }

  @Test
  void the_documentation_names_what_the_code_emits() throws Exception {
    TreeSet<String> emitted = new TreeSet<>();
    Pattern emits = Pattern.compile("(?:count|gauge|time)\\(\\s*\"([a-z.]+)\"");
    Path sources = Path.of("src/main/java/io/payonce/routing");
    try (var files = Files.list(sources)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        Matcher found = emits.matcher(Files.readString(file));
        while (found.find()) {
          emitted.add(found.group(1));
        }
      }
    }
    TreeSet<String> documented = new TreeSet<>();
    Matcher row =
        Pattern.compile("<tr><td>([a-z.]+)<td>")
            .matcher(Files.readString(sources.resolve("RoutingMetrics.java")));
    while (row.find()) {
      documented.add(row.group(1));
    }
    assertThat(documented).hasSizeGreaterThan(10).isEqualTo(emitted);
  }
}
