package io.payonce.fee;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.Wei;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

class BaseFeeRuleTest {
  private static final BaseFeeRule ETHEREUM = new BaseFeeRule(8, 2, Wei.ZERO);

  private record Header(long number, Wei baseFee, BigInteger gasUsed, BigInteger gasLimit) {}

  @Test
  void predicts_the_next_base_fee_of_every_recorded_mainnet_block() throws IOException {
    List<Header> headers = recorded();
    int exact = 0;
    for (int i = 1; i < headers.size(); i++) {
      Header parent = headers.get(i - 1);
      Header block = headers.get(i);
      assertThat(block.number()).isEqualTo(parent.number() + 1);
      assertThat(ETHEREUM.next(parent.baseFee(), parent.gasUsed(), parent.gasLimit()))
          .as("block %d", block.number())
          .isEqualTo(block.baseFee());
      exact++;
    }
    assertThat(exact).isEqualTo(4_998);
  }

  @Test
  void never_exceeds_the_sure_bound_on_recorded_blocks() throws IOException {
    List<Header> headers = recorded();
    for (int i = 0; i + 7 < headers.size(); i++) {
      for (int blocks = 0; blocks <= 6; blocks++) {
        Header head = headers.get(i);
        Wei next = headers.get(i + 1).baseFee();
        assertThat(headers.get(i + 1 + blocks).baseFee())
            .isLessThanOrEqualTo(ETHEREUM.sureBound(next, head.gasLimit(), blocks));
      }
    }
  }

  /** The three cases of the reference code in EIP-1559, with numbers from geth's own test. */
  @Test
  void agrees_with_the_cases_of_geth() {
    BigInteger limit = BigInteger.valueOf(20_000_000);
    Wei gwei = Wei.gwei(1);
    assertThat(ETHEREUM.next(gwei, BigInteger.valueOf(10_000_000), limit)).isEqualTo(gwei);
    assertThat(ETHEREUM.next(gwei, BigInteger.valueOf(9_000_000), limit))
        .isEqualTo(Wei.of(987_500_000));
    assertThat(ETHEREUM.next(gwei, BigInteger.valueOf(11_000_000), limit))
        .isEqualTo(Wei.of(1_012_500_000));
  }

  @Test
  void grows_by_at_least_one_wei_above_the_target() {
    BigInteger limit = BigInteger.valueOf(30_000_000);
    assertThat(ETHEREUM.next(Wei.ZERO, limit, limit)).isEqualTo(Wei.ONE);
    assertThat(ETHEREUM.next(Wei.of(7), limit, limit)).isEqualTo(Wei.of(8));
    assertThat(ETHEREUM.next(Wei.of(7), BigInteger.ZERO, limit)).isEqualTo(Wei.of(7));
  }

  @Test
  void never_falls_below_the_chains_minimum() {
    BaseFeeRule floored = new BaseFeeRule(8, 2, Wei.of(1_000));
    assertThat(floored.next(Wei.of(1_010), BigInteger.ZERO, BigInteger.valueOf(30_000_000)))
        .isEqualTo(Wei.of(1_000));
  }

  @Test
  void never_exceeds_the_sure_bound_in_hostile_blocks() {
    long seed = 1559;
    Random random = new Random(seed);
    for (int round = 0; round < 20_000; round++) {
      int elasticity = 2 + random.nextInt(9);
      BaseFeeRule rule = new BaseFeeRule(1 + random.nextInt(64), elasticity, Wei.ZERO);
      BigInteger gasLimit =
          BigInteger.valueOf(5_000 + random.nextInt(round % 2 == 0 ? 99 : 60_000_000));
      Wei base = Wei.of(new BigInteger(1 + random.nextInt(200), random));
      BigInteger headLimit = gasLimit;
      Wei next = base;
      int blocks = random.nextInt(13);
      for (int i = 0; i < blocks; i++) {
        gasLimit = worstChild(gasLimit, elasticity, random);
        next = rule.next(next, gasLimit, gasLimit);
      }
      assertThat(next)
          .as("seed %d round %d", seed, round)
          .isLessThanOrEqualTo(rule.sureBound(base, headLimit, blocks));
    }
  }

  /** A full block's limit, lowered as far as the protocol lets it, or to the worst remainder. */
  private static BigInteger worstChild(BigInteger parent, int elasticity, Random random) {
    long step = Math.max(0, parent.longValueExact() / 1024 - 1);
    long lowest = parent.longValueExact() - step;
    long chosen = random.nextInt(3) == 0 ? parent.longValueExact() : lowest;
    while (chosen % elasticity != elasticity - 1 && chosen < parent.longValueExact()) {
      chosen++;
    }
    return BigInteger.valueOf(chosen);
  }

  @Test
  void bounds_more_than_an_eighth_for_an_odd_gas_limit() {
    Wei base = Wei.of(BigInteger.TEN.pow(30));
    BigInteger odd = BigInteger.valueOf(5_001);
    Wei grown = ETHEREUM.next(base, odd, odd);
    assertThat(grown)
        .isGreaterThan(Wei.of(base.value().multiply(BigInteger.valueOf(9)).shiftRight(3)));
    assertThat(ETHEREUM.sureBound(base, odd, 1)).isGreaterThanOrEqualTo(grown);
  }

  /** By hand: a full block of 15,000,000 + 1 over the target adds ceil(9 / 8 and a little) = 2. */
  @Test
  void rounds_the_sure_bound_up() {
    assertThat(ETHEREUM.sureBound(Wei.of(9), BigInteger.valueOf(30_000_000), 1))
        .isEqualTo(Wei.of(11));
  }

  @Test
  void is_the_next_base_fee_itself_without_latency() {
    assertThat(ETHEREUM.sureBound(Wei.of(123), BigInteger.valueOf(30_000_000), 0))
        .isEqualTo(Wei.of(123));
  }

  @Test
  void has_no_overflow_up_to_2_pow_200() {
    Wei huge = Wei.of(BigInteger.TWO.pow(200));
    BigInteger limit = BigInteger.valueOf(36_000_000);
    assertThat(ETHEREUM.next(huge, limit, limit).value())
        .isEqualTo(BigInteger.TWO.pow(200).multiply(BigInteger.valueOf(9)).shiftRight(3));
    assertThat(ETHEREUM.sureBound(huge, limit, 50)).isGreaterThan(huge);
  }

  @Test
  void refuses_a_block_without_a_gas_target() {
    assertThatThrownBy(() -> ETHEREUM.next(Wei.ONE, BigInteger.ZERO, BigInteger.ONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("gas limit 1");
    assertThatThrownBy(() -> new BaseFeeRule(0, 2, Wei.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("denominator 0");
  }

  private static List<Header> recorded() throws IOException {
    List<Header> headers = new ArrayList<>();
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(
                    BaseFeeRuleTest.class.getResourceAsStream(
                        "/fees/eth-mainnet-2025-10-23662367-23667365-headers.csv.gz")),
                StandardCharsets.US_ASCII))) {
      assertThat(in.readLine())
          .isEqualTo("block_number,timestamp,base_fee_wei,gas_used,gas_limit,tx_count");
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] cells = line.split(",");
        headers.add(
            new Header(
                Long.parseLong(cells[0]),
                Wei.of(new BigInteger(cells[2])),
                new BigInteger(cells[3]),
                new BigInteger(cells[4])));
      }
    }
    assertThat(headers).hasSize(4_999);
    return headers;
  }
}
