package io.payonce.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.TransactionHash;
import io.payonce.Wei;
import io.payonce.routing.ControlQuestion.Heard;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class ControlQuestionTest {
  private static final Address ACCOUNT = Address.of("0x00000000000000000000000000000000000000aa");
  private static final TransactionHash TX = TransactionHash.of("0x" + "77".repeat(32));
  private static final String ZERO = "0x" + "0".repeat(40);

  private static List<?> asked(RpcRequest<?> refused) {
    RpcRequest<?> question = ControlQuestion.of(refused, OptionalLong.of(99));
    assertThat(question.method()).isEqualTo(refused.method());
    return question.params();
  }

  @Test
  void it_is_the_same_question_of_a_block_that_the_endpoint_has() {
    assertThat(asked(Requests.nonce(ACCOUNT, "0x5"))).isEqualTo(List.of(ACCOUNT.value(), "0x63"));
    assertThat(asked(Requests.balance(ACCOUNT, "latest")))
        .isEqualTo(List.of(ACCOUNT.value(), "0x63"));
    assertThat(asked(Requests.code(ACCOUNT, "0x5"))).isEqualTo(List.of(ACCOUNT.value(), "0x63"));
    assertThat(asked(Requests.storage(ACCOUNT, BigInteger.ONE, "0x5")))
        .isEqualTo(List.of(ACCOUNT.value(), Requests.word(BigInteger.ONE), "0x63"));
    assertThat(asked(Requests.logs(List.of(ACCOUNT), List.of(), 1, 80)))
        .isEqualTo(
            List.of(
                Map.of(
                    "fromBlock",
                    "0x63",
                    "toBlock",
                    "0x63",
                    "address",
                    List.of(ACCOUNT.value()),
                    "topics",
                    List.of())));
    assertThat(asked(Requests.receipt(TX))).isEqualTo(List.of(TX.value()));
    assertThat(asked(Requests.chainId())).isEqualTo(List.of());
  }

  @Test
  void of_a_block_it_asks_for_the_header_and_of_a_computation_for_none() {
    assertThat(asked(Requests.block(5))).isEqualTo(List.of("0x63", false));
    assertThat(asked(Requests.blockRef("finalized"))).isEqualTo(List.of("0x63", false));
    assertThat(asked(Requests.call(ACCOUNT, Bytes.fromHex("0xabcd"), "0x5")))
        .isEqualTo(List.of(Map.of("to", ZERO, "data", "0x"), "0x63"));
    assertThat(
            asked(Requests.estimateGas(ACCOUNT, ACCOUNT, Wei.ONE, Bytes.fromHex("0xabcd"))).get(0))
        .isEqualTo(Map.of("from", ZERO, "to", ZERO, "value", "0x0", "data", "0x"));
  }

  @Test
  void of_whom_no_block_is_known_the_newest_one_is_asked_for() {
    RpcRequest<?> question =
        ControlQuestion.of(Requests.nonce(ACCOUNT, "0x5"), OptionalLong.empty());
    assertThat(question.method()).isEqualTo("eth_getBlockByNumber");
    assertThat(question.params()).isEqualTo(List.of("latest", false));
  }

  private static Heard heard(RpcRequest<?> request, Object value) {
    return ControlQuestion.heard(request, new RpcOutcome.Ok<>(value, "a"), true);
  }

  private static Heard failed(RpcRequest<?> request, RpcFailure failure) {
    return ControlQuestion.heard(request, new RpcOutcome.Failed<>(failure), true);
  }

  @Test
  void a_value_is_an_answer_and_a_null_is_one_except_for_a_block() {
    BlockRef block = new BlockRef(5, BlockHash.of("0x" + "11".repeat(32)));
    assertThat(heard(Requests.nonce(ACCOUNT, "0x5"), 0L)).isEqualTo(Heard.ANSWERED);
    assertThat(heard(Requests.receipt(TX), Optional.empty())).isEqualTo(Heard.ANSWERED);
    assertThat(heard(Requests.blockRef("0x5"), Optional.of(block))).isEqualTo(Heard.ANSWERED);
    assertThat(heard(Requests.blockRef("0x5"), Optional.empty())).isEqualTo(Heard.NOT_ANSWERED);
    assertThat(heard(Requests.block(5), Optional.empty())).isEqualTo(Heard.NOT_ANSWERED);
  }

  @Test
  void a_revert_answers_a_call_and_nothing_else() {
    RpcRequest<?> nonce = Requests.nonce(ACCOUNT, "0x5");
    RpcRequest<?> call = Requests.call(ACCOUNT, Bytes.EMPTY, "0x5");
    RpcRequest<?> gas = Requests.estimateGas(ACCOUNT, ACCOUNT, Wei.ONE, Bytes.EMPTY);
    RpcFailure reverted = new RpcFailure.NodeError(3, "execution reverted", "0x");
    RpcFailure internal = new RpcFailure.NodeError(-32603, "internal error", "");
    assertThat(failed(call, reverted)).isEqualTo(Heard.ANSWERED);
    assertThat(failed(gas, reverted)).isEqualTo(Heard.ANSWERED);
    assertThat(failed(nonce, reverted)).isEqualTo(Heard.NOT_ANSWERED);
    for (RpcRequest<?> any : List.of(call, gas, nonce, Requests.blockRef("0x5"))) {
      assertThat(failed(any, internal)).isEqualTo(Heard.NOT_ANSWERED);
    }
  }

  @Test
  void no_answer_at_all_is_none_and_what_was_not_sent_for_our_own_reasons_is_no_question() {
    RpcRequest<?> nonce = Requests.nonce(ACCOUNT, "0x5");
    for (RpcFailure missed :
        List.of(
            new RpcFailure.Transport("reset", BytesSent.ALL),
            new RpcFailure.DeadlineExceeded("late", BytesSent.ALL),
            new RpcFailure.Throttled("429", Duration.ofSeconds(1)),
            new RpcFailure.Malformed("<html>"))) {
      assertThat(failed(nonce, missed)).as("%s", missed).isEqualTo(Heard.NOT_ANSWERED);
    }
    RpcFailure full = new RpcFailure.NoEligibleEndpoint("a is used to its limit");
    for (RpcFailure ours :
        List.of(
            full,
            new RpcFailure.PrivateTransaction(TX),
            new RpcFailure.Cancelled("closed", BytesSent.NONE))) {
      assertThat(failed(nonce, ours)).as("%s", ours).isEqualTo(Heard.NOT_ASKED);
    }
    assertThat(ControlQuestion.heard(nonce, new RpcOutcome.Failed<>(full), false))
        .as("it has never proven its chain id")
        .isEqualTo(Heard.NOT_ANSWERED);
    assertThat(failed(nonce, new RpcFailure.Behind("trails"))).isEqualTo(Heard.ANSWERED);
    assertThat(heard(Requests.chainId(), ChainId.of(1))).isEqualTo(Heard.ANSWERED);
  }
}
