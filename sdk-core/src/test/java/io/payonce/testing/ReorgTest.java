package io.payonce.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.BlockRef;
import io.payonce.SignedTransaction;
import io.payonce.Wei;
import io.payonce.rpc.Requests;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReorgTest {
  private static final Address PAYEE = Address.of("0x00000000000000000000000000000000000000a1");
  private static final Duration BLOCK = Duration.ofSeconds(12);

  private final VirtualTime time = new VirtualTime();
  private final SimulatedChain chain =
      SimulatedChain.builder(time)
          .seed(3)
          .provider("a", ClientFamily.GETH)
          .provider("b", ClientFamily.NETHERMIND)
          .build();
  private final ChainProbe probe = new ChainProbe(time, chain);
  private final TestKey key = new TestKey(7);
  private final Asset.Native coin = new Asset.Native(ChainProbe.CHAIN);
  private final SignedTransaction tx = key.sign(ChainProbe.pay(0, PAYEE, 5, 100, 2));

  @BeforeEach
  void include() {
    chain.fund(key.address(), Wei.ofCoins("1"));
    probe.send("a", tx);
    time.runFor(BLOCK.plusSeconds(1));
    assertThat(chain.isIncluded(tx.hash())).isTrue();
  }

  @ParameterizedTest
  @EnumSource(ReorgMode.class)
  void replaces_the_blocks_and_does_with_the_transactions_what_its_mode_says(ReorgMode mode) {
    time.runFor(BLOCK);
    BlockRef old = probe.ask("a", Requests.receipt(tx.hash())).orElseThrow().block();
    BlockRef head = chain.head();
    chain.reorg(2, mode);
    assertThat(chain.head().number()).isEqualTo(head.number());
    assertThat(chain.head().hash()).isNotEqualTo(head.hash());
    time.runFor(Duration.ofSeconds(1));
    boolean reincluded = mode == ReorgMode.REINCLUDED;
    assertThat(chain.isIncluded(tx.hash())).isEqualTo(reincluded);
    assertThat(chain.nonce(key.address())).isEqualTo(reincluded ? 1 : 0);
    assertThat(chain.balance(key.address()).equals(Wei.ofCoins("1"))).isEqualTo(!reincluded);
    assertThat(chain.pool("b").contains(tx.hash())).isEqualTo(mode == ReorgMode.RETURNED);
    if (reincluded) {
      assertThat(probe.ask("a", Requests.receipt(tx.hash())).orElseThrow().block())
          .isNotEqualTo(old);
    } else {
      assertThat(probe.ask("a", Requests.receipt(tx.hash()))).isEmpty();
    }
    time.runFor(BLOCK.multipliedBy(2));
    assertThat(chain.isIncluded(tx.hash())).isEqualTo(reincluded || mode == ReorgMode.RETURNED);
    time.runFor(BLOCK.multipliedBy(6));
    assertThat(chain.isIncluded(tx.hash())).isEqualTo(mode != ReorgMode.VANISHED);
    assertThat(chain.paidTo(coin, PAYEE).units()).isEqualTo(mode == ReorgMode.VANISHED ? 0 : 5);
  }

  @Test
  void a_node_that_has_not_heard_of_it_answers_from_the_old_branch() {
    SimulatedChain late =
        SimulatedChain.builder(time)
            .seed(9)
            .provider("late", ClientFamily.GETH)
            .with(config -> config.propagationDelay(Duration.ofSeconds(8)))
            .with(config -> config.latency(Duration.ZERO, Duration.ZERO))
            .build();
    ChainProbe other = new ChainProbe(time, late);
    late.fund(key.address(), Wei.ofCoins("1"));
    other.send("late", tx);
    time.runFor(BLOCK.plusSeconds(10));
    BlockRef old = late.head();
    assertThat(other.ask("late", Requests.receipt(tx.hash()))).isPresent();
    late.reorg(1, ReorgMode.VANISHED);
    assertThat(late.isIncluded(tx.hash())).isFalse();
    assertThat(other.ask("late", Requests.blockRef("latest"))).contains(old);
    assertThat(other.ask("late", Requests.receipt(tx.hash()))).isPresent();
    assertThat(other.ask("late", Requests.nonce(key.address(), "latest"))).isEqualTo(1);
    assertThat(other.ask("late", Requests.balance(PAYEE, "latest"))).isEqualTo(Wei.of(5));
  }

  @Test
  void a_deposit_is_not_lost_with_its_block() {
    chain.fund(PAYEE, Wei.of(100));
    time.runFor(BLOCK);
    assertThat(chain.balance(PAYEE)).isEqualTo(Wei.of(105));
    chain.reorg(1, ReorgMode.VANISHED);
    assertThat(chain.balance(PAYEE)).isEqualTo(Wei.of(105));
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 0, -1})
  void a_depth_beyond_finality_or_below_one_is_refused(int depth) {
    assertThatThrownBy(() -> chain.reorg(depth, ReorgMode.RETURNED))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("reorg depth " + depth);
  }

  @Test
  void beyond_finality_it_must_be_asked_for_by_name() {
    time.runFor(BLOCK.multipliedBy(8));
    assertThat(chain.isFinal(tx.hash())).isTrue();
    chain.reorgBeyondFinality(9, ReorgMode.VANISHED);
    assertThat(chain.isIncluded(tx.hash())).isFalse();
    assertThat(chain.nonce(key.address())).isZero();
  }

  @Test
  void other_bytes_of_the_same_nonce_take_the_place_of_what_was_mined() {
    SignedTransaction other = key.sign(ChainProbe.pay(0, PAYEE, 9, 90, 1));
    SignedTransaction next = key.sign(ChainProbe.pay(1, PAYEE, 3, 100, 2));
    probe.send("a", next);
    time.runFor(BLOCK);
    assertThat(chain.isIncluded(next.hash())).isTrue();
    BlockRef head = chain.head();
    chain.reorgInstead(tx.hash(), other.raw());
    assertThat(chain.head().number()).isEqualTo(head.number());
    assertThat(chain.head().hash()).isNotEqualTo(head.hash());
    assertThat(chain.isIncluded(tx.hash())).isFalse();
    assertThat(chain.isIncluded(other.hash())).isTrue();
    assertThat(chain.isIncluded(next.hash())).isTrue();
    assertThat(chain.paidTo(coin, PAYEE).units()).isEqualTo(12);
    time.runFor(BLOCK.multipliedBy(6));
    assertThat(chain.isIncluded(tx.hash())).isFalse();
    assertThat(chain.pool("b")).isEmpty();
  }

  @Test
  void bytes_that_the_base_fee_forbids_leave_the_nonce_to_what_was_mined_before() {
    SignedTransaction cheap = key.sign(ChainProbe.pay(0, PAYEE, 9, 1, 1));
    assertThat(chain.baseFee().isGreaterThan(Wei.gwei(1))).isTrue();
    chain.reorgInstead(tx.hash(), cheap.raw());
    assertThat(chain.nonce(key.address())).isZero();
    time.runFor(BLOCK.multipliedBy(2));
    assertThat(chain.isIncluded(tx.hash())).isTrue();
  }

  @Test
  void only_bytes_of_the_same_nonce_may_take_the_place_of_what_is_not_final() {
    SignedTransaction other = key.sign(ChainProbe.pay(0, PAYEE, 9, 90, 1));
    SignedTransaction next = key.sign(ChainProbe.pay(1, PAYEE, 9, 90, 1));
    assertThatThrownBy(() -> chain.reorgInstead(tx.hash(), next.raw()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must have the sender and the nonce of " + tx.hash());
    assertThatThrownBy(() -> chain.reorgInstead(next.hash(), other.raw()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(next.hash() + " must be in a block that is not finalized");
    time.runFor(BLOCK.multipliedBy(8));
    assertThatThrownBy(() -> chain.reorgInstead(tx.hash(), other.raw()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be in a block that is not finalized");
  }

  @Test
  void an_evicted_transaction_is_in_no_pool_and_comes_back_when_it_is_sent_again() {
    SignedTransaction next = key.sign(ChainProbe.pay(1, PAYEE, 5, 100, 2));
    probe.send("a", next);
    time.runFor(Duration.ofSeconds(1));
    assertThat(chain.evict(next.hash())).isTrue();
    assertThat(chain.evict(next.hash())).isFalse();
    time.runFor(BLOCK.multipliedBy(2));
    assertThat(chain.isIncluded(next.hash())).isFalse();
    probe.send("b", next);
    time.runFor(BLOCK.multipliedBy(2));
    assertThat(chain.isIncluded(next.hash())).isTrue();
  }
}
