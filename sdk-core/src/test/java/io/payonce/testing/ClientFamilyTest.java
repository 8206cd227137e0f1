package io.payonce.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.Bytes;
import io.payonce.TransactionHash;
import io.payonce.failure.FailureClassifier;
import io.payonce.failure.FailureCode;
import io.payonce.failure.NodeAnswer;
import io.payonce.failure.NodeClient;
import io.payonce.failure.SendAction;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The replacement predicates that the nodes' sources state, at and beside their boundaries. */
class ClientFamilyTest {
  private static final BigInteger BASE = BigInteger.valueOf(50);

  @ParameterizedTest
  @CsvSource({
    "GETH, 100, 10, 110, 11, true",
    "GETH, 100, 10, 109, 11, false",
    "GETH, 100, 10, 200, 10, false",
    "GETH, 105, 5, 115, 6, true",
    "GETH, 1, 1, 1, 1, false",
    "RETH, 100, 10, 110, 11, false",
    "RETH, 100, 10, 111, 12, true",
    "RETH, 100, 10, 111, 11, false",
    "RETH, 100, 0, 111, 0, true",
    "NETHERMIND, 100, 10, 110, 16, true",
    "NETHERMIND, 100, 10, 110, 15, false",
    "NETHERMIND, 9, 1, 9, 1, false",
    "NETHERMIND, 0, 0, 0, 0, true",
    "BESU, 60, 2, 66, 8, true",
    "BESU, 60, 2, 66, 7, false",
    "BESU, 60, 2, 70, 2, false"
  })
  void replaces_exactly_as_its_client_does(
      ClientFamily family, long oldCap, long oldTip, long newCap, long newTip, boolean accepted) {
    assertThat(family.replaces(tx(2, oldCap, oldTip), tx(2, newCap, newTip), BASE))
        .isEqualTo(accepted);
  }

  @Test
  void geth_minimum_bump_is_refused_by_clients_that_look_at_the_effective_price() {
    SimTx old = tx(2, 60, 2);
    SimTx bumped = tx(2, 67, 3);
    assertThat(ClientFamily.GETH.replaces(old, bumped, BASE)).isTrue();
    assertThat(ClientFamily.BESU.replaces(old, bumped, BASE)).isFalse();
    assertThat(ClientFamily.NETHERMIND.replaces(old, bumped, BASE)).isFalse();
  }

  @Test
  void nethermind_compares_two_legacy_transactions_on_price() {
    assertThat(ClientFamily.NETHERMIND.replaces(tx(0, 100, 100), tx(0, 110, 110), BASE)).isTrue();
    assertThat(ClientFamily.NETHERMIND.replaces(tx(0, 100, 100), tx(0, 109, 109), BASE)).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void every_refusal_of_every_client_has_a_known_meaning(ClientFamily family) {
    for (ClientFamily.Refusal why : ClientFamily.Refusal.values()) {
      boolean ofDelegated =
          why == ClientFamily.Refusal.DELEGATED || why == ClientFamily.Refusal.DELEGATED_GAP;
      if (ofDelegated && !family.limitsDelegated()) {
        continue;
      }
      RpcError error = family.error(why, tx(2, 100, 10), 7, BigInteger.ONE);
      assertThat(FailureClassifier.standard().classify(error.code(), error.words()).code())
          .as("%s: %s", why, error.words())
          .isEqualTo(meaning(family, why));
    }
  }

  @ParameterizedTest
  @EnumSource
  void every_text_about_a_payload_would_cancel_if_every_operator_said_it(ClientFamily family) {
    for (int which = 0; which < ClientFamily.PAYLOADS; which++) {
      RpcError error = family.payload(which);
      NodeAnswer answer =
          NodeAnswer.error(error.code(), error.words()).by(NodeClient.parse(family.version()));
      assertThat(FailureClassifier.standard().classify(answer).action())
          .as(error.words())
          .isEqualTo(SendAction.HOLD_PAYLOAD);
    }
  }

  private static FailureCode meaning(ClientFamily family, ClientFamily.Refusal why) {
    return switch (why) {
      case ALREADY_KNOWN -> FailureCode.ALREADY_KNOWN;
      case NONCE_TOO_LOW -> FailureCode.NONCE_TOO_LOW;
      case REPLACEMENT_UNDERPRICED -> FailureCode.REPLACEMENT_UNDERPRICED;
      case UNDERPRICED -> FailureCode.UNDERPRICED;
      case INSUFFICIENT_FUNDS -> FailureCode.INSUFFICIENT_FUNDS;
      // geth and reth count an account's transactions, the others how far its nonce is ahead.
      case TOO_MANY_OF_SENDER ->
          family == ClientFamily.GETH || family == ClientFamily.RETH
              ? FailureCode.POOL_FULL
              : FailureCode.NONCE_TOO_HIGH;
      case DELEGATED -> FailureCode.POOL_FULL;
      // Nethermind has one word for both.
      case DELEGATED_GAP ->
          family == ClientFamily.NETHERMIND ? FailureCode.POOL_FULL : FailureCode.NONCE_TOO_HIGH;
      case WRONG_CHAIN -> FailureCode.WRONG_CHAIN;
      case GAS_LIMIT -> FailureCode.EXCEEDS_BLOCK_GAS;
    };
  }

  static SimTx tx(int type, long cap, long tip) {
    return new SimTx(
        TransactionHash.of("0x" + "0".repeat(64)),
        Address.ZERO,
        0,
        Address.ZERO,
        BigInteger.ZERO,
        Bytes.EMPTY,
        BigInteger.valueOf(cap),
        BigInteger.valueOf(tip),
        21_000,
        type,
        List.of(),
        Optional.empty());
  }
}
