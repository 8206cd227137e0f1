package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.Receipt;
import io.payonce.TransactionHash;
import io.payonce.Wei;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.routing.ScriptedTransport.Received;
import io.payonce.routing.ScriptedTransport.Says;
import io.payonce.rpc.BlockTag;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.IncludedLog;
import io.payonce.rpc.Operator;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What it costs an endpoint that several nodes answer under its name, and what it does not. */
final class InconsistentEndpointTest {
  private static final BlockRef AT = block(100);
  private static final Address ACCOUNT = Address.of("0x00000000000000000000000000000000000000aa");
  private static final TransactionHash HASH = TransactionHash.of("0x" + "22".repeat(32));

  private final List<String> told = new ArrayList<>();
  private final RecordedMetrics metrics = new RecordedMetrics();

  /** What every node says of the transaction, and the logs that every node lists. */
  private String receipt = "null";

  private List<String> logs = List.of();

  /** Endpoints of which every second question goes to a node on another branch. */
  private final TreeSet<String> mixed = new TreeSet<>();

  private final Rig rig =
      Rig.of("a", "b", "c")
          .metrics(metrics)
          .listener(
              new RoutingListener() {
                @Override
                public void inconsistent(String endpoint, String evidence) {
                  told.add(endpoint + ": " + evidence);
                }

                @Override
                public void consistentAgain(String endpoint) {
                  told.add(endpoint + " is one again");
                }
              });

  private static BlockRef block(long number) {
    return block(number, number);
  }

  private static BlockRef block(long number, long hash) {
    return new BlockRef(number, BlockHash.of("0x" + String.format("%064x", hash)));
  }

  private InconsistentEndpointTest() {
    rig.transports.forEach(
        (name, transport) -> {
          int[] heads = {0};
          transport.script = request -> says(name, request, heads);
        });
  }

  private Says says(String name, Received request, int[] heads) {
    if (request.method().equals("eth_getBlockByNumber")) {
      String asked = request.params().path(0).asText();
      boolean isNewest = asked.equals("latest");
      boolean isOther = isNewest && mixed.contains(name) && heads[0]++ % 2 == 1;
      long age = Duration.between(rig.start, rig.time.now()).toSeconds() / 12;
      long number = isNewest ? 100 + age : Long.parseLong(asked.substring(2), 16);
      BlockRef shown = isOther ? block(number, 1_000_000 + number) : block(number);
      return result(
          "{\"number\":\""
              + Requests.quantity(number)
              + "\",\"hash\":\""
              + shown.hash().value()
              + "\",\"timestamp\":\"0x1\",\"parentHash\":\""
              + block(number - 1).hash().value()
              + "\"}");
    }
    return switch (request.method()) {
      case "eth_getTransactionReceipt" -> result(receipt);
      case "eth_getLogs" -> result("[" + String.join(",", logs) + "]");
      case "eth_getBalance" -> text("0x7");
      default -> text("0x5");
    };
  }

  /** Everybody is asked for the newest block each three seconds. */
  private void heads(Duration howLong) {
    for (long left = howLong.toSeconds(); left > 0; left -= 3) {
      rig.await(rig.pool().criticalRead(new Fact.Height(BlockTag.LATEST), CallOptions.DEFAULT));
      rig.time.runFor(Duration.ofSeconds(3));
    }
  }

  private QuorumResult<Optional<Receipt>> receipt() {
    return rig.await(rig.pool().criticalRead(new Fact.ReceiptOf(HASH, AT), CallOptions.DEFAULT));
  }

  @Test
  void its_absences_are_no_votes_and_all_its_other_votes_are() {
    mixed.add("a");
    heads(Duration.ofMinutes(3));
    assertThat(rig.health("a").inconsistency()).contains("that it had replaced");
    assertThat(((QuorumResult.Agreed<Optional<Receipt>>) receipt()).votes())
        .containsExactly(new Operator("b"), new Operator("c"));
    mixed.add("b");
    heads(Duration.ofMinutes(3));
    assertThat(receipt())
        .isInstanceOfSatisfying(
            QuorumResult.Unavailable.class,
            none -> {
              assertThat(none.conflict()).isFalse();
              assertThat(none.reason()).contains("a is several nodes", "b is several nodes");
            });
    mixed.add("c");
    heads(Duration.ofMinutes(3));
    assertThat(
            rig.await(rig.pool().criticalRead(new Fact.Balance(ACCOUNT, AT), CallOptions.DEFAULT)))
        .isInstanceOfSatisfying(
            QuorumResult.Agreed.class, all -> assertThat(all.value()).isEqualTo(Wei.of(7)));
    assertThat(rig.pool().health()).allMatch(health -> health.state() == State.UP);
  }

  @Test
  void a_receipt_of_a_later_block_is_an_absence_too() {
    receipt =
        """
        {"transactionHash":"%s","blockHash":"%s","blockNumber":"0x69","status":"0x1",
        "gasUsed":"0x5208","effectiveGasPrice":"0x7","transactionIndex":"0x0","logs":[],
        "from":"%s","contractAddress":null,"to":"%s","type":"0x2","cumulativeGasUsed":"0x5208",
        "logsBloom":"0x%s"}"""
            .formatted(HASH, block(105).hash().value(), ACCOUNT, ACCOUNT, "00".repeat(256));
    mixed.addAll(List.of("a", "b"));
    heads(Duration.ofMinutes(3));
    assertThat(receipt())
        .isInstanceOfSatisfying(
            QuorumResult.Unavailable.class,
            none -> assertThat(none.reason()).contains("a is several nodes", "b is several nodes"));
    BlockRef later = block(106);
    assertThat(
            rig.await(
                rig.pool().criticalRead(new Fact.ReceiptOf(HASH, later), CallOptions.DEFAULT)))
        .isInstanceOfSatisfying(
            QuorumResult.Agreed.class, all -> assertThat((Optional<?>) all.value()).isPresent());
  }

  private static String log(long number) {
    return """
        {"address":"%s","topics":[],"data":"0x","logIndex":"0x0","transactionHash":"%s",
        "blockNumber":"%s","blockHash":"%s","removed":false}"""
        .formatted(ACCOUNT, HASH, Requests.quantity(number), block(number).hash().value());
  }

  private QuorumResult<List<IncludedLog>> logsFrom(long first) {
    rig.transports.values().forEach(ScriptedTransport::forget);
    Fact<List<IncludedLog>> fact = new Fact.LogsIn(first, AT, List.of(), List.of());
    QuorumResult<List<IncludedLog>> result =
        rig.await(rig.pool().criticalRead(fact, CallOptions.DEFAULT));
    rig.transports.forEach(
        (name, transport) -> assertThat(transport.count("eth_getLogs")).as(name).isPositive());
    return result;
  }

  @Test
  void its_list_without_logs_of_some_block_is_no_vote() {
    mixed.add("a");
    heads(Duration.ofMinutes(3));
    assertThat(((QuorumResult.Agreed<List<IncludedLog>>) logsFrom(100)).votes())
        .containsExactly(new Operator("b"), new Operator("c"));
    mixed.add("b");
    heads(Duration.ofMinutes(3));
    for (List<String> listed : List.of(List.<String>of(), List.of(log(99)), List.of(log(100)))) {
      logs = listed;
      assertThat(logsFrom(99))
          .isInstanceOfSatisfying(
              QuorumResult.Unavailable.class,
              none -> {
                assertThat(none.conflict()).isFalse();
                assertThat(none.reason()).contains("a is several nodes", "b is several nodes");
              });
    }
    assertThat(rig.pool().health()).allMatch(health -> health.dissents() == 0);
  }

  @Test
  void its_list_with_logs_of_every_block_is_a_vote() {
    mixed.addAll(List.of("a", "b", "c"));
    heads(Duration.ofMinutes(3));
    logs = List.of(log(99), log(100));
    assertThat(((QuorumResult.Agreed<List<IncludedLog>>) logsFrom(99)).value()).hasSize(2);
    logs = List.of(log(100));
    assertThat(((QuorumResult.Agreed<List<IncludedLog>>) logsFrom(100)).value()).hasSize(1);
    assertThat(logsFrom(99)).isInstanceOf(QuorumResult.Unavailable.class);
  }

  /** By whoever answers, and not by a vote. */
  private RpcOutcome<List<?>> logsOf(Map<String, Object> filter) {
    rig.transports.values().forEach(ScriptedTransport::forget);
    return rig.await(
        rig.pool()
            .call(
                new RpcRequest<>("eth_getLogs", List.of(filter), InconsistentEndpointTest::list),
                CallOptions.DEFAULT));
  }

  private static List<?> list(@Nullable Object json) {
    return (List<?>) Objects.requireNonNull(json);
  }

  private void down(String... names) {
    for (String name : names) {
      rig.at(name).chainId = "";
      rig.at(name).script = request -> ScriptedTransport.fault(BytesSent.NONE);
    }
    rig.time.runFor(Duration.ofSeconds(30));
    for (String name : names) {
      assertThat(rig.health(name).state()).isEqualTo(State.DOWN);
    }
  }

  private static Map<String, Object> blocks(long from, long to) {
    return Map.of("fromBlock", Requests.quantity(from), "toBlock", Requests.quantity(to));
  }

  @Test
  void a_call_does_not_believe_its_list_without_logs_of_some_block_and_asks_another_one() {
    mixed.addAll(List.of("a", "b"));
    heads(Duration.ofMinutes(3));
    down("c");
    List<Map<String, Object>> open =
        List.of(
            blocks(99, 100),
            blocks(100, 100),
            Map.of("fromBlock", "latest"),
            Map.of("fromBlock", "0x63", "toBlock", "latest"));
    for (Map<String, Object> filter : open) {
      assertThat(logsOf(filter))
          .as("%s", filter)
          .isInstanceOfSatisfying(
              RpcOutcome.Failed.class,
              none -> assertThat(none.failure()).isInstanceOf(RpcFailure.Behind.class));
      assertThat(rig.at("a").count("eth_getLogs") + rig.at("b").count("eth_getLogs"))
          .as("%s", filter)
          .isGreaterThan(1);
    }
    logs = List.of(log(100), log(100));
    assertThat(logsOf(blocks(99, 100))).isInstanceOf(RpcOutcome.Failed.class);
    assertThat(logsOf(blocks(100, 100))).isInstanceOf(RpcOutcome.Ok.class);
    logs = List.of(log(99), log(100));
    assertThat(logsOf(blocks(99, 100))).isInstanceOf(RpcOutcome.Ok.class);
    logs = List.of();
    Map<String, Object> byHash = Map.of("blockHash", block(100).hash().value());
    assertThat(logsOf(byHash))
        .as("a node without the block refuses")
        .isInstanceOf(RpcOutcome.Ok.class);
    mixed.remove("b");
    heads(Duration.ofMinutes(12));
    assertThat(logsOf(blocks(99, 100))).isEqualTo(new RpcOutcome.Ok<>(List.of(), "b"));
  }

  @Test
  void a_call_does_not_believe_that_blocks_above_the_head_of_one_that_trails_have_no_logs() {
    for (String name : List.of("b", "c")) {
      rig.at(name).script = request -> newest(300, request);
    }
    rig.at("a").script = request -> newest(100, request);
    heads(Duration.ofMinutes(1));
    assertThat(rig.health("a").behind()).isTrue();
    down("b", "c");
    assertThat(logsOf(blocks(90, 100))).isEqualTo(new RpcOutcome.Ok<>(List.of(), "a"));
    assertThat(logsOf(blocks(90, 101))).isInstanceOf(RpcOutcome.Failed.class);
    assertThat(logsOf(Map.of("fromBlock", "0x5a"))).isInstanceOf(RpcOutcome.Failed.class);
  }

  private Says newest(long number, Received request) {
    return request.method().equals("eth_getBlockByNumber")
        ? result(
            "{\"number\":\"%s\",\"hash\":\"%s\",\"timestamp\":\"0x1\",\"parentHash\":\"%s\"}"
                .formatted(
                    Requests.quantity(number),
                    block(number).hash().value(),
                    block(number - 1).hash().value()))
        : request.method().equals("eth_getLogs") ? result("[]") : text("0x5");
  }

  @Test
  void reads_go_elsewhere_first_and_come_to_it_when_there_is_nobody_else() {
    mixed.addAll(List.of("a", "b"));
    heads(Duration.ofMinutes(3));
    rig.transports.values().forEach(ScriptedTransport::forget);
    for (int i = 0; i < 20; i++) {
      rig.await(rig.pool().call(Requests.gasPrice(), CallOptions.DEFAULT));
    }
    assertThat(rig.at("c").count("eth_gasPrice")).isEqualTo(20);
    assertThat(metrics.counted("selection.skips", "endpoint", "a", "reason", "inconsistent"))
        .isPositive();
    mixed.add("c");
    heads(Duration.ofMinutes(3));
    assertThat(rig.await(rig.pool().call(Requests.gasPrice(), CallOptions.DEFAULT)))
        .isInstanceOf(RpcOutcome.Ok.class);
    assertThat(rig.await(rig.pool().call(Requests.receipt(HASH), CallOptions.DEFAULT)))
        .isInstanceOfSatisfying(
            RpcOutcome.Failed.class,
            none -> assertThat(none.failure()).isInstanceOf(RpcFailure.Behind.class));
  }

  private ChainView open() {
    RpcOutcome<ChainView> opened = rig.await(rig.pool().view(ViewOptions.NEWEST));
    return ((RpcOutcome.Ok<ChainView>) opened).value();
  }

  @Test
  void it_holds_no_view() {
    mixed.addAll(List.of("a", "b"));
    heads(Duration.ofMinutes(3));
    for (int i = 0; i < 10; i++) {
      assertThat(open().endpoint()).isEqualTo("c");
    }
    mixed.add("c");
    heads(Duration.ofMinutes(3));
    assertThat(rig.await(rig.pool().view(ViewOptions.NEWEST)))
        .isInstanceOfSatisfying(
            RpcOutcome.Failed.class,
            none -> assertThat(none.failure().toString()).contains("several nodes"));
  }

  @Test
  void a_view_that_it_holds_goes_on_at_another_endpoint() {
    mixed.addAll(List.of("a", "b"));
    heads(Duration.ofSeconds(108));
    assertThat(rig.pool().health()).allMatch(health -> health.inconsistency().isEmpty());
    ChainView view = open();
    while (view.endpoint().equals("c")) {
      view = open();
    }
    String carrier = view.endpoint();
    heads(Duration.ofSeconds(24));
    assertThat(rig.health(carrier).inconsistency()).isNotEmpty();
    assertThat(rig.await(view.read(Requests.balance(ACCOUNT, "latest"), CallOptions.DEFAULT)))
        .isInstanceOf(RpcOutcome.Ok.class);
    assertThat(view.endpoint()).isEqualTo("c");
  }

  @Test
  void it_is_told_and_measured_and_ends_after_ten_steady_minutes() {
    mixed.add("a");
    heads(Duration.ofMinutes(3));
    String evidence = rig.health("a").inconsistency();
    assertThat(evidence)
        .matches(
            "at block 1\\d\\d it is back at one that it had replaced, for the 4th time in a row");
    assertThat(told).containsExactly("a: " + evidence);
    assertThat(rig.health("b").inconsistency()).isEmpty();
    assertThat(metrics.gauged("inconsistent", "endpoint", "a")).isEqualTo(1);
    assertThat(metrics.gauged("inconsistent", "endpoint", "b")).isEqualTo(0);
    mixed.clear();
    heads(Duration.ofMinutes(9));
    assertThat(told).hasSize(1);
    heads(Duration.ofMinutes(2));
    assertThat(told.subList(1, told.size())).containsExactly("a is one again");
    assertThat(metrics.gauged("inconsistent", "endpoint", "a")).isEqualTo(0);
    assertThat(((QuorumResult.Agreed<Optional<Receipt>>) receipt()).votes()).hasSize(2);
  }
}
