package io.payonce.fee;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import java.math.BigInteger;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Boundaries of each family, as the Javadoc of its rule states them. */
class PoolRulesTest {
  private static final Address PAYEE = Address.of("0x" + "11".repeat(20));

  private static UnsignedTransaction fees(long cap, long tip) {
    return new UnsignedTransaction.DynamicFee(
        ChainId.of(1),
        0,
        Wei.of(tip),
        Wei.of(cap),
        BigInteger.valueOf(21_000),
        PAYEE,
        Wei.ZERO,
        Bytes.EMPTY,
        List.of());
  }

  private static UnsignedTransaction price(long price) {
    return new UnsignedTransaction.Legacy(
        ChainId.of(1), 0, Wei.of(price), BigInteger.valueOf(21_000), PAYEE, Wei.ZERO, Bytes.EMPTY);
  }

  private static boolean accepts(
      PoolRules pool, UnsignedTransaction old, UnsignedTransaction next, long baseFee) {
    return pool.accepts(old, next, Wei.of(baseFee), PoolRules.DEFAULT_PERCENT);
  }

  @Test
  void geth_takes_the_boundary_and_wants_both_fields() {
    assertThat(accepts(PoolRules.GETH, fees(100, 10), fees(110, 11), 50)).isTrue();
    assertThat(accepts(PoolRules.GETH, fees(100, 10), fees(109, 11), 50)).isFalse();
    assertThat(accepts(PoolRules.GETH, fees(100, 10), fees(200, 10), 50)).isFalse();
    assertThat(accepts(PoolRules.GETH, fees(9, 9), fees(9, 9), 0)).isFalse();
    assertThat(accepts(PoolRules.GETH, fees(9, 0), fees(10, 0), 0)).isFalse();
    assertThat(accepts(PoolRules.GETH, fees(9, 0), fees(10, 1), 0)).isTrue();
    assertThat(accepts(PoolRules.GETH, price(100), price(110), 0)).isTrue();
  }

  @Test
  void reth_refuses_the_boundary_and_ignores_a_zero_tip() {
    assertThat(accepts(PoolRules.RETH, fees(100, 10), fees(110, 12), 50)).isFalse();
    assertThat(accepts(PoolRules.RETH, fees(100, 10), fees(111, 11), 50)).isFalse();
    assertThat(accepts(PoolRules.RETH, fees(100, 10), fees(111, 12), 50)).isTrue();
    assertThat(accepts(PoolRules.RETH, fees(100, 0), fees(111, 0), 50)).isTrue();
  }

  @Test
  void besu_judges_what_is_paid_at_the_current_base_fee() {
    // Base 50, cap 60, tip 2: the geth minimum moves the price paid from 52 to 52.2 only.
    assertThat(accepts(PoolRules.BESU, fees(6000, 200), fees(6601, 221), 5000)).isFalse();
    assertThat(accepts(PoolRules.BESU, fees(6000, 200), fees(6601, 720), 5000)).isTrue();
    assertThat(accepts(PoolRules.BESU, fees(6000, 200), fees(6601, 719), 5000)).isFalse();
    assertThat(accepts(PoolRules.BESU, price(100), price(110), 0)).isTrue();
    assertThat(accepts(PoolRules.BESU, price(100), price(109), 0)).isFalse();
  }

  @Test
  void nethermind_judges_the_bottleneck_and_always_replaces_a_zero_cap() {
    assertThat(accepts(PoolRules.NETHERMIND, fees(6000, 200), fees(6601, 221), 5000)).isFalse();
    assertThat(accepts(PoolRules.NETHERMIND, fees(6000, 200), fees(6601, 720), 5000)).isTrue();
    assertThat(accepts(PoolRules.NETHERMIND, price(0), price(0), 0)).isTrue();
    assertThat(accepts(PoolRules.NETHERMIND, price(9), price(9), 0)).isFalse();
    assertThat(accepts(PoolRules.NETHERMIND, price(9), price(10), 0)).isTrue();
    assertThat(accepts(PoolRules.NETHERMIND, price(10), price(11), 5_000)).isTrue();
  }
}
