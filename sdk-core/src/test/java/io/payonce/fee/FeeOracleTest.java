package io.payonce.fee;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.Address;
import io.payonce.Block;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.ChainProfile;
import io.payonce.ChainProfileException;
import io.payonce.ChainProfiles;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FeeOracleTest {
  private static final ChainId ETHEREUM = ChainId.of(1);
  private static final ChainId BNB = ChainId.of(56);
  private static final ChainId POLYGON = ChainId.of(137);
  private static final ChainId LEGACY = ChainId.of(61);
  private static final BigInteger PLAIN = BigInteger.valueOf(21_000);
  private static final BigInteger BLOCK_GAS = BigInteger.valueOf(30_000_000);
  private static final BlockRef HEAD = new BlockRef(100, BlockHash.of("0x" + "ab".repeat(32)));
  private static final Address PAYEE = Address.of("0x" + "11".repeat(20));
  private static final FeePolicy WIDE = FeePolicy.of(Wei.ofCoins("1"), Wei.ofCoins("10"));

  private static final ChainProfiles PROFILES =
      ChainProfiles.builtIn()
          .withOverrides(
              """
              {"chains": [{"id": 61, "name": "Generic legacy", "coin": "GEN",
                "blockTimeMillis": 13000, "feeModel": "LEGACY", "baseFeeDenominator": 8,
                "baseFeeElasticity": 2, "minBaseFee": 0, "minTip": 1000000000,
                "maxTip": 500000000000, "replacementPercent": 10, "finality": "100",
                "minimumDepth": 50, "safeTag": false, "finalizedTag": false,
                "txGasCap": 8000000, "maxLag": 3}]}
              """);

  private static FeeOracle oracle(ChainId chain) {
    return FeeOracle.of(PROFILES.require(chain), new FakeRpc(chain));
  }

  private static FeeSnapshot snapshot(Wei nextBaseFee, Wei tip) {
    return new FeeSnapshot(HEAD, nextBaseFee, tip, BLOCK_GAS);
  }

  private static Block head(Optional<Wei> baseFee, long gasUsed) {
    return new Block(
        HEAD,
        BlockHash.of("0x" + "cd".repeat(32)),
        Instant.EPOCH,
        BigInteger.valueOf(gasUsed),
        BLOCK_GAS,
        baseFee,
        List.of());
  }

  private static FeeQuote priced(FeeDecision decision) {
    assertThat(decision).isInstanceOf(FeeDecision.Priced.class);
    return ((FeeDecision.Priced) decision).quote();
  }

  private static FeeQuote bumped(BumpDecision decision) {
    assertThat(decision).isInstanceOf(BumpDecision.Bump.class);
    return ((BumpDecision.Bump) decision).quote();
  }

  private static UnsignedTransaction dynamic(Wei cap, Wei tip, BigInteger gasLimit) {
    return new UnsignedTransaction.DynamicFee(
        ETHEREUM, 7, tip, cap, gasLimit, PAYEE, Wei.ONE, Bytes.EMPTY, List.of());
  }

  private static UnsignedTransaction legacy(ChainId chain, Wei price) {
    return new UnsignedTransaction.Legacy(chain, 7, price, PLAIN, PAYEE, Wei.ONE, Bytes.EMPTY);
  }

  // snapshots

  @Test
  void takes_the_exact_next_base_fee_and_the_nodes_tip() {
    FakeRpc rpc = new FakeRpc(ETHEREUM).answer("eth_maxPriorityFeePerGas", "0x3b9aca00");
    FeeSnapshot snapshot =
        FeeOracle.of(PROFILES.require(ETHEREUM), rpc)
            .snapshot(head(Optional.of(Wei.gwei(8)), 30_000_000))
            .join();
    assertThat(snapshot).isEqualTo(new FeeSnapshot(HEAD, Wei.gwei(9), Wei.gwei(1), BLOCK_GAS));
  }

  @Test
  void offers_the_minimum_tip_when_no_node_suggests_one() {
    FeeSnapshot snapshot =
        oracle(ETHEREUM).snapshot(head(Optional.of(Wei.gwei(8)), 15_000_000)).join();
    Wei minTip = PROFILES.require(ETHEREUM).fees().minTip();
    assertThat(snapshot.suggestedTip()).isEqualTo(minTip);
    assertThat(priced(oracle(ETHEREUM).quote(snapshot, WIDE, PLAIN, false)).maxPriorityFeePerGas())
        .isEqualTo(minTip);
  }

  @Test
  void asks_for_the_gas_price_where_the_base_fee_is_zero() {
    FakeRpc rpc = new FakeRpc(BNB).answer("eth_gasPrice", "0x5f5e100");
    FeeSnapshot snapshot =
        FeeOracle.of(PROFILES.require(BNB), rpc).snapshot(head(Optional.of(Wei.ZERO), 0)).join();
    assertThat(rpc.asked).containsExactly("eth_gasPrice");
    assertThat(snapshot.nextBaseFee()).isEqualTo(Wei.ZERO);
    assertThat(snapshot.suggestedTip()).isEqualTo(Wei.of(100_000_000));
  }

  @Test
  void takes_the_gas_price_of_a_legacy_chain_as_cap_and_tip() {
    FakeRpc rpc = new FakeRpc(LEGACY).answer("eth_gasPrice", "0x4a817c800");
    FeeOracle oracle = FeeOracle.of(PROFILES.require(LEGACY), rpc);
    FeeSnapshot snapshot = oracle.snapshot(head(Optional.empty(), 0)).join();
    FeeQuote quote = priced(oracle.quote(snapshot, WIDE, PLAIN, false));
    assertThat(quote.maxFeePerGas()).isEqualTo(Wei.gwei(20));
    assertThat(quote.maxPriorityFeePerGas()).isEqualTo(Wei.gwei(20));
  }

  @Test
  void fails_on_a_block_that_contradicts_its_profile() {
    assertThat(oracle(ETHEREUM).snapshot(head(Optional.empty(), 0))).isCompletedExceptionally();
  }

  // quotes

  @Test
  void keeps_a_plain_transfer_at_21000_gas_and_adds_a_margin_to_the_rest() {
    FeeSnapshot snapshot = snapshot(Wei.gwei(1), Wei.gwei(1));
    FeeOracle oracle = oracle(ETHEREUM);
    assertThat(priced(oracle.quote(snapshot, WIDE, PLAIN, false)).gasLimit()).isEqualTo(21_000);
    assertThat(priced(oracle.quote(snapshot, WIDE, BigInteger.valueOf(21_004), false)).gasLimit())
        .isEqualTo(25_205);
    assertThat(priced(oracle.quote(snapshot, WIDE, BigInteger.valueOf(50_001), true)).gasLimit())
        .isEqualTo(62_502);
  }

  @Test
  void refuses_more_gas_than_one_transaction_may_use() {
    FeeSnapshot snapshot = snapshot(Wei.ONE, Wei.ONE);
    FeeOracle oracle = oracle(ETHEREUM);
    FeeDecision tooLarge = oracle.quote(snapshot, WIDE, BigInteger.valueOf(16_777_217), true);
    assertThat(tooLarge).isInstanceOf(FeeDecision.Refused.class);
    assertThat(((FeeDecision.Refused) tooLarge).code()).isEqualTo(FeeRefusal.GAS_LIMIT_TOO_LARGE);
    assertThat(((FeeDecision.Refused) tooLarge).detail()).contains("16777217", "16777216");
    assertThat(
            priced(oracle.quote(snapshot, WIDE, BigInteger.valueOf(16_000_000), true)).gasLimit())
        .isEqualTo(16_777_216);
  }

  @Test
  void covers_every_base_fee_possible_within_the_latency_and_the_whole_tip() {
    FeeSnapshot snapshot = snapshot(Wei.gwei(10), Wei.gwei(2));
    Wei cap = priced(oracle(ETHEREUM).quote(snapshot, WIDE, PLAIN, false)).maxFeePerGas();
    BaseFeeRule rule = new BaseFeeRule(8, 2, Wei.ZERO);
    Wei base = Wei.gwei(10);
    for (int i = 0; i < WIDE.latencyBlocks(); i++) {
      base = rule.next(base, BLOCK_GAS, BLOCK_GAS);
    }
    assertThat(cap).isGreaterThanOrEqualTo(base.plus(Wei.gwei(2)));
    assertThat(cap).isLessThan(base.plus(Wei.gwei(2)).plus(Wei.of(10_000)));
  }

  @Test
  void doubles_at_least_where_the_base_fee_follows_no_known_rule() {
    FeePolicy sameBlock = new FeePolicy(Wei.ofCoins("10"), Wei.ofCoins("10"), Optional.empty(), 0);
    FeeQuote quote =
        priced(
            oracle(POLYGON).quote(snapshot(Wei.gwei(100), Wei.gwei(30)), sameBlock, PLAIN, false));
    assertThat(quote.maxFeePerGas()).isEqualTo(Wei.gwei(230));
  }

  @Test
  void counts_one_block_more_where_only_the_base_fee_of_the_head_is_known() {
    Wei head = Wei.gwei(100);
    FeePolicy patient = new FeePolicy(Wei.ofCoins("10"), Wei.ofCoins("10"), Optional.empty(), 30);
    Wei cap =
        priced(oracle(POLYGON).quote(snapshot(head, Wei.gwei(30)), patient, PLAIN, false))
            .maxFeePerGas();
    BaseFeeRule rule = BaseFeeRule.of(PROFILES.require(POLYGON).fees());
    Wei base = head;
    for (int i = 0; i < 31; i++) {
      base = rule.next(base, BLOCK_GAS, BLOCK_GAS);
    }
    assertThat(base).isGreaterThan(head.times(2));
    assertThat(cap).isGreaterThanOrEqualTo(base.plus(Wei.gwei(30)));
  }

  @Test
  void lowers_the_cap_to_the_budget_while_it_covers_the_next_block() {
    FeeSnapshot snapshot = snapshot(Wei.gwei(10), Wei.gwei(2));
    Wei twelve = Wei.gwei(12).times(21_000);
    FeePolicy exact = FeePolicy.of(twelve, twelve);
    FeeQuote quote = priced(oracle(ETHEREUM).quote(snapshot, exact, PLAIN, false));
    assertThat(quote.maxFeePerGas()).isEqualTo(Wei.gwei(12));
    assertThat(quote.maxPriorityFeePerGas()).isEqualTo(Wei.gwei(2));
    assertThat(quote.worst()).isEqualTo(twelve);

    FeePolicy oneLess = FeePolicy.of(twelve.minus(Wei.ONE), twelve);
    assertThat(oracle(ETHEREUM).quote(snapshot, oneLess, PLAIN, false))
        .isInstanceOfSatisfying(
            FeeDecision.Refused.class,
            refused -> assertThat(refused.code()).isEqualTo(FeeRefusal.BUDGET_PAYMENT));
  }

  @Test
  void names_the_market_when_the_cap_per_gas_is_below_it() {
    FeePolicy capped =
        new FeePolicy(Wei.ofCoins("1"), Wei.ofCoins("1"), Optional.of(Wei.gwei(11)), 6);
    assertThat(oracle(ETHEREUM).quote(snapshot(Wei.gwei(10), Wei.gwei(2)), capped, PLAIN, false))
        .isInstanceOfSatisfying(
            FeeDecision.Refused.class,
            refused -> assertThat(refused.code()).isEqualTo(FeeRefusal.CAP_BELOW_MARKET));
  }

  @Test
  void does_not_believe_a_tip_above_the_profiles_limit() {
    Wei tip =
        priced(oracle(ETHEREUM).quote(snapshot(Wei.gwei(1), Wei.gwei(500)), WIDE, PLAIN, false))
            .maxPriorityFeePerGas();
    assertThat(tip).isEqualTo(PROFILES.require(ETHEREUM).fees().maxTip());
  }

  @Test
  void keeps_tip_below_cap_and_worst_within_budget_and_rises_with_the_market() {
    long seed = 4_2;
    Random random = new Random(seed);
    for (int round = 0; round < 50_000; round++) {
      ChainId chain = List.of(ETHEREUM, BNB, POLYGON, LEGACY).get(random.nextInt(4));
      FeeOracle oracle = oracle(chain);
      Wei base = Wei.of(new BigInteger(random.nextInt(60), random));
      Wei tip = Wei.of(new BigInteger(random.nextInt(60), random));
      Wei budget = Wei.of(new BigInteger(1 + random.nextInt(80), random).add(BigInteger.ONE));
      FeePolicy policy = new FeePolicy(budget, budget, Optional.empty(), random.nextInt(13));
      FeeDecision decision = oracle.quote(snapshot(base, tip), policy, PLAIN, false);
      FeeDecision dearer = oracle.quote(snapshot(base.plus(Wei.ONE), tip), policy, PLAIN, false);
      String seen = "seed " + seed + " round " + round;
      if (decision instanceof FeeDecision.Priced priced) {
        FeeQuote quote = priced.quote();
        assertThat(quote.maxPriorityFeePerGas()).as(seen).isLessThanOrEqualTo(quote.maxFeePerGas());
        assertThat(quote.worst()).as(seen).isLessThanOrEqualTo(budget);
        if (dearer instanceof FeeDecision.Priced more) {
          assertThat(more.quote().maxFeePerGas())
              .as(seen)
              .isGreaterThanOrEqualTo(quote.maxFeePerGas());
        }
      } else {
        assertThat(dearer).as(seen).isInstanceOf(FeeDecision.Refused.class);
      }
    }
  }

  @Test
  void has_no_overflow_up_to_2_pow_200() {
    Wei huge = Wei.of(BigInteger.TWO.pow(200));
    Wei budget = Wei.of(BigInteger.TWO.pow(230));
    FeePolicy policy = new FeePolicy(budget, budget, Optional.empty(), 50);
    FeeQuote quote =
        priced(oracle(ETHEREUM).quote(snapshot(huge, Wei.gwei(1)), policy, PLAIN, false));
    assertThat(quote.maxFeePerGas()).isGreaterThan(huge);
    assertThat(
            bumped(
                    oracle(ETHEREUM)
                        .bump(
                            snapshot(huge, Wei.gwei(1)), policy, dynamic(huge, huge, PLAIN), true))
                .maxFeePerGas())
        .isGreaterThan(huge);
  }

  @Test
  void refuses_a_chain_that_cannot_be_priced_and_a_client_of_another_chain() {
    ChainProfile base = PROFILES.require(ChainId.of(8453));
    assertThatThrownBy(() -> FeeOracle.of(base, new FakeRpc(base.id())))
        .isInstanceOf(ChainProfileException.class)
        .hasMessageContaining("PROFILE_UNSUPPORTED")
        .hasMessageContaining("Base")
        .hasMessageContaining("L1 data fee");
    assertThatThrownBy(() -> FeeOracle.of(PROFILES.require(ETHEREUM), new FakeRpc(BNB)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("chain 56");
  }

  // replacements

  @Test
  void needs_no_bump_while_the_fees_still_cover_the_next_block() {
    FeeSnapshot snapshot = snapshot(Wei.gwei(10), Wei.gwei(2));
    UnsignedTransaction enough = dynamic(Wei.gwei(12), Wei.gwei(2), PLAIN);
    assertThat(oracle(ETHEREUM).bump(snapshot, WIDE, enough, false))
        .isInstanceOf(BumpDecision.NotNeeded.class);
    FeeQuote forced = bumped(oracle(ETHEREUM).bump(snapshot, WIDE, enough, true));
    assertThat(forced.maxPriorityFeePerGas()).isEqualTo(Wei.of(2_200_000_001L));
  }

  @Test
  void bumps_when_the_cap_or_the_tip_fell_behind() {
    FeeSnapshot snapshot = snapshot(Wei.gwei(10), Wei.gwei(2));
    FeeOracle oracle = oracle(ETHEREUM);
    Wei today = priced(oracle.quote(snapshot, WIDE, PLAIN, false)).maxFeePerGas();
    FeeQuote forCap =
        bumped(oracle.bump(snapshot, WIDE, dynamic(Wei.gwei(9), Wei.gwei(1), PLAIN), false));
    assertThat(forCap.maxFeePerGas()).isEqualTo(today);
    assertThat(forCap.maxPriorityFeePerGas()).isEqualTo(Wei.gwei(2));
    FeeQuote forTip =
        bumped(oracle.bump(snapshot, WIDE, dynamic(Wei.gwei(40), Wei.gwei(1), PLAIN), false));
    assertThat(forTip.maxFeePerGas()).isEqualTo(Wei.of(44_000_000_001L));
    assertThat(forTip.maxPriorityFeePerGas()).isEqualTo(Wei.gwei(2));
  }

  @Test
  void says_exhausted_rather_than_lower_a_fee() {
    UnsignedTransaction stuck = dynamic(Wei.gwei(20), Wei.gwei(2), PLAIN);
    Wei least = Wei.of(22_000_000_001L);
    FeeSnapshot snapshot = snapshot(Wei.gwei(19), Wei.gwei(2));
    Wei exact = least.times(21_000);
    FeeQuote quote =
        bumped(oracle(ETHEREUM).bump(snapshot, FeePolicy.of(exact, exact), stuck, false));
    assertThat(quote.maxFeePerGas()).isEqualTo(least);
    assertThat(quote.worst()).isEqualTo(exact);
    assertThat(
            oracle(ETHEREUM)
                .bump(snapshot, FeePolicy.of(exact.minus(Wei.ONE), exact), stuck, false))
        .isInstanceOf(BumpDecision.Exhausted.class);
  }

  @Test
  void signs_no_replacement_that_the_next_block_would_not_take() {
    UnsignedTransaction stuck = dynamic(Wei.gwei(20), Wei.gwei(2), PLAIN);
    Wei thirty = Wei.gwei(30).times(21_000);
    assertThat(
            oracle(ETHEREUM)
                .bump(
                    snapshot(Wei.gwei(29), Wei.gwei(2)),
                    FeePolicy.of(thirty, thirty),
                    stuck,
                    false))
        .isInstanceOf(BumpDecision.Exhausted.class);
  }

  @Test
  void cancels_with_the_gas_of_a_plain_transfer_and_bumped_fees() {
    UnsignedTransaction stuck = dynamic(Wei.gwei(100), Wei.gwei(2), BigInteger.valueOf(65_000));
    FeeSnapshot snapshot = snapshot(Wei.gwei(10), Wei.gwei(1));
    FeeQuote quote = bumped(oracle(ETHEREUM).bumpForCancel(snapshot, WIDE, stuck));
    assertThat(quote.gasLimit()).isEqualTo(21_000);
    assertThat(quote.maxFeePerGas()).isEqualTo(Wei.of(110_000_000_001L));
    assertThat(quote.maxPriorityFeePerGas()).isEqualTo(Wei.of(2_200_000_001L));
  }

  @Test
  void never_offers_the_same_numbers_twice() {
    FeeSnapshot snapshot = snapshot(Wei.gwei(1), Wei.gwei(1));
    UnsignedTransaction last = dynamic(Wei.ONE, Wei.ZERO, PLAIN);
    for (int i = 0; i < 50; i++) {
      FeeQuote next = bumped(oracle(ETHEREUM).bump(snapshot, WIDE, last, true));
      assertThat(next.maxFeePerGas()).isGreaterThan(last.maxFeePerGas());
      assertThat(next.maxPriorityFeePerGas()).isGreaterThan(last.maxPriorityFeePerGas());
      last = dynamic(next.maxFeePerGas(), next.maxPriorityFeePerGas(), PLAIN);
    }
  }

  @Test
  void planned_bump_is_accepted_by_every_required_client() {
    long seed = 10_1;
    Random random = new Random(seed);
    Wei budget = Wei.of(BigInteger.TWO.pow(200));
    FeePolicy unbounded = FeePolicy.of(budget, budget);
    List<BigInteger> edges =
        List.of(
            BigInteger.ZERO,
            BigInteger.ONE,
            BigInteger.valueOf(9),
            BigInteger.TEN,
            BigInteger.TWO.pow(63),
            BigInteger.TWO.pow(128));
    for (int round = 0; round < 200_000; round++) {
      boolean legacyChain = round % 4 == 0;
      FeeOracle oracle = oracle(legacyChain ? LEGACY : ETHEREUM);
      Wei cap = amount(edges, random);
      Wei tip = amount(edges, random).min(cap);
      UnsignedTransaction old =
          legacyChain || round % 7 == 0
              ? legacy(legacyChain ? LEGACY : ETHEREUM, cap)
              : dynamic(cap, tip, PLAIN);
      Wei baseFee = amount(edges, random);
      FeeSnapshot snapshot = snapshot(baseFee, amount(edges, random));
      boolean cancel = random.nextBoolean();
      FeeQuote quote =
          bumped(
              cancel
                  ? oracle.bumpForCancel(snapshot, unbounded, old)
                  : oracle.bump(snapshot, unbounded, old, true));
      UnsignedTransaction replacement =
          legacyChain
              ? legacy(LEGACY, quote.maxFeePerGas())
              : dynamic(quote.maxFeePerGas(), quote.maxPriorityFeePerGas(), quote.gasLimit());
      for (PoolRules pool : List.of(PoolRules.GETH, PoolRules.RETH)) {
        assertThat(pool.accepts(old, replacement, baseFee, PoolRules.DEFAULT_PERCENT))
            .as("seed %d round %d: %s, %s by %s", seed, round, pool, old, replacement)
            .isTrue();
      }
      assertGuardsDemand(old.maxFeePerGas(), quote.maxFeePerGas());
      assertGuardsDemand(old.maxPriorityFeePerGas(), quote.maxPriorityFeePerGas());
    }
  }

  private static Wei amount(List<BigInteger> edges, Random random) {
    return Wei.of(
        random.nextInt(3) == 0
            ? edges.get(random.nextInt(edges.size()))
            : new BigInteger(random.nextInt(130), random));
  }

  /** What stands before every key: {@code ceil(old x 1.10)} on both fields. */
  private static void assertGuardsDemand(Wei old, Wei next) {
    assertThat(next.value().multiply(BigInteger.TEN))
        .isGreaterThanOrEqualTo(old.value().multiply(BigInteger.valueOf(11)));
  }
}
