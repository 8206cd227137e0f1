package io.payonce.examples.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The work of a block is that of the wallets, not of the payments: {@link RpcCallsBenchmark}. */
final class RpcCallsTest {
  private static final double MOST = 1.05;

  @Test
  void payments_in_pools_cost_no_calls_with_each_block() {
    RpcCallsRun.Calls few = new RpcCallsRun(2, 2, 50).measure();
    RpcCallsRun.Calls many = new RpcCallsRun(2, 100, 50).measure();
    assertThat(many.bodies()).isLessThanOrEqualTo(few.bodies() * MOST);
    assertThat(many.requests()).isLessThanOrEqualTo(few.requests() * MOST);
  }

  @Test
  void payments_that_wait_in_the_journal_cost_no_calls_with_each_block() {
    RpcCallsRun.Calls few = new RpcCallsRun(2, 8, 4).measure();
    RpcCallsRun.Calls many = new RpcCallsRun(2, 800, 4).measure();
    assertThat(many.bodies()).isLessThanOrEqualTo(few.bodies() * MOST);
    assertThat(many.requests()).isLessThanOrEqualTo(few.requests() * MOST);
  }
}
