package io.payonce.examples.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.BlockRef;
import io.payonce.TransactionHash;
import io.payonce.Wei;
import io.payonce.signing.AttemptKind;
import io.payonce.store.ConsumerClass;
import io.payonce.store.TransferState;
import io.payonce.submit.Actor;
import io.payonce.submit.CancelResult;
import io.payonce.submit.GiveUpResult;
import io.payonce.submit.TransferStatus;
import io.payonce.submit.Verdict;
import io.payonce.testing.Fault;
import io.payonce.testing.FaultPolicy;
import io.payonce.testing.SeededFaults;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The stories of the simulated chain on a real node and in real time: nothing is replaced but the
 * network, which loses what it is told to lose. Replacement rules are not judged here, as anvil has
 * none.
 */
@Timeout(value = 90, unit = TimeUnit.SECONDS)
final class NodeScenarioTest {
  private static final Actor OPERATOR = new Actor("operator");
  private static final String SEND = "eth_sendRawTransaction";

  @TempDir private Path folder;

  @Test
  void a_lost_reply_never_pays_twice() {
    try (NodeStage stage = new NodeStage(folder)) {
      stage.faults(FaultPolicy.always(Fault.LOST_REPLY).onMethod(SEND));
      payAll(stage, 8);
      assertThat(stage.networks()).anyMatch(network -> network.hits(Fault.LOST_REPLY) > 0);
      stage.verify();
    }
  }

  @Test
  void a_lost_request_never_strands_the_lane() {
    long seed = 5;
    try (NodeStage stage = new NodeStage(folder)) {
      stage.faults(
          SeededFaults.builder(new SplittableRandom(seed))
              .percent(Fault.LOST_REQUEST, 50)
              .percent(Fault.LOST_REPLY, 30)
              .build()
              .onMethod(SEND));
      payAll(stage, 8);
      assertThat(stage.networks())
          .as("seed %s", seed)
          .anyMatch(network -> network.hits(Fault.LOST_REQUEST) > 0);
      stage.verify();
    }
  }

  private static void payAll(NodeStage stage, int payments) {
    for (int i = 0; i < payments; i++) {
      stage.submit("p" + i);
    }
    for (int i = 0; i < payments; i++) {
      assertThat(stage.end("p" + i).state()).isEqualTo(TransferState.PAID_FINAL);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"STANDARD", "NO_RETURN"})
  void a_token_pays_with_and_without_a_return_value(TokenContracts.Kind kind) {
    try (NodeStage stage = new NodeStage(folder, kind)) {
      stage.submit("p", kind);
      assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
      stage.verify();
    }
  }

  @Test
  void a_paused_token_is_held_without_a_nonce_and_paid_when_it_is_let_go() {
    TokenContracts.Kind kind = TokenContracts.Kind.PAUSABLE;
    try (NodeStage stage = new NodeStage(folder, kind)) {
      stage.token(kind).setPaused(true);
      stage.submit("p", kind);
      stage.untilState("p", TransferState.HELD);
      assertThat(stage.status("p").code()).isEqualTo("PRECHECK_REFUSED");
      assertThat(stage.status("p").nonce()).isEmpty();
      stage.token(kind).setPaused(false);
      assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
      stage.verify();
    }
  }

  @Test
  void a_stuck_payment_is_replaced_after_a_spike_of_the_base_fee_and_paid_once() {
    try (NodeStage stage = new NodeStage(folder)) {
      stage.inFlight("p");
      stage.node.setNextBlockBaseFee(Wei.gwei(100));
      stage.goOnMining();
      TransferStatus end = stage.end("p");
      assertThat(end.state()).isEqualTo(TransferState.PAID_FINAL);
      assertThat(stage.slot(0).attempts())
          .extracting(attempt -> attempt.kind())
          .startsWith(AttemptKind.PAYMENT, AttemptKind.REPLACEMENT);
      assertThat(end.winner().orElseThrow().hash()).isNotEqualTo(end.hashes().get(0));
      stage.verify();
    }
  }

  @Test
  void a_cancel_after_the_broadcast_is_safe_to_refund_only_when_nothing_was_paid() {
    try (NodeStage stage = new NodeStage(folder)) {
      stage.inFlight("p");
      assertThat(stage.await(stage.payonce().cancel(NodeStage.key("p"), OPERATOR, "no more")))
          .isInstanceOf(CancelResult.Racing.class);
      assertThat(stage.status("p").verdict()).isInstanceOf(Verdict.Undecided.class);
      stage.goOnMining();
      TransferStatus end = stage.end("p");
      assertThat(end.state()).isIn(TransferState.CANCELLED_FINAL, TransferState.PAID_FINAL);
      assertThat(end.verdict().safeToRefund()).isEqualTo(stage.received("p").signum() == 0);
      assertThat(end.verdict().paid()).isEqualTo(stage.received("p").signum() > 0);
      stage.verify();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_reorg_moves_states_back_and_pays_once(boolean returned) {
    try (NodeStage stage = new NodeStage(folder)) {
      stage.submit("p");
      stage.untilState("p", TransferState.INCLUDED);
      stage.stopMining();
      BlockRef before = stage.status("p").winner().orElseThrow().block();
      int depth = (int) (stage.node.blockNumber() - before.number()) + 1;
      stage.node.reorg(
          depth, returned ? List.of(new AnvilNode.Returning(stage.raw(0), depth - 1)) : List.of());
      stage.goOnMining();
      TransferStatus end = stage.end("p");
      assertThat(end.state()).isEqualTo(TransferState.PAID_FINAL);
      assertThat(end.hashes()).hasSize(1);
      assertThat(end.winner().orElseThrow().block()).isNotEqualTo(before);
      if (!returned) {
        assertThat(stage.told)
            .extracting(TransferStatus::state)
            .containsSubsequence(
                TransferState.INCLUDED,
                TransferState.IN_FLIGHT,
                TransferState.INCLUDED,
                TransferState.PAID_FINAL);
      }
      stage.verify();
    }
  }

  @Test
  void a_foreign_transaction_above_the_journal_freezes_the_lane_until_it_is_booked() {
    try (NodeStage stage = new NodeStage(folder)) {
      stage.submit("p");
      assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
      TransactionHash foreign = stage.foreign(1);
      stage.untilFrozen("JOURNAL_BEHIND");
      stage.submit("q");
      stage.blocks(4);
      assertThat(stage.status("q").nonce()).isEmpty();
      stage.until(() -> stage.node.latestNonce(stage.wallet) == 2);
      assertThat(stage.await(stage.payonce().nonces().auditAgainstChain(stage.lane)).unknown())
          .containsExactly(foreign);
      stage.await(stage.payonce().nonces().resume(stage.lane, OPERATOR, "it was me"));
      assertThat(stage.slot(1).consumption().orElseThrow().by()).isEqualTo(ConsumerClass.FOREIGN);
      assertThat(stage.end("q").state()).isEqualTo(TransferState.PAID_FINAL);
      assertThat(stage.status("q").nonce()).hasValue(2);
      stage.verify();
    }
  }

  @Test
  void a_foreign_transaction_on_a_bound_nonce_is_unpaid_only_once_a_person_confirms_it() {
    try (NodeStage stage = new NodeStage(folder)) {
      stage.inFlight("p");
      TransactionHash foreign = stage.foreign(0);
      stage.goOnMining();
      stage.untilState("p", TransferState.QUARANTINED);
      assertThat(stage.status("p").code()).isEqualTo("FOREIGN_USE");
      assertThat(stage.status("p").winner().orElseThrow().hash()).isEqualTo(foreign);
      assertThat(stage.status("p").verdict().safeToRefund()).isFalse();
      stage.untilFrozen("FOREIGN_USE");
      assertThat(stage.await(stage.payonce().giveUp(NodeStage.key("p"), OPERATOR, "seen it")))
          .isInstanceOf(GiveUpResult.Closed.class);
      assertThat(stage.status("p").verdict().safeToRefund()).isTrue();
      stage.await(stage.payonce().nonces().resume(stage.lane, OPERATOR, "key is safe"));
      stage.submit("again");
      assertThat(stage.end("again").state()).isEqualTo(TransferState.PAID_FINAL);
      assertThat(stage.status("again").nonce()).hasValue(1);
      stage.verify();
    }
  }

  @Test
  void a_payment_whose_host_closes_after_the_broadcast_is_paid_once_by_the_next_host() {
    try (NodeStage stage = new NodeStage(folder)) {
      stage.inFlight("p");
      stage.submit("waits");
      stage.reopen();
      stage.goOnMining();
      assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
      assertThat(stage.end("waits").state()).isEqualTo(TransferState.PAID_FINAL);
      assertThat(stage.status("p").hashes()).hasSize(1);
      stage.verify();
    }
  }
}
