package io.payonce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** {@link Wei}, {@link TokenAmount} and {@link ChainId}: no digit is lost, no bound is soft. */
class AmountTest {
  private static final ChainId CHAIN = ChainId.of(1);
  private static final Asset NATIVE = new Asset.Native(CHAIN);
  private static final BigInteger MAX = BigInteger.TWO.pow(256).subtract(BigInteger.ONE);

  @Test
  void parses_whole_coins_exactly() {
    assertThat(Wei.ofCoins("0.01")).isEqualTo(Wei.of(10_000_000_000_000_000L));
    assertThat(Wei.ofCoins("1")).isEqualTo(Wei.gwei(1_000_000_000));
    assertThat(Wei.ofCoins("0.000000000000000001")).isEqualTo(Wei.ONE);
    assertThat(Wei.ofCoins("007.50")).isEqualTo(Wei.ofCoins("7.5"));
    assertThat(Wei.ofCoins("1.0000000000000000000000")).isEqualTo(Wei.ofCoins("1"));
    assertThat(TokenAmount.parse(NATIVE, "12.5", 6).units()).isEqualTo(12_500_000);
    assertThat(TokenAmount.parse(NATIVE, "12", 0).units()).isEqualTo(12);
  }

  @Test
  void refuses_a_digit_that_does_not_fit() {
    assertThatThrownBy(() -> Wei.ofCoins("0.0000000000000000001"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("0.0000000000000000001", "18");
    assertThatThrownBy(() -> TokenAmount.parse(NATIVE, "0.0000001", 6))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("more than 6");
    assertThatThrownBy(() -> TokenAmount.parse(NATIVE, "0.5", 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refuses_every_other_notation() {
    for (String text :
        List.of(
            "",
            " ",
            "-1",
            "+1",
            "1e3",
            "1E3",
            ".5",
            "5.",
            "1.2.3",
            "1,5",
            "0x10",
            "1 ",
            " 1",
            "1_000",
            "\u0661",
            "NaN",
            "1".repeat(101))) {
      assertThatThrownBy(() -> Wei.ofCoins(text))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("amount");
    }
  }

  @Test
  void reads_back_what_it_writes() {
    long seed = 77;
    Random random = new Random(seed);
    for (int i = 0; i < 5_000; i++) {
      BigInteger units = new BigInteger(random.nextInt(257), random);
      int decimals = random.nextInt(TokenAmount.MAX_DECIMALS + 1);
      TokenAmount amount = TokenAmount.of(NATIVE, units);
      assertThat(TokenAmount.parse(NATIVE, amount.toWholeUnits(decimals), decimals))
          .as("seed %d round %d", seed, i)
          .isEqualTo(amount);
      assertThat(Wei.ofCoins(Wei.of(units).toCoins())).isEqualTo(Wei.of(units));
    }
  }

  @Test
  void stays_within_256_bits_and_above_zero() {
    assertThat(Wei.of(MAX).value()).isEqualTo(MAX);
    assertThatThrownBy(() -> Wei.of(MAX).plus(Wei.ONE))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Wei.of(MAX).times(2)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Wei.ZERO.minus(Wei.ONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
    assertThatThrownBy(() -> Wei.of(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> TokenAmount.of(NATIVE, -1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> TokenAmount.of(NATIVE, MAX.add(BigInteger.ONE)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> TokenAmount.parse(NATIVE, "1", 78))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("decimals 78");
  }

  @Test
  void orders_and_bounds() {
    assertThat(Wei.of(2).max(Wei.of(3))).isEqualTo(Wei.of(3));
    assertThat(Wei.of(2).min(Wei.of(3))).isEqualTo(Wei.of(2));
    assertThat(Wei.of(3).isGreaterThan(Wei.of(3))).isFalse();
    assertThat(Wei.of(4).isGreaterThan(Wei.of(3))).isTrue();
  }

  @Test
  void keeps_chain_ids_within_what_eip155_can_carry() {
    long most = (Long.MAX_VALUE - 36) / 2;
    assertThat(ChainId.of(most).value()).isEqualTo(most);
    assertThat(Math.addExact(36, Math.multiplyExact(2, most))).isPositive();
    for (long wrong : new long[] {0, -1, most + 1, Long.MAX_VALUE, Long.MIN_VALUE}) {
      assertThatThrownBy(() -> ChainId.of(wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("chainId " + wrong);
    }
  }
}
