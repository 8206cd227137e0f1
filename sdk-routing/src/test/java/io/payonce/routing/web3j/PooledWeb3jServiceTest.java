package io.payonce.routing.web3j;

import static io.payonce.routing.web3j.ScriptedNode.JSON;
import static io.payonce.routing.web3j.ScriptedNode.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.payonce.routing.Patience;
import io.payonce.testing.Fault;
import io.payonce.testing.FaultPolicy;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.web3j.protocol.core.BatchResponse;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.Response;
import org.web3j.protocol.core.methods.response.EthBlockNumber;
import org.web3j.protocol.core.methods.response.EthGasPrice;

/** Codec, errors, deadlines and life of the adapter, against nodes on real sockets. */
@Timeout(180)
final class PooledWeb3jServiceTest {
  private static void prices(ScriptedNode node) {
    node.answer("eth_gasPrice", "\"0x2a\"")
        .answer("eth_blockNumber", "\"0x1\"")
        .answer("net_version", "\"31337\"");
  }

  private static BatchResponse askAll(Operators operators) throws IOException {
    return operators
        .web3j
        .newBatch()
        .add(operators.web3j.ethGasPrice())
        .add(operators.web3j.ethBlockNumber())
        .add(operators.web3j.netVersion())
        .send();
  }

  @Test
  void a_batch_whose_replies_are_reversed_keeps_each_answer_with_its_request() throws Exception {
    try (Operators operators = Operators.equal(2, PooledWeb3jServiceTest::prices)) {
      operators.all(
          node ->
              node.mangle(
                  elements -> {
                    List<String> reversed = new ArrayList<>(elements);
                    Collections.reverse(reversed);
                    return reversed;
                  }));
      BatchResponse answer = askAll(operators);
      assertThat(answer.getResponses().get(0)).isInstanceOf(EthGasPrice.class);
      assertThat(((EthGasPrice) answer.getResponses().get(0)).getGasPrice()).isEqualTo(42);
      assertThat(((EthBlockNumber) answer.getResponses().get(1)).getBlockNumber()).isEqualTo(1);
      assertThat(answer.getResponses().get(2).getResult()).isEqualTo("31337");
      for (int i = 0; i < 3; i++) {
        assertThat(answer.getResponses().get(i).getId())
            .isEqualTo(answer.getRequests().get(i).getId());
      }
    }
  }

  private interface Mangle {
    List<String> of(List<String> elements);
  }

  private static void only_the_first_of_a_batch_fails(Mangle mangle) throws Exception {
    try (Operators operators = Operators.equal(2, PooledWeb3jServiceTest::prices)) {
      // Asked once more and alone, the price is not told either; the chain id is.
      operators.all(
          node ->
              node.mangle(
                  e ->
                      e.size() > 1
                          ? mangle.of(new ArrayList<>(e))
                          : e.get(0).contains("0x2a") ? List.of("{}") : e));
      BatchResponse answer = askAll(operators);
      Response<?> first = answer.getResponses().get(0);
      assertThat(first.getId()).isEqualTo(answer.getRequests().get(0).getId());
      assertThat(first.hasError()).isTrue();
      assertThat(first.getError().getCode()).isEqualTo(PooledWeb3jService.CODE_UNAVAILABLE);
      assertThat(((EthBlockNumber) answer.getResponses().get(1)).getBlockNumber()).isEqualTo(1);
      assertThat(answer.getResponses().get(2).getResult()).isEqualTo("31337");
    }
  }

  @Test
  void an_id_that_was_not_sent_is_nobodys_answer() throws Exception {
    only_the_first_of_a_batch_fails(
        elements -> {
          elements.set(0, elements.get(0).replaceFirst("\"id\":\\d+", "\"id\":1"));
          return elements;
        });
  }

  @Test
  void an_id_that_comes_twice_is_believed_neither_time() throws Exception {
    only_the_first_of_a_batch_fails(
        elements -> {
          elements.add(elements.get(0).replace("0x2a", "0x2b"));
          return elements;
        });
  }

  @Test
  void an_id_that_became_a_string_is_another_id() throws Exception {
    only_the_first_of_a_batch_fails(
        elements -> {
          elements.set(0, elements.get(0).replaceFirst("\"id\":(\\d+)", "\"id\":\"$1\""));
          return elements;
        });
  }

  @Test
  void a_missing_element_fails_alone() throws Exception {
    only_the_first_of_a_batch_fails(
        elements -> {
          elements.remove(0);
          return elements;
        });
  }

  @Test
  void what_is_missing_in_a_batch_is_asked_for_once_more() throws Exception {
    try (Operators operators = Operators.equal(2, PooledWeb3jServiceTest::prices)) {
      operators.all(node -> node.mangle(e -> e.size() < 2 ? e : e.subList(1, e.size())));
      assertThat(askAll(operators).getResponses()).noneMatch(Response::hasError);
    }
  }

  @Test
  void a_node_that_breaks_batches_is_replaced_by_one_that_does_not() throws Exception {
    try (Operators operators = Operators.equal(2, PooledWeb3jServiceTest::prices)) {
      operators.nodes.get(0).mangle(elements -> List.of("{}"));
      for (int i = 0; i < 10; i++) {
        BatchResponse answer = askAll(operators);
        assertThat(answer.getResponses()).noneMatch(Response::hasError);
      }
    }
  }

  @Test
  void the_callers_ids_come_back_as_they_were_whatever_they_are() throws Exception {
    try (Operators operators = Operators.equal(2, PooledWeb3jServiceTest::prices)) {
      JsonNode answer =
          perform(
              operators,
              "[{\"id\":\"a\",\"method\":\"eth_gasPrice\"},"
                  + "{\"id\":7,\"method\":\"eth_blockNumber\",\"params\":[]},"
                  + "{\"id\":\"a\",\"method\":\"net_version\",\"params\":null},"
                  + "{\"id\":12345678901234567890123,\"method\":\"eth_chainId\"}]");
      assertThat(answer)
          .isEqualTo(
              json(
                  "[{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":\"0x2a\"},"
                      + "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":\"0x1\"},"
                      + "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":\"31337\"},"
                      + "{\"jsonrpc\":\"2.0\",\"id\":12345678901234567890123,"
                      + "\"result\":\"0x7a69\"}]"));
    }
  }

  @Test
  void values_pass_without_loss() throws Exception {
    String value =
        "{\"z\":null,\"a\":[true,false,{\"deep\":[[[]],{}]}],"
            + "\"big\":123456789012345678901234567890,\"negative\":-1,"
            + "\"decimal\":0.10000000000000000000000000001,\"text\":\"\\\"\\u0000é\\uD83D\\uDE00\"}";
    StringBuilder large = new StringBuilder("[");
    for (int i = 0; i < 50_000; i++) {
      large.append(i == 0 ? "" : ",").append("\"0x").append("ab".repeat(16)).append('"');
    }
    large.append(']');
    try (Operators operators =
        Operators.equal(
            2,
            node ->
                node.answer("eth_syncing", value)
                    .answer("eth_mining", "null")
                    .answer("eth_call", large.toString())
                    .answer("eth_hashrate", params -> params.toString()))) {
      String request = "{\"id\":1,\"method\":\"%s\",\"params\":%s}";
      assertThat(perform(operators, String.format(request, "eth_syncing", "[]")).get("result"))
          .isEqualTo(json(value));
      JsonNode nothing = perform(operators, String.format(request, "eth_mining", "[]"));
      assertThat(nothing.has("result")).isTrue();
      assertThat(nothing.get("result").isNull()).isTrue();
      assertThat(perform(operators, String.format(request, "eth_call", "[{}]")).get("result"))
          .isEqualTo(json(large.toString()));
      String params = "[" + value + ",null,\"x\",[1,2]]";
      assertThat(perform(operators, String.format(request, "eth_hashrate", params)).get("result"))
          .isEqualTo(json(params));
    }
  }

  @Test
  void a_nodes_refusal_comes_with_its_own_code_words_and_data() throws Exception {
    try (Operators operators =
        Operators.equal(
            2,
            node ->
                node.answer(
                    "eth_estimateGas",
                    params -> {
                      throw new ScriptedNode.Refusal(3, "execution reverted", "0x08c379a0");
                    }))) {
      JsonNode answer = perform(operators, "{\"id\":1,\"method\":\"eth_estimateGas\"}");
      assertThat(answer.get("error"))
          .isEqualTo(
              json("{\"code\":3,\"message\":\"execution reverted\",\"data\":\"0x08c379a0\"}"));
    }
  }

  @Test
  void data_of_a_refusal_that_is_no_text_keeps_its_form() throws Exception {
    // As Ganache and some gateways answer: the revert data is inside.
    String data = "{\"message\":\"revert\",\"data\":\"0x08c379a0\",\"pc\":[12,1.50,null]}";
    try (Operators operators =
        Operators.equal(
            2,
            node ->
                node.answer(
                    "eth_call",
                    params -> {
                      throw new ScriptedNode.Refusal(
                          "{\"code\":3,\"message\":\"execution reverted\",\"data\":" + data + "}");
                    }))) {
      JsonNode answer = perform(operators, "{\"id\":1,\"method\":\"eth_call\"}");
      assertThat(answer.get("error").get("data")).isEqualTo(json(data));
    }
  }

  @Test
  void what_no_endpoint_answers_is_an_exception_and_no_value() {
    try (Operators operators = Operators.equal(2, PooledWeb3jServiceTest::prices)) {
      operators.all(node -> node.socket.policy(FaultPolicy.always(Fault.SERVER_ERROR)));
      assertThatThrownBy(() -> operators.web3j.ethGasPrice().send())
          .isInstanceOf(RpcFailedException.class)
          .satisfies(e -> assertThat(((RpcFailedException) e).failure()).isPresent());
    }
  }

  @Test
  void methods_that_sign_in_a_node_are_refused_and_reach_no_node() throws Exception {
    try (Operators operators = Operators.equal(2, PooledWeb3jServiceTest::prices)) {
      String account = "0x" + "aa".repeat(20);
      assertThat(operators.web3j.ethSign(account, "0x00").send().getError().getCode())
          .isEqualTo(-32601);
      BatchResponse mixed =
          operators
              .web3j
              .newBatch()
              .add(operators.web3j.ethSign(account, "0x00"))
              .add(operators.web3j.ethGasPrice())
              .send();
      assertThat(mixed.getResponses().get(0).getError().getCode()).isEqualTo(-32601);
      assertThat(((EthGasPrice) mixed.getResponses().get(1)).getGasPrice()).isEqualTo(42);
      operators.all(node -> assertThat(node.count("eth_sign")).isZero());
    }
  }

  @Test
  void parameters_that_cannot_be_read_are_refused_here() throws Exception {
    try (Operators operators = Operators.equal(2, node -> {})) {
      assertThat(
              operators
                  .web3j
                  .ethGetTransactionCount("0x1", DefaultBlockParameterName.LATEST)
                  .send()
                  .getError()
                  .getCode())
          .isEqualTo(-32602);
      assertThat(
              perform(
                      operators,
                      "{\"id\":1,\"method\":\"eth_getBalance\",\"params\":[\"0x"
                          + "aa".repeat(20)
                          + "\",\"newest\"]}")
                  .path("error")
                  .path("code")
                  .asInt())
          .isEqualTo(-32602);
    }
  }

  @Test
  void a_body_that_is_no_request_is_refused() {
    try (Operators operators = Operators.equal(2, node -> {})) {
      for (String body : List.of("", "[]", "{}", "null", "[1]", "{\"method\":1}", "{} {}")) {
        assertThatThrownBy(() -> operators.service.performIO(body))
            .as(body)
            .isInstanceOf(IOException.class);
      }
    }
  }

  @Test
  void asynchronous_calls_end_on_the_pools_executor() throws Exception {
    try (Operators operators = Operators.equal(2, PooledWeb3jServiceTest::prices)) {
      assertThat(operators.web3j.ethGasPrice().sendAsync().get().getGasPrice()).isEqualTo(42);
      BatchResponse batch =
          operators.web3j.newBatch().add(operators.web3j.ethGasPrice()).sendAsync().get();
      assertThat(((EthGasPrice) batch.getResponses().get(0)).getGasPrice()).isEqualTo(42);
      assertThat(operators.web3j.newBatch().sendAsync().get().getResponses()).isEmpty();
      operators.all(node -> node.socket.policy(FaultPolicy.always(Fault.DELAY)));
      String thread =
          operators
              .web3j
              .ethGasPrice()
              .sendAsync()
              .thenApply(price -> Thread.currentThread().getName())
              .get();
      assertThat(thread).startsWith("payonce-");
    }
  }

  @Test
  void asynchronous_calls_fail_with_the_exception_of_the_blocking_ones() {
    try (Operators operators = Operators.equal(2, PooledWeb3jServiceTest::prices)) {
      operators.all(node -> node.socket.policy(FaultPolicy.always(Fault.SERVER_ERROR)));
      assertThatThrownBy(() -> operators.web3j.ethGasPrice().sendAsync().get())
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(RpcFailedException.class);
      assertThat(operators.web3j.ethChainId().sendAsync())
          .failsWithin(60, TimeUnit.SECONDS)
          .withThrowableOfType(ExecutionException.class)
          .withCauseInstanceOf(QuorumUnavailableException.class);
    }
  }

  @Test
  void one_deadline_bounds_a_call_of_several_questions() {
    ScriptedChain chain = new ScriptedChain().mine();
    ScriptedNode[] nodes = {chain.node(), chain.node(), chain.node()};
    try (Operators operators =
        Operators.of(settings -> settings.deadline(Duration.ofMillis(300)), nodes)) {
      operators.all(node -> node.socket.policy(FaultPolicy.always(Fault.HUNG_REQUEST)));
      long before = System.nanoTime();
      assertThatThrownBy(
              () ->
                  operators
                      .web3j
                      .ethGetBalance("0x" + "aa".repeat(20), DefaultBlockParameterName.LATEST)
                      .send())
          .isInstanceOf(IOException.class);
      // Far below what any of the pool's own deadlines would allow, and far above its own.
      assertThat(Duration.ofNanos(System.nanoTime() - before))
          .isLessThan(Patience.LIMIT.dividedBy(2));
    }
  }

  @Test
  void an_interrupted_caller_stops_waiting_and_stays_interrupted() {
    try (Operators operators = Operators.equal(2, PooledWeb3jServiceTest::prices)) {
      operators.all(node -> node.socket.policy(FaultPolicy.always(Fault.HUNG_REQUEST)));
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> operators.web3j.ethGasPrice().send())
          .isInstanceOf(java.io.InterruptedIOException.class);
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void closing_closes_the_pool_only_when_it_is_owned() throws Exception {
    try (Operators operators = Operators.equal(2, PooledWeb3jServiceTest::prices)) {
      operators.service.close();
      operators.service.close();
      assertThatThrownBy(() -> operators.web3j.ethGasPrice().send())
          .isInstanceOf(IOException.class)
          .hasMessageContaining("closed");
      PooledWeb3jService owner = PooledWeb3jService.owning(operators.pool);
      Request<?, EthGasPrice> price =
          new Request<>("eth_gasPrice", List.of(), owner, EthGasPrice.class);
      assertThat(price.send().getGasPrice()).isEqualTo(42);
      owner.close();
      PooledWeb3jService late = PooledWeb3jService.over(operators.pool);
      assertThatThrownBy(
              () -> new Request<>("eth_gasPrice", List.of(), late, EthGasPrice.class).send())
          .isInstanceOf(IOException.class)
          .hasMessageContaining("closed");
    }
  }

  @Test
  void subscriptions_are_no_calls() throws Exception {
    try (Operators operators = Operators.equal(2, node -> {})) {
      assertThat(
              perform(
                      operators,
                      "{\"id\":1,\"method\":\"eth_subscribe\",\"params\":[\"newHeads\"]}")
                  .path("error")
                  .path("code")
                  .asInt())
          .isEqualTo(-32601);
    }
  }

  @Test
  void raw_responses_are_kept_when_asked_for() throws Exception {
    ScriptedNode a = new ScriptedNode();
    ScriptedNode b = new ScriptedNode();
    prices(a);
    prices(b);
    try (Operators operators = Operators.of(s -> s.includeRawResponses(true), a, b)) {
      assertThat(operators.web3j.ethGasPrice().send().getRawResponse()).contains("0x2a");
      assertThat(operators.web3j.ethGasPrice().sendAsync().get().getRawResponse()).contains("0x2a");
    }
  }

  @Test
  void a_deadline_outside_its_limits_is_refused() {
    try (Operators operators = Operators.equal(1, node -> {})) {
      assertThatThrownBy(
              () -> PooledWeb3jService.builder(operators.pool).deadline(Duration.ZERO).build())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("deadline");
    }
  }

  static JsonNode perform(Operators operators, String body) throws IOException {
    return JSON.readTree(operators.service.performIO(body).readAllBytes());
  }

  static BigInteger big(long value) {
    return BigInteger.valueOf(value);
  }
}
