package io.payonce.fee;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.Wei;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FeePolicyTest {
  @Test
  void needs_a_limit_above_zero_for_each_payment() {
    assertThatThrownBy(() -> FeePolicy.of(Wei.ZERO, Wei.ONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("maxFeePerPayment 0 wei must be above 0");
  }

  @Test
  void refuses_an_hour_that_is_smaller_than_one_payment() {
    assertThatThrownBy(() -> FeePolicy.of(Wei.of(5), Wei.of(4)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("maxFeePerHour 4", "maxFeePerPayment 5");
    assertThat(FeePolicy.of(Wei.of(5), Wei.of(5)).maxFeePerHour()).isEqualTo(Wei.of(5));
  }

  @Test
  void keeps_latency_between_0_and_50_blocks() {
    for (int wrong : new int[] {-1, 51}) {
      assertThatThrownBy(() -> new FeePolicy(Wei.ONE, Wei.ONE, Optional.empty(), wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("latencyBlocks " + wrong);
    }
    for (int right : new int[] {0, 50}) {
      assertThat(new FeePolicy(Wei.ONE, Wei.ONE, Optional.empty(), right).latencyBlocks())
          .isEqualTo(right);
    }
  }

  @Test
  void covers_six_blocks_without_a_cap_per_gas_unless_told() {
    FeePolicy usual = FeePolicy.of(Wei.ONE, Wei.ONE);
    assertThat(usual.latencyBlocks()).isEqualTo(6);
    assertThat(usual.maxFeePerGas()).isEmpty();
  }
}
