package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.error;
import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.payonce.Address;
import io.payonce.Wei;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What endpoints have of the past, as their answers show, and who is asked for it then. */
final class HistoryBoundsTest {
  private static final long HEAD = 10_000;

  private Rig rig = new Rig();

  /** Has state from one block on, blocks from another, and gives logs of so many blocks at once. */
  private void node(String name, String operator, long state, long blocks, long logs) {
    rig.endpoint(name, operator);
    rig.at(name).script =
        request ->
            switch (request.method()) {
              case "eth_getBlockByNumber" -> block(request.params().get(0).asText(), blocks);
              case "eth_getBalance" ->
                  number(request.params().get(1).asText()) >= state
                      ? text("0x5")
                      : error(-32000, "missing trie node 9c1f (path ) state is not available");
              case "eth_getLogs" -> logs(request.params().get(0), logs);
              case "eth_getProof" -> error(-32601, "the method does not exist");
              default -> text("0x5");
            };
  }

  private static long number(String text) {
    return text.equals("latest") ? HEAD : Long.parseLong(text.substring(2), 16);
  }

  private static ScriptedTransport.Says block(String at, long least) {
    long number = number(at);
    return number < least
        ? error(4444, "pruned history unavailable")
        : result(
            String.format(
                "{\"number\":\"0x%x\",\"hash\":\"0x%064x\",\"parentHash\":\"0x%064x\","
                    + "\"timestamp\":\"0x5\"}",
                number, number, number - 1));
  }

  /** One log a block, which is its number. */
  private static ScriptedTransport.Says logs(JsonNode filter, long most) {
    long from = number(filter.get("fromBlock").asText());
    long to = number(filter.get("toBlock").asText());
    if (to - from + 1 > most) {
      return error(-32005, "Requested range exceeds maximum RPC range limit");
    }
    List<String> logs = new ArrayList<>();
    for (long block = from; block <= to; block++) {
      logs.add("{\"blockNumber\":\"" + Requests.quantity(block) + "\"}");
    }
    return result(ScriptedTransport.array(logs));
  }

  private RpcOutcome<Wei> balanceAt(long block) {
    return rig.await(
        rig.pool()
            .call(Requests.balance(Address.ZERO, Requests.quantity(block)), CallOptions.DEFAULT));
  }

  private void readAt(long block, int times) {
    for (int i = 0; i < times; i++) {
      assertThat(balanceAt(block)).isInstanceOf(RpcOutcome.Ok.class);
    }
  }

  /** Both operators have told of their newest block. */
  private void meet() {
    rig.pool();
    rig.await(
        rig.pool()
            .criticalRead(new Fact.Height(io.payonce.rpc.BlockTag.LATEST), CallOptions.DEFAULT));
    rig.transports.values().forEach(ScriptedTransport::forget);
  }

  @Test
  void old_state_is_asked_where_it_is_and_that_is_no_fault_of_the_others() {
    node("full", "a", HEAD - 128, 0, 100);
    node("archive", "b", 0, 0, 100);
    meet();
    readAt(500, 60);
    assertThat(rig.at("full").count("eth_getBalance")).isLessThanOrEqualTo(1);
    assertThat(rig.health("full").state()).isEqualTo(EndpointHealth.State.UP);
    for (int i = 0; i < 60; i++) {
      assertThat(balanceAt(HEAD - 10)).isInstanceOf(RpcOutcome.Ok.class);
      assertThat(balanceAt(501)).isInstanceOf(RpcOutcome.Ok.class);
    }
    assertThat(rig.at("full").count("eth_getBalance")).isGreaterThan(10); // the new state
  }

  @Test
  void a_bound_is_forgotten_after_ten_minutes_and_tried_again() {
    node("full", "a", HEAD - 128, 0, 100);
    node("archive", "b", 0, 0, 100);
    meet();
    readAt(500, 40);
    assertThat(rig.at("full").count("eth_getBalance")).isEqualTo(1);
    rig.time.runFor(Duration.ofMinutes(11));
    meet();
    readAt(500, 40);
    assertThat(rig.at("full").count("eth_getBalance")).isEqualTo(1);
  }

  @Test
  void a_bound_outlives_a_restart_for_as_long_as_it_is_believed(@TempDir Path folder) {
    RoutingStateStore store = FileRoutingStateStore.at(folder.resolve("routing.state"));
    rig.store(store);
    node("full", "a", HEAD - 128, 0, 100);
    node("archive", "b", 0, 0, 100);
    meet();
    readAt(500, 40);
    rig.time.runFor(Duration.ofSeconds(3));
    RoutingState.First kept =
        store.load().orElseThrow().history().get("full").get(HistoryKind.STATE);
    assertThat(kept.block()).isEqualTo(501);
    assertThat(Duration.between(rig.start, kept.until()))
        .isBetween(Duration.ofMinutes(10), Duration.ofMinutes(11));

    rig = new Rig().store(store);
    node("full", "a", HEAD - 128, 0, 100);
    node("archive", "b", 0, 0, 100);
    meet();
    readAt(500, 40);
    assertThat(rig.at("full").count("eth_getBalance")).isZero();
    rig.time.runFor(Duration.ofMinutes(11));
    meet();
    readAt(500, 40);
    assertThat(rig.at("full").count("eth_getBalance")).isEqualTo(1);
  }

  @Test
  void who_is_passed_over_for_what_it_lacks_is_counted_by_what_that_is() {
    RecordedMetrics metrics = new RecordedMetrics();
    rig.metrics(metrics);
    node("full", "a", HEAD - 128, 0, 10);
    node("archive", "b", 0, 0, 10_000);
    rig.at("archive").script = proves(rig.at("archive").script);
    meet();
    for (int i = 0; i < 20; i++) {
      balanceAt(500);
      logs(1_000, 1_999);
      rig.await(
          rig.pool()
              .call(
                  new RpcRequest<>("eth_getProof", List.of(), String::valueOf),
                  CallOptions.DEFAULT));
    }
    for (String reason : List.of("history", "range", "method")) {
      assertThat(metrics.counted("selection.skips", "endpoint", "full", "reason", reason))
          .as(reason)
          .isBetween(5L, 40L);
      assertThat(metrics.counted("selection.skips", "endpoint", "archive", "reason", reason))
          .as(reason)
          .isZero();
    }
  }

  private static Function<ScriptedTransport.Received, ScriptedTransport.Says> proves(
      Function<ScriptedTransport.Received, ScriptedTransport.Says> otherwise) {
    return request ->
        request.method().equals("eth_getProof") ? text("0x5") : otherwise.apply(request);
  }

  @Test
  void each_kind_of_the_past_has_a_bound_of_its_own() {
    node("full", "a", HEAD - 128, 0, 100);
    node("archive", "b", 0, 5_000, 100);
    meet();
    for (int i = 0; i < 40; i++) {
      balanceAt(500);
      assertThat(rig.await(rig.pool().call(Requests.header("0x64"), CallOptions.DEFAULT)))
          .isInstanceOf(RpcOutcome.Ok.class);
    }
    assertThat(rig.at("full").count("eth_getBalance")).isLessThanOrEqualTo(1);
    assertThat(
            rig.at("archive").received.stream().filter(r -> r.params().toString().contains("0x64")))
        .hasSizeLessThanOrEqualTo(1);
  }

  @Test
  void who_lags_is_not_taken_for_one_that_has_pruned() {
    node("one", "a", 0, 0, 100);
    node("two", "b", 0, 0, 100);
    meet();
    rig.at("one").script = request -> error(-32000, "header not found");
    balanceAt(HEAD - 3);
    balanceAt(HEAD + 1);
    rig.at("one").script = request -> text("0x5");
    rig.transports.values().forEach(ScriptedTransport::forget);
    for (int i = 0; i < 40; i++) {
      balanceAt(HEAD - 10);
    }
    assertThat(rig.at("one").count("eth_getBalance")).isPositive();
  }

  @Test
  void the_archive_of_an_operator_votes_about_the_past() {
    node("a-full", "a", HEAD - 128, HEAD - 128, 100);
    node("a-archive", "a", 0, 0, 100);
    node("b-archive", "b", 0, 0, 100);
    meet();
    for (int i = 0; i < 30; i++) {
      assertThat(rig.await(rig.pool().criticalRead(new Fact.BlockRefAt(100), CallOptions.DEFAULT)))
          .isInstanceOf(QuorumResult.Agreed.class);
    }
    assertThat(
            rig.at("a-full").received.stream().filter(r -> r.params().toString().contains("0x64")))
        .hasSizeLessThanOrEqualTo(1);
  }

  private RpcOutcome<List<Long>> logs(long from, long to) {
    RpcRequest<List<Long>> request =
        new RpcRequest<>(
            "eth_getLogs",
            List.of(Map.of("fromBlock", Requests.quantity(from), "toBlock", Requests.quantity(to))),
            json ->
                ((List<?>) json)
                    .stream()
                        .map(log -> number((String) ((Map<?, ?>) log).get("blockNumber")))
                        .toList());
    return rig.await(rig.pool().call(request, CallOptions.DEFAULT));
  }

  private static List<Long> each(long from, long to) {
    return java.util.stream.LongStream.rangeClosed(from, to).boxed().toList();
  }

  @Test
  void logs_of_many_blocks_are_asked_in_parts_and_come_whole_and_in_order() {
    node("a", "a", 0, 0, 100);
    node("b", "b", 0, 0, 100);
    meet();
    assertThat(((RpcOutcome.Ok<List<Long>>) logs(1_000, 1_999)).value())
        .isEqualTo(each(1_000, 1_999));
    rig.transports.values().forEach(ScriptedTransport::forget);
    // What they take is remembered: no part is refused now.
    assertThat(((RpcOutcome.Ok<List<Long>>) logs(3_000, 3_499)).value())
        .isEqualTo(each(3_000, 3_499));
    long asked = rig.at("a").count("eth_getLogs") + rig.at("b").count("eth_getLogs");
    assertThat(asked).isBetween(5L, 10L);
    assertThat(rig.health("a").state()).isEqualTo(EndpointHealth.State.UP);
  }

  @Test
  void one_that_gives_more_at_once_is_asked_before_a_range_is_cut() {
    node("a", "a", 0, 0, 10);
    node("b", "b", 0, 0, 10_000);
    meet();
    for (int i = 0; i < 20; i++) {
      assertThat(((RpcOutcome.Ok<List<Long>>) logs(1_000, 1_999)).value()).hasSize(1_000);
    }
    assertThat(rig.at("a").count("eth_getLogs")).isLessThanOrEqualTo(1);
    assertThat(rig.at("b").count("eth_getLogs")).isEqualTo(20);
  }

  @Test
  void what_even_one_block_is_too_much_for_is_a_failure() {
    node("a", "a", 0, 0, 0);
    node("b", "b", 0, 0, 0);
    meet();
    assertThat(logs(1_000, 1_003).toString()).contains("Failed", "maximum RPC range limit");
    assertThat(logs(0, Long.MAX_VALUE >> 4).toString()).contains("Failed");
  }
}
