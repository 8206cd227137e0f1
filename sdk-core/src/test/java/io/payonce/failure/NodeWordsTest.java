package io.payonce.failure;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.ChainId;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whole answers of named clients and versions. Those of anvil and Hardhat were recorded from the
 * nodes; the others are the format strings of the releases named, filled in.
 */
final class NodeWordsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "Geth/v1.9.10-stable/linux | -32000 | known transaction: 9c1f0a | ALREADY_KNOWN | CHECK_CHAIN",
        "Geth/v1.9.25-stable/linux | -32000 | already known | ALREADY_KNOWN | CHECK_CHAIN",
        "Geth/v1.11.6-stable/linux | -32000 | transaction would cause overdraft | INSUFFICIENT_FUNDS | HOLD_FUNDS",
        "Geth/v1.13.4-stable/linux | -32000 | transaction underpriced: tip needed 2, tip permitted 1 | UNDERPRICED | REPLACE_SAME_NONCE",
        "Geth/v1.13.15-stable/linux | -32000 | transaction underpriced: gas tip cap 1, minimum needed 2 | UNDERPRICED | REPLACE_SAME_NONCE",
        "Geth/v1.16.7-stable/linux | -32000 | transaction gas price below minimum: gas tip cap 1, minimum needed 2 | UNDERPRICED | REPLACE_SAME_NONCE",
        "Geth/v1.10.26-stable/linux | -32000 | intrinsic gas too low | INTRINSIC_GAS | HOLD_PAYLOAD",
        "Geth/v1.16.7-stable/linux | -32000 | intrinsic gas too low: gas 20000, minimum needed 21000 | INTRINSIC_GAS | HOLD_PAYLOAD",
        "Geth/v1.16.7-stable/linux | -32000 | invalid sender: invalid chain id for signer: have 1 want 5 | WRONG_CHAIN | HOLD_CONFIG",
        "Geth/v1.15.11-stable/linux | -32000 | in-flight transaction limit reached for delegated accounts | POOL_FULL | WAIT_AND_RESEND",
        "Geth/v1.15.11-stable/linux | -32000 | authority already reserved | POOL_FULL | WAIT_AND_RESEND",
        "Geth/v1.17.5-stable/linux | -32000 | transaction gas limit too high (cap: 16777216, tx: 30000000) | EXCEEDS_BLOCK_GAS | HOLD_PAYLOAD",
        "Geth/v1.101411.3-stable/linux | -32000 | exceeds block gas limit | EXCEEDS_BLOCK_GAS | HOLD_PAYLOAD",
        "besu/v22.10.0/linux | -32006 | Incorrect nonce | NONCE_TOO_HIGH | FILL_LOWER_NONCES",
        "besu/v22.10.0/linux | -32000 | Transaction nonce it too distant from current sender nonce | NONCE_TOO_HIGH | FILL_LOWER_NONCES",
        "besu/v25.7.0/linux | -32000 | Transaction nonce is too distant from current sender nonce | NONCE_TOO_HIGH | FILL_LOWER_NONCES",
        "besu/v25.7.0/linux | -32005 | Transaction gas limit cap exceeded | EXCEEDS_BLOCK_GAS | HOLD_PAYLOAD",
        "besu/v25.7.0/linux | -32009 | Gas price below current base fee | FEE_BELOW_BASE | REPLACE_SAME_NONCE",
        "besu/v25.7.0/linux | -32007 | Sender account not authorized to send transactions | NOT_PERMITTED | HOLD_CONFIG",
        "besu/v23.10.0/linux | -32002 | Transaction pool not enabled | UNAVAILABLE | PROVIDER_FAULT",
        "Nethermind/v1.14.0/linux | -32010 | OldNonce, Current nonce: 8, nonce of rejected tx: 7 | NONCE_TOO_LOW | CHECK_CHAIN",
        "Nethermind/v1.40.0/linux | -32000 | nonce too low, Current nonce: 8, nonce of rejected tx: 7 | NONCE_TOO_LOW | CHECK_CHAIN",
        "Nethermind/v1.14.0/linux | -32010 | GasLimitExceeded, Gas limit: 5, gas limit of rejected tx: 9 | EXCEEDS_BLOCK_GAS | HOLD_PAYLOAD",
        "Nethermind/v1.40.0/linux | -32000 | gas limit reached, Gas limit: 5, gas limit of rejected tx: 9 | EXCEEDS_BLOCK_GAS | HOLD_PAYLOAD",
        "Nethermind/v1.40.0/linux | -32016 | eth_call request was canceled due to enabled timeout. | TIMED_OUT | RESEND_SAME",
        "reth/v0.1.0-alpha.1/x86 | -32003 | 0xab identified as spammer. Transaction 0x9c1f rejected. | POOL_FULL | WAIT_AND_RESEND",
        "reth/v1.8.0/x86 | -32003 | transaction nonce is not consistent: next nonce 8, tx nonce 7 | NONCE_TOO_LOW | CHECK_CHAIN",
        "reth/v2.5.1/x86 | -32003 | nonce too low: next nonce 8, tx nonce 7 | NONCE_TOO_LOW | CHECK_CHAIN",
        "reth/v1.1.0/x86 | -32003 | transaction overdraws from account, balance: 1, cost: 2 | INSUFFICIENT_FUNDS | HOLD_FUNDS",
        "erigon/2.60.1/linux | -32000 | INTERNAL_ERROR: insufficient funds | INSUFFICIENT_FUNDS | HOLD_FUNDS",
        "erigon/2.60.1/linux | -32000 | FEE_TOO_LOW: underpriced | UNDERPRICED | REPLACE_SAME_NONCE",
        "erigon/3.0.4/linux | -32000 | INTERNAL_ERROR: EIP-7702 transaction with authority already reserved | POOL_FULL | WAIT_AND_RESEND",
        "erigon/3.0.4/linux | -32000 | INTERNAL_ERROR: gas limit is too high | EXCEEDS_BLOCK_GAS | HOLD_PAYLOAD",
        "nitro/v3.2.1-d81324d/linux | -32000 | intrinsic gas too low | INTRINSIC_GAS | UNKNOWN",
        "nitro/v3.2.1-d81324d/linux | -32000 | sequencer temporarily not available | UNAVAILABLE | PROVIDER_FAULT",
        "nitro/v3.2.1-d81324d/linux | -32000 | max fee per gas less than block base fee: address 0xab, maxFeePerGas: 5 baseFee: 7 | FEE_BELOW_BASE | REPLACE_SAME_NONCE",
        "bor/v1.5.3/linux | -32000 | transaction underpriced: gas tip cap 1, minimum needed 25 | UNDERPRICED | REPLACE_SAME_NONCE",
        "zkSync/v2.0 | 3 | not enough balance to cover the fee. error message: x | INSUFFICIENT_FUNDS | HOLD_FUNDS",
        "anvil/v1.7.1 | -32003 | transaction already imported | ALREADY_KNOWN | CHECK_CHAIN",
        "anvil/v1.7.1 | -32003 | Insufficient funds for gas * price + value | INSUFFICIENT_FUNDS | HOLD_FUNDS",
        "anvil/v1.7.1 | -32000 | intrinsic gas too high -- tx.gas_limit > env.block.gas_limit | EXCEEDS_BLOCK_GAS | HOLD_PAYLOAD",
        "anvil/v1.7.1 | -32602 | Failed to decode transaction | UNREADABLE | RESEND_SAME",
        "HardhatNetwork/2.29.1/@nomicfoundation/edr/0.3.8 | -32000 | Known transaction: 0xbd3b4196c646b931e427392ba9d10a07152dd07f3497b024d6fee7adf63f94e6 | ALREADY_KNOWN | CHECK_CHAIN",
        "HardhatNetwork/2.29.1/@nomicfoundation/edr/0.3.8 | -32000 | Transaction nonce too low. Expected nonce to be at least 1 but got 0. | NONCE_TOO_LOW | CHECK_CHAIN",
        "HardhatNetwork/2.29.1/@nomicfoundation/edr/0.3.8 | -32000 | Transaction requires at least 29000 gas but got 22000 | INTRINSIC_GAS | HOLD_PAYLOAD",
        "HardhatNetwork/2.29.1/@nomicfoundation/edr/0.3.8 | -32602 | Trying to send a raw transaction with an invalid chainId. The expected chainId is 31337 | WRONG_CHAIN | HOLD_CONFIG",
        "HardhatNetwork/2.29.1/@nomicfoundation/edr/0.3.8 | -32004 | Method eth_nope is not supported | METHOD_MISSING | PROVIDER_FAULT",
        "HardhatNetwork/2.0.0/@ethereumjs/vm/4.2.0 | -32000 | Transaction gas price is 1 and is below minimum gas price of 5 | UNDERPRICED | REPLACE_SAME_NONCE",
        "someproxy | -32000 | exceeds block gas limit | EXCEEDS_BLOCK_GAS | UNKNOWN",
        "someproxy | -32000 | wrong chainId | WRONG_CHAIN | UNKNOWN",
        "geth | -32000 | relay: unexpected failure | UNKNOWN | UNKNOWN"
      })
  void means(String client, int code, String words, FailureCode meaning, SendAction action) {
    NodeAnswer answer = NodeAnswer.error(code, words).by(NodeClient.parse(client));
    for (NodeAnswer said :
        new NodeAnswer[] {
          answer, NodeAnswer.error(-32603, "Internal error").by(answer.client()).withData(words)
        }) {
      FailureClass found = FailureClassifier.standard().classify(said);
      boolean ownCode = found.rule().isEmpty() && meaning == FailureCode.UNKNOWN;
      assertThat(found.code()).isEqualTo(meaning);
      assertThat(found.action()).isEqualTo(action);
      assertThat(found.rule().isEmpty()).isEqualTo(ownCode);
    }
    assertThat(FailureClassifier.standard().classify(answer).evidence())
        .startsWith("message: " + words.substring(0, 10));
  }

  @ParameterizedTest
  @CsvSource({
    "401, UNAUTHORIZED, true, NONE",
    "402, QUOTA_EXHAUSTED, false, LONG",
    "403, UNAUTHORIZED, true, NONE",
    "404, METHOD_MISSING, false, NONE",
    "408, TIMED_OUT, true, NONE",
    "413, REQUEST_TOO_LARGE, false, NONE",
    "429, RATE_LIMITED, false, BRIEF",
    "500, UNAVAILABLE, true, NONE",
    "502, UNAVAILABLE, true, NONE",
    "503, UNAVAILABLE, true, NONE",
    "504, TIMED_OUT, true, NONE",
    "520, UNAVAILABLE, true, NONE",
    "522, TIMED_OUT, true, NONE",
    "524, TIMED_OUT, true, NONE",
    "526, UNAVAILABLE, true, NONE",
    "200, UNKNOWN, false, NONE"
  })
  void a_page_in_place_of_an_answer_means(
      int status, FailureCode meaning, boolean health, Throttle throttle) {
    String page = "<html><body>nonce too low, execution reverted</body></html>";
    FailureClass found = FailureClassifier.standard().classify(NodeAnswer.http(status, page));
    assertThat(found.code()).isEqualTo(meaning);
    assertThat(found.affectsHealth()).isEqualTo(health);
    assertThat(found.throttle()).isEqualTo(throttle);
    assertThat(found.action().stopsPayment()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "56, sender or to in black list, NOT_PERMITTED",
    "1, sender or to in black list, ''",
    "59144, Calldata of transaction is greater than the allowed max of 30000, OVERSIZED",
    "1, Calldata of transaction is greater than the allowed max of 30000, ''"
  })
  void words_of_one_chain_stop_payments_there_alone(long chain, String words, String stops) {
    FailureClass found =
        FailureClassifier.standard()
            .classify(NodeAnswer.error(-32000, words).on(ChainId.of(chain)));
    assertThat(found.action().stopsPayment() ? found.code().name() : "").isEqualTo(stops);
  }
}
