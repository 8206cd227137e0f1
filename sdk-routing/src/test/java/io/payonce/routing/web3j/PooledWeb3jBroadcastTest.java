package io.payonce.routing.web3j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.rpc.BroadcastEvidence;
import io.payonce.testing.Fault;
import io.payonce.testing.FaultPolicy;
import java.math.BigInteger;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.Hash;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.TransactionEncoder;
import org.web3j.protocol.core.BatchResponse;
import org.web3j.protocol.core.methods.response.EthSendTransaction;
import org.web3j.utils.Numeric;

/** Transactions that web3j signed, and what its caller learns of their fate. */
@Timeout(180)
final class PooledWeb3jBroadcastTest {
  private static final String SEND = "eth_sendRawTransaction";
  private static final Credentials NOBODY = Credentials.create("0x" + "01".repeat(32));

  private static String signed(long nonce, long chain) {
    RawTransaction payment =
        RawTransaction.createEtherTransaction(
            chain,
            BigInteger.valueOf(nonce),
            BigInteger.valueOf(21_000),
            "0x" + "bb".repeat(20),
            BigInteger.ONE,
            BigInteger.TEN,
            BigInteger.valueOf(100));
    return Numeric.toHexString(TransactionEncoder.signMessage(payment, chain, NOBODY));
  }

  private static String signed(long nonce) {
    return signed(nonce, 31_337);
  }

  /** As a node does: it answers the hash of what it was given. */
  private static void accepting(ScriptedNode node) {
    node.answer(SEND, params -> '"' + Hash.sha3(params.path(0).asText()) + '"')
        .answer("eth_getTransactionByHash", "null");
  }

  private static void refusing(ScriptedNode node) {
    node.answer(
            SEND,
            params -> {
              throw new ScriptedNode.Refusal(-32003, "nonce too low", "");
            })
        .answer("eth_getTransactionByHash", "null");
  }

  private static EthSendTransaction send(Operators operators, String raw) throws Exception {
    return operators.web3j.ethSendRawTransaction(raw).send();
  }

  @Test
  void what_a_node_took_is_answered_with_the_local_hash() throws Exception {
    try (Operators operators = Operators.equal(3, PooledWeb3jBroadcastTest::accepting)) {
      Set<Long> asked = new TreeSet<>();
      for (int nonce = 0; nonce < 10 && !asked.contains(2L); nonce++) {
        long before = received(operators);
        String raw = signed(nonce);
        assertThat(send(operators, raw).getTransactionHash()).isEqualTo(Hash.sha3(raw));
        asked.add(received(operators) - before);
      }
      // A cold start or a busy machine can last for the second after which the third is asked.
      assertThat(asked).contains(2L).isSubsetOf(2L, 3L);
    }
  }

  private static long received(Operators operators) {
    return operators.nodes.stream().mapToLong(node -> node.count(SEND)).sum();
  }

  @Test
  void one_node_that_took_it_is_enough_whatever_the_others_do() throws Exception {
    try (Operators operators = Operators.equal(3, PooledWeb3jBroadcastTest::accepting)) {
      operators.nodes.get(0).socket.policy(FaultPolicy.always(Fault.LOST_REPLY).onMethod(SEND));
      refusing(operators.nodes.get(1));
      String raw = signed(0);
      assertThat(send(operators, raw).getTransactionHash()).isEqualTo(Hash.sha3(raw));
    }
  }

  @Test
  void a_hash_that_a_node_invents_is_never_passed_on() {
    try (Operators operators =
        Operators.equal(
            2,
            node ->
                node.answer(SEND, "\"0x" + "dd".repeat(32) + '"')
                    .answer("eth_getTransactionByHash", "null"))) {
      assertThatThrownBy(() -> send(operators, signed(0)))
          .isInstanceOf(BroadcastAmbiguousException.class);
    }
  }

  @Test
  void what_all_refuse_is_an_error_with_a_nodes_own_code_and_words() throws Exception {
    try (Operators operators = Operators.equal(3, PooledWeb3jBroadcastTest::refusing)) {
      EthSendTransaction answer = send(operators, signed(0));
      assertThat(answer.hasError()).isTrue();
      assertThat(answer.getError().getCode()).isEqualTo(-32003);
      assertThat(answer.getError().getMessage()).isEqualTo("nonce too low");
    }
  }

  @Test
  void a_refusal_of_what_a_node_is_seen_to_have_is_a_success() throws Exception {
    String raw = signed(0);
    try (Operators operators =
        Operators.equal(
            2,
            node -> {
              refusing(node);
              node.answer(
                  "eth_getTransactionByHash",
                  params -> "{\"hash\":\"" + params.path(0).asText() + "\"}");
            })) {
      assertThat(send(operators, raw).getTransactionHash()).isEqualTo(Hash.sha3(raw));
    }
  }

  @Test
  void lost_replies_are_ambiguous_and_carry_the_evidence() {
    String raw = signed(0);
    try (Operators operators = Operators.equal(2, PooledWeb3jBroadcastTest::accepting)) {
      operators.all(
          node -> node.socket.policy(FaultPolicy.always(Fault.LOST_REPLY).onMethod(SEND)));
      assertThatThrownBy(() -> send(operators, raw))
          .isInstanceOf(BroadcastAmbiguousException.class)
          .hasMessageContaining(Hash.sha3(raw))
          .hasMessageContaining("never pay again")
          .satisfies(
              e -> {
                BroadcastEvidence evidence = ((BroadcastAmbiguousException) e).evidence();
                assertThat(evidence.outcome()).isEqualTo(BroadcastEvidence.Outcome.AMBIGUOUS);
                assertThat(evidence.hash().value()).isEqualTo(Hash.sha3(raw));
                assertThat(evidence.answers()).isNotEmpty();
              });
    }
  }

  @Test
  void a_lost_reply_of_what_a_node_has_is_a_success() throws Exception {
    String raw = signed(0);
    try (Operators operators = Operators.equal(2, PooledWeb3jBroadcastTest::accepting)) {
      operators.all(
          node -> {
            node.answer(
                "eth_getTransactionByHash",
                params -> "{\"hash\":\"" + params.path(0).asText() + "\"}");
            node.socket.policy(FaultPolicy.always(Fault.LOST_REPLY).onMethod(SEND));
          });
      assertThat(send(operators, raw).getTransactionHash()).isEqualTo(Hash.sha3(raw));
    }
  }

  @Test
  void what_provably_never_left_is_told_so() {
    try (Operators operators = Operators.equal(2, PooledWeb3jBroadcastTest::accepting)) {
      operators.all(ScriptedNode::close); // nobody listens any more
      assertThatThrownBy(() -> send(operators, signed(0)))
          .isInstanceOf(BroadcastNotSentException.class)
          .satisfies(
              e ->
                  assertThat(((BroadcastNotSentException) e).evidence().outcome())
                      .isEqualTo(BroadcastEvidence.Outcome.NOT_SENT));
    }
  }

  @Test
  void what_is_for_another_chain_or_no_transaction_reaches_no_node() throws Exception {
    try (Operators operators = Operators.equal(2, PooledWeb3jBroadcastTest::accepting)) {
      for (String raw : new String[] {signed(0, 1), "0x", "0x02c0", "nonsense"}) {
        EthSendTransaction answer = send(operators, raw);
        assertThat(answer.getError().getCode()).as(raw).isEqualTo(-32602);
        assertThat(answer.getError().getMessage()).startsWith("not sent: ");
      }
      operators.all(node -> assertThat(node.count(SEND)).isZero());
    }
  }

  @Test
  void a_batch_of_sends_and_reads_gives_each_element_its_own_fate() throws Exception {
    try (Operators operators = Operators.equal(2, PooledWeb3jBroadcastTest::accepting)) {
      operators.all(node -> node.answer("eth_gasPrice", "\"0x2a\""));
      BatchResponse answer =
          operators
              .web3j
              .newBatch()
              .add(operators.web3j.ethSendRawTransaction(signed(0)))
              .add(operators.web3j.ethGasPrice())
              .add(operators.web3j.ethSendRawTransaction(signed(1, 1)))
              .add(operators.web3j.ethSendRawTransaction(signed(2)))
              .send();
      assertThat(answer.getResponses().get(0).getResult()).isEqualTo(Hash.sha3(signed(0)));
      assertThat(answer.getResponses().get(1).getResult()).isEqualTo("0x2a");
      assertThat(answer.getResponses().get(2).getError().getCode()).isEqualTo(-32602);
      assertThat(answer.getResponses().get(3).getResult()).isEqualTo(Hash.sha3(signed(2)));
    }
  }

  @Test
  void in_a_batch_doubt_is_an_error_of_its_own_with_the_evidence() throws Exception {
    try (Operators operators = Operators.equal(2, PooledWeb3jBroadcastTest::accepting)) {
      operators.all(
          node -> node.socket.policy(FaultPolicy.always(Fault.LOST_REPLY).onMethod(SEND)));
      BatchResponse answer =
          operators.web3j.newBatch().add(operators.web3j.ethSendRawTransaction(signed(0))).send();
      assertThat(answer.getResponses().get(0).getError().getCode())
          .isEqualTo(PooledWeb3jService.CODE_AMBIGUOUS);
      assertThat(answer.getResponses().get(0).getError().getData())
          .contains(Hash.sha3(signed(0)))
          .contains("AMBIGUOUS");
    }
  }

  @Test
  void in_a_batch_what_never_left_is_an_error_of_its_own() throws Exception {
    try (Operators operators = Operators.equal(2, PooledWeb3jBroadcastTest::accepting)) {
      operators.all(ScriptedNode::close);
      BatchResponse answer =
          operators.web3j.newBatch().add(operators.web3j.ethSendRawTransaction(signed(0))).send();
      assertThat(answer.getResponses().get(0).getError().getCode())
          .isEqualTo(PooledWeb3jService.CODE_NOT_SENT);
    }
  }
}
