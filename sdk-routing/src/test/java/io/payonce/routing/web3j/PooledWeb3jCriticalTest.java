package io.payonce.routing.web3j;

import static io.payonce.routing.web3j.ScriptedNode.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.testing.Fault;
import io.payonce.testing.FaultPolicy;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.web3j.protocol.core.DefaultBlockParameter;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.methods.response.EthGetTransactionReceipt;

/** What moves money is agreed by a quorum, or it is not known. */
@Timeout(180)
final class PooledWeb3jCriticalTest {
  private static final String ACCOUNT = "0x" + "aa".repeat(20);
  private static final String TX = "0x" + "cc".repeat(32);

  private final ScriptedChain chain = new ScriptedChain().mine().mine().mine();

  private ScriptedNode node(int count, String receipt) {
    return chain
        .node()
        .answer("eth_getTransactionCount", "\"0x" + Integer.toHexString(count) + "\"")
        .answer("eth_getBalance", "\"0x64\"")
        .answer("eth_getCode", "\"0x60\"")
        .answer("eth_getTransactionReceipt", receipt);
  }

  private String receipt(long block, String status) {
    return "{\"transactionHash\":\""
        + TX
        + "\",\"blockNumber\":\"0x"
        + Long.toHexString(block)
        + "\",\"blockHash\":\""
        + chain.hashAt(block)
        + "\",\"from\":\""
        + ACCOUNT
        + "\",\"status\":\""
        + status
        + "\",\"gasUsed\":\"0x5208\",\"effectiveGasPrice\":\"0x1\",\"logs\":[],"
        + "\"cumulativeGasUsed\":\"0x5208\",\"transactionIndex\":\"0x0\",\"vendor\":{\"x\":null}}";
  }

  private static long count(Operators operators, DefaultBlockParameter at) throws IOException {
    return operators
        .web3j
        .ethGetTransactionCount(ACCOUNT, at)
        .send()
        .getTransactionCount()
        .longValueExact();
  }

  private static EthGetTransactionReceipt receiptOf(Operators operators) throws IOException {
    return operators.web3j.ethGetTransactionReceipt(TX).send();
  }

  @Test
  void one_liar_of_three_never_wins() throws Exception {
    ScriptedNode liar =
        node(9, receipt(2, "0x0"))
            .answer("eth_chainId", ScriptedNode.CHAIN)
            .answer("eth_getBalance", "\"0xffff\"")
            .answer("eth_getCode", "\"0x\"");
    try (Operators operators =
        Operators.of(liar, node(5, receipt(2, "0x1")), node(5, receipt(2, "0x1")))) {
      for (int i = 0; i < 20; i++) {
        assertThat(count(operators, DefaultBlockParameterName.LATEST)).isEqualTo(5);
        assertThat(count(operators, DefaultBlockParameterName.PENDING)).isEqualTo(5);
        assertThat(count(operators, DefaultBlockParameter.valueOf(PooledWeb3jServiceTest.big(2))))
            .isEqualTo(5);
        assertThat(
                operators
                    .web3j
                    .ethGetBalance(ACCOUNT, DefaultBlockParameterName.LATEST)
                    .send()
                    .getBalance())
            .isEqualTo(100);
        assertThat(
                operators
                    .web3j
                    .ethGetCode(ACCOUNT, DefaultBlockParameterName.LATEST)
                    .send()
                    .getCode())
            .isEqualTo("0x60");
        assertThat(receiptOf(operators).getTransactionReceipt().orElseThrow().isStatusOK())
            .isTrue();
        assertThat(operators.web3j.ethChainId().send().getChainId()).isEqualTo(31_337);
      }
    }
  }

  @Test
  void a_receipt_comes_whole_with_the_fields_that_no_quorum_compares() throws Exception {
    try (Operators operators =
        Operators.of(node(5, receipt(2, "0x1")), node(5, receipt(2, "0x1")))) {
      assertThat(
              PooledWeb3jServiceTest.perform(
                      operators,
                      "{\"id\":1,\"method\":\"eth_getTransactionReceipt\",\"params\":[\""
                          + TX
                          + "\"]}")
                  .get("result"))
          .isEqualTo(json(receipt(2, "0x1")));
    }
  }

  @Test
  void a_null_receipt_is_an_agreed_one() throws Exception {
    try (Operators operators =
        Operators.of(node(5, receipt(2, "0x1")), node(5, "null"), node(5, "null"))) {
      assertThat(receiptOf(operators).getTransactionReceipt()).isEmpty();
      operators.nodes.get(1).answer("eth_getTransactionReceipt", receipt(2, "0x1"));
      assertThat(receiptOf(operators).getTransactionReceipt()).isPresent();
    }
  }

  @Test
  void a_null_receipt_of_one_operator_alone_is_not_passed_on() {
    try (Operators operators = Operators.of(node(5, "null"), node(5, "null"), node(5, "null"))) {
      operators.nodes.get(0).socket.policy(FaultPolicy.always(Fault.RESET));
      operators.nodes.get(1).socket.policy(FaultPolicy.always(Fault.RESET));
      unavailable(() -> receiptOf(operators));
    }
  }

  @Test
  void a_node_behind_the_head_cannot_make_a_receipt_look_missing() throws Exception {
    ScriptedChain.Lag lag = new ScriptedChain.Lag();
    lag.blocks = 2;
    ScriptedNode late = chain.node(lag).answer("eth_getTransactionReceipt", "null");
    try (Operators operators =
        Operators.of(late, node(5, receipt(3, "0x1")), node(5, receipt(3, "0x1")))) {
      // The late one answers first, and so is the pool's favourite.
      operators.nodes.get(1).socket.policy(FaultPolicy.always(Fault.DELAY));
      operators.nodes.get(2).socket.policy(FaultPolicy.always(Fault.DELAY));
      for (int i = 0; i < 5; i++) {
        assertThat(receiptOf(operators).getTransactionReceipt()).isPresent();
      }
      operators.nodes.get(1).socket.policy(FaultPolicy.none());
      operators.nodes.get(2).socket.policy(FaultPolicy.always(Fault.RESET));
      // The late one is left with one other: what it lacks proves nothing, and so it has no vote.
      unavailable(() -> receiptOf(operators));
    }
  }

  @Test
  void operators_that_contradict_each_other_are_an_exception_that_names_it() {
    try (Operators operators = Operators.of(node(4, "null"), node(5, receipt(2, "0x1")))) {
      assertThatThrownBy(() -> count(operators, DefaultBlockParameterName.LATEST))
          .isInstanceOf(QuorumUnavailableException.class)
          .hasMessageContaining("quorum unavailable for eth_getTransactionCount")
          .satisfies(
              e -> {
                QuorumUnavailableException missing = (QuorumUnavailableException) e;
                assertThat(missing.conflict()).isTrue();
                assertThat(missing.required()).isEqualTo(2);
                assertThat(missing.configured()).isEqualTo(2);
              });
      unavailable(() -> receiptOf(operators));
    }
  }

  @Test
  void without_a_quorum_nothing_that_moves_money_is_answered() {
    try (Operators operators = Operators.of(node(5, "null"), node(5, "null"), node(5, "null"))) {
      operators.nodes.get(0).socket.policy(FaultPolicy.always(Fault.RESET));
      operators.nodes.get(1).socket.policy(FaultPolicy.always(Fault.RESET));
      unavailable(() -> count(operators, DefaultBlockParameterName.LATEST));
      unavailable(() -> count(operators, DefaultBlockParameterName.PENDING));
      unavailable(() -> operators.web3j.ethChainId().send());
      unavailable(
          () -> operators.web3j.ethGetBalance(ACCOUNT, DefaultBlockParameterName.LATEST).send());
      unavailable(
          () ->
              operators
                  .web3j
                  .ethGetBlockByNumber(DefaultBlockParameterName.FINALIZED, false)
                  .send());
    }
  }

  private interface Call {
    Object run() throws IOException;
  }

  private static void unavailable(Call call) {
    assertThatThrownBy(call::run)
        .isInstanceOf(QuorumUnavailableException.class)
        .hasMessageContaining("quorum unavailable");
  }

  @Test
  void in_a_batch_a_missing_quorum_is_an_error_of_its_element() throws Exception {
    try (Operators operators = Operators.of(node(4, "null"), node(5, "null"))) {
      var answer =
          operators
              .web3j
              .newBatch()
              .add(
                  operators.web3j.ethGetTransactionCount(ACCOUNT, DefaultBlockParameterName.LATEST))
              .add(operators.web3j.ethChainId())
              .send();
      assertThat(answer.getResponses().get(0).getError().getCode())
          .isEqualTo(PooledWeb3jService.CODE_QUORUM_UNAVAILABLE);
      assertThat(answer.getResponses().get(1).hasError()).isFalse();
    }
  }

  @Test
  void the_pending_count_is_what_a_quorum_claims_or_exceeds() throws Exception {
    try (Operators operators = Operators.of(node(4, "null"), node(7, "null"), node(6, "null"))) {
      assertThat(count(operators, DefaultBlockParameterName.PENDING)).isEqualTo(6);
    }
  }

  private Operators bounded(NonceBounds bounds, int agreed) {
    Consumer<PooledWeb3jService.Builder> settings =
        builder ->
            builder.nonces(
                account ->
                    account.value().equalsIgnoreCase(ACCOUNT)
                        ? Optional.of(bounds)
                        : Optional.empty());
    return Operators.of(settings, node(agreed, "null"), node(agreed, "null"));
  }

  @Test
  void the_hosts_own_count_stands_over_a_chain_that_lags() throws Exception {
    try (Operators operators = bounded(new NonceBounds(5, 8), 3)) {
      assertThat(count(operators, DefaultBlockParameterName.LATEST)).isEqualTo(5);
      assertThat(count(operators, DefaultBlockParameterName.PENDING)).isEqualTo(8);
      assertThat(count(operators, DefaultBlockParameter.valueOf(PooledWeb3jServiceTest.big(1))))
          .as("an old block is what it was")
          .isEqualTo(3);
    }
  }

  @Test
  void a_chain_that_counts_more_than_the_host_means_that_the_key_is_used_elsewhere() {
    try (Operators operators = bounded(new NonceBounds(5, 8), 9)) {
      assertThatThrownBy(() -> count(operators, DefaultBlockParameterName.PENDING))
          .isInstanceOf(ForeignUseException.class)
          .hasMessageContaining("FOREIGN_USE");
      assertThatThrownBy(() -> count(operators, DefaultBlockParameterName.LATEST))
          .isInstanceOf(ForeignUseException.class);
    }
  }

  @Test
  void bounds_that_contradict_themselves_are_refused() {
    assertThatThrownBy(() -> new NonceBounds(3, 2)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new NonceBounds(-1, 2)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void safe_and_finalized_blocks_are_the_agreed_ones() throws Exception {
    for (DefaultBlockParameterName tag :
        new DefaultBlockParameterName[] {
          DefaultBlockParameterName.SAFE, DefaultBlockParameterName.FINALIZED
        }) {
      ScriptedNode liar = node(5, "null");
      String real = chain.hashAt(3);
      String lie = "0x" + "ee".repeat(32);
      liar.answer(
          "eth_getBlockByNumber",
          "{\"number\":\"0x3\",\"hash\":\"" + lie + "\",\"parentHash\":\"" + lie + "\"}");
      try (Operators operators = Operators.of(liar, node(5, "null"), node(5, "null"))) {
        for (int i = 0; i < 10; i++) {
          assertThat(operators.web3j.ethGetBlockByNumber(tag, false).send().getBlock().getHash())
              .isEqualTo(real);
        }
      }
    }
  }

  @Test
  void state_by_block_hash_needs_a_block_that_the_operators_hold_canonical() throws Exception {
    try (Operators operators = Operators.of(node(5, "null"), node(5, "null"))) {
      String known = chain.hashAt(2);
      operators.all(
          node ->
              node.answer(
                  "eth_getBlockByHash",
                  params ->
                      "{\"number\":\"0x2\",\"hash\":\""
                          + params.path(0).asText()
                          + "\",\"parentHash\":\""
                          + known
                          + "\"}"));
      String request =
          "{\"id\":1,\"method\":\"eth_getBalance\",\"params\":[\""
              + ACCOUNT
              + "\",{\"blockHash\":\"%s\"}]}";
      assertThat(
              PooledWeb3jServiceTest.perform(operators, String.format(request, known))
                  .get("result")
                  .asText())
          .isEqualTo("0x64");
      assertThatThrownBy(
              () ->
                  PooledWeb3jServiceTest.perform(
                      operators, String.format(request, "0x" + "ee".repeat(32))))
          .isInstanceOf(RpcFailedException.class)
          .hasMessageContaining("not canonical");
    }
  }
}
