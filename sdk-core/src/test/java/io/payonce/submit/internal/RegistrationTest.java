package io.payonce.submit.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.rpc.Fact;
import io.payonce.rpc.Operator;
import io.payonce.submit.internal.Registration.Start;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Where a lane begins, and what a claim that nobody confirms may delay. */
final class RegistrationTest {
  private static final Operator LIAR = new Operator("liar");
  private static final Operator HONEST = new Operator("honest");

  @Test
  void a_quiet_wallet_is_taken_on_at_once() {
    assertThat(start(new Registration(), 5, 5, claims(5, Map.of(HONEST, 5L)), 100))
        .contains(new Start(5, 5));
  }

  @Test
  void a_lagging_pool_lowers_nothing() {
    assertThat(start(new Registration(), 5, 5, claims(3, Map.of(HONEST, 3L)), 100))
        .contains(new Start(5, 5));
  }

  @Test
  void pending_nonces_are_held_once_a_later_head_names_no_higher_one() {
    Registration wallet = new Registration();
    assertThat(start(wallet, 5, 5, claims(7, Map.of()), 100)).isEmpty();
    assertThat(wallet.news()).hasSize(1).allMatch(text -> text.startsWith("LANE_HAS_PENDING"));
    assertThat(start(wallet, 5, 5, claims(8, Map.of()), 101)).isEmpty();
    assertThat(start(wallet, 5, 5, claims(8, Map.of()), 101)).isEmpty();
    assertThat(start(wallet, 6, 6, claims(6, Map.of()), 102)).contains(new Start(6, 8));
    assertThat(wallet.news()).isEmpty();
  }

  @Test
  void nonces_of_blocks_that_may_still_go_are_held_too() {
    assertThat(start(new Registration(), 3, 5, claims(5, Map.of()), 100)).contains(new Start(3, 5));
  }

  @Test
  void of_more_nonces_than_a_journal_takes_in_the_oldest_are_trusted() {
    assertThat(start(new Registration(), 0, 1_500, claims(1_500, Map.of()), 100))
        .contains(new Start(500, 1_500));
  }

  @Test
  void a_lone_claim_delays_two_blocks() {
    Registration wallet = new Registration();
    Fact.Claims lone = claims(5, Map.of(LIAR, 9L, HONEST, 5L));
    assertThat(start(wallet, 5, 5, lone, 100)).isEmpty();
    assertThat(start(wallet, 5, 5, lone, 101)).isEmpty();
    assertThat(start(wallet, 5, 5, lone, 102)).contains(new Start(5, 5));
  }

  @Test
  void a_liar_costs_two_blocks_once_whatever_it_claims_later() {
    LoneClaims claims = new LoneClaims();
    assertThat(claims.hear(Map.of(LIAR, 9L), 100, 5)).isPresent();
    assertThat(claims.delaysBinding()).isTrue();
    assertThat(claims.hear(Map.of(LIAR, 9L), 102, 5)).isEmpty();
    assertThat(claims.delaysBinding()).isFalse();
    assertThat(claims.hear(Map.of(LIAR, 5L), 103, 5)).isEmpty();
    assertThat(claims.hear(Map.of(LIAR, 50L), 104, 6)).isEmpty();
    assertThat(claims.delaysBinding()).isFalse();
    assertThat(claims.hear(Map.of(HONEST, 7L), 105, 6)).isPresent();
    assertThat(claims.delaysBinding()).isTrue();
  }

  @Test
  void lower_claims_mean_nothing() {
    LoneClaims claims = new LoneClaims();
    assertThat(claims.hear(Map.of(LIAR, 0L, HONEST, 5L), 100, 5)).isEmpty();
    assertThat(claims.delaysBinding()).isFalse();
  }

  private static Optional<Start> start(
      Registration wallet, long atFinal, long included, Fact.Claims pending, long head) {
    return wallet.start(new LaneReads.Counts(atFinal, included, pending), head);
  }

  private static Fact.Claims claims(long agreed, Map<Operator, Long> byOperator) {
    return new Fact.Claims(agreed, byOperator);
  }
}
