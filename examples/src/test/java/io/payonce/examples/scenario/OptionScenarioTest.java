package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.Priority;
import io.payonce.Submission;
import io.payonce.SubmitOptions;
import io.payonce.Transfer;
import io.payonce.Wei;
import io.payonce.nonce.LaneStatus;
import io.payonce.nonce.PauseMode;
import io.payonce.signing.Signer;
import io.payonce.store.AttemptState;
import io.payonce.store.SlotState;
import io.payonce.store.TransferState;
import io.payonce.submit.Actor;
import io.payonce.submit.SubmitResult;
import io.payonce.submit.TransferStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What hosts ask for beside the payment itself: order, times, limits; and pauses. */
final class OptionScenarioTest {
  private static final Actor OPERATOR = new Actor("operator");
  private static final SubmitOptions BULK = SubmitOptions.defaults().withPriority(Priority.BULK);
  private static final SubmitOptions URGENT =
      SubmitOptions.defaults().withPriority(Priority.URGENT);

  @Test
  void urgent_payments_get_their_nonces_before_those_that_wait_longer() {
    Fleet fleet = new Fleet(1);
    Fleet.Instance host = fleet.start();
    pause(fleet, host, PauseMode.BINDING);
    submit(fleet, host, "bulk-1", BULK);
    submit(fleet, host, "normal-1", SubmitOptions.defaults());
    submit(fleet, host, "urgent-1", URGENT);
    submit(fleet, host, "bulk-2", BULK);
    submit(fleet, host, "normal-2", SubmitOptions.defaults());
    submit(fleet, host, "urgent-2", URGENT);
    resume(fleet, host);
    assertThat(inNonceOrder(fleet, host))
        .containsExactly("urgent-1", "urgent-2", "normal-1", "normal-2", "bulk-1", "bulk-2");
    fleet.verify();
  }

  @Test
  void a_payment_that_waited_moves_up_so_that_none_starves() {
    Fleet fleet = new Fleet(1);
    Fleet.Instance host = fleet.start();
    pause(fleet, host, PauseMode.BINDING);
    submit(fleet, host, "old", BULK);
    fleet.time.runFor(Duration.ofMinutes(11));
    submit(fleet, host, "young", BULK);
    submit(fleet, host, "urgent", URGENT);
    resume(fleet, host);
    assertThat(inNonceOrder(fleet, host)).containsExactly("old", "urgent", "young");
    fleet.verify();
  }

  @Test
  void how_long_a_payment_waits_before_it_moves_up_is_a_setting() {
    Fleet fleet = new Fleet(1);
    fleet.settings = fleet.settings.withAgeing(Duration.ofSeconds(30));
    Fleet.Instance host = fleet.start();
    pause(fleet, host, PauseMode.BINDING);
    submit(fleet, host, "old", BULK);
    fleet.time.runFor(Duration.ofSeconds(61));
    submit(fleet, host, "urgent", URGENT);
    resume(fleet, host);
    assertThat(inNonceOrder(fleet, host)).containsExactly("old", "urgent");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> fleet.settings.withAgeing(Duration.ofHours(25)))
        .withMessage("ageing PT25H must be PT1S to PT24H");
    fleet.verify();
  }

  @Test
  void how_long_a_signer_may_take_until_it_is_asked_again_is_a_setting() {
    Fleet fleet = new Fleet(1);
    fleet.settings = fleet.settings.withSignTimeout(Duration.ofMinutes(5));
    AtomicInteger asked = new AtomicInteger();
    fleet.signer =
        key ->
            Misbehaviour.NEVER_COMPLETES.in(
                Signer.class, key, name -> name.equals("sign") && asked.incrementAndGet() == 1);
    Fleet.Instance host = fleet.start();
    submit(fleet, host, "slow", SubmitOptions.defaults());
    fleet.until(() -> asked.get() == 1);
    fleet.time.runFor(Duration.ofSeconds(299));
    assertThat(asked).hasValue(1);
    assertThat(fleet.end(host, "slow").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(asked).hasValue(2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> fleet.settings.withSignTimeout(Duration.ofDays(8)))
        .withMessage("signTimeout PT192H must be PT1S to PT168H");
    fleet.verify();
  }

  @Test
  void an_urgent_payment_is_found_behind_a_long_queue() {
    Fleet fleet = new Fleet(1);
    Fleet.Instance host = fleet.start();
    pause(fleet, host, PauseMode.BINDING);
    List<Submission> bulk = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      Transfer transfer = payment(fleet, "0.0001");
      bulk.add(new Submission(IdempotencyKey.of("bulk-" + i), transfer, BULK));
    }
    assertThat(host.payonce().submitAll(bulk)).allMatch(SubmitResult.Accepted.class::isInstance);
    fleet.time.runFor(Duration.ofSeconds(10));
    submit(fleet, host, "urgent", URGENT);
    resume(fleet, host);
    assertThat(fleet.end(host, "urgent").nonce()).hasValue(0);
  }

  @Test
  void a_payment_is_not_bound_before_its_time() {
    Fleet fleet = new Fleet(1);
    Fleet.Instance host = fleet.start();
    Instant noon = fleet.time.now().truncatedTo(ChronoUnit.SECONDS).plus(Duration.ofHours(1));
    submit(fleet, host, "later", SubmitOptions.defaults().withNotBefore(noon));
    submit(fleet, host, "now", SubmitOptions.defaults());
    assertThat(fleet.end(host, "now").state()).isEqualTo(TransferState.PAID_FINAL);
    fleet.time.runFor(Duration.between(fleet.time.now(), noon.minusSeconds(1)));
    assertThat(fleet.state("later")).isEqualTo(TransferState.ACCEPTED);
    TransferStatus end = fleet.end(host, "later");
    assertThat(end.state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(end.winner().orElseThrow().blockTime()).isBetween(noon, noon.plusSeconds(20));
    fleet.verify();
  }

  @Test
  void the_latest_times_that_are_allowed_leave_the_wallet_working() {
    Fleet fleet = new Fleet(1);
    Fleet.Instance host = fleet.start();
    Instant last = Instant.parse("9999-12-31T23:59:59Z");
    submit(fleet, host, "dated", SubmitOptions.defaults().withCancelAt(last));
    submit(fleet, host, "never", SubmitOptions.defaults().withNotBefore(last));
    submit(fleet, host, "now", SubmitOptions.defaults());
    assertThat(fleet.end(host, "dated").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(fleet.end(host, "now").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(fleet.state("never")).isEqualTo(TransferState.ACCEPTED);
    fleet.await(host.payonce().cancel(Fleet.key("never"), OPERATOR, "never comes"));
    assertThat(fleet.state("never")).isEqualTo(TransferState.REJECTED);
    fleet.verify();
  }

  @Test
  void metadata_that_no_journal_gives_back_as_it_was_is_refused() {
    for (String text : List.of("a\0", "a\ud800", "\udc00a")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> SubmitOptions.defaults().withMetadata(Map.of("note", text)))
          .withMessageContaining("metadata has");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> SubmitOptions.defaults().withMetadata(Map.of(text, "note")))
          .withMessageContaining("metadata has");
    }
  }

  @Test
  void a_payment_without_nonce_ends_at_its_deadline() {
    Fleet fleet = new Fleet(1);
    Fleet.Instance host = fleet.start();
    pause(fleet, host, PauseMode.BINDING);
    Instant end = fleet.time.now().truncatedTo(ChronoUnit.SECONDS).plus(Duration.ofMinutes(2));
    submit(fleet, host, "late", SubmitOptions.defaults().withDeadline(end));
    fleet.time.runFor(Duration.ofSeconds(115));
    assertThat(fleet.state("late")).isNotEqualTo(TransferState.REJECTED);
    TransferStatus rejected = fleet.end(host, "late");
    assertThat(rejected.state()).isEqualTo(TransferState.REJECTED);
    assertThat(rejected.code()).isEqualTo("EXPIRED");
    assertThat(rejected.verdict().safeToRefund()).isTrue();
    assertThat(fleet.time.now()).isBefore(end.plusSeconds(5));
    resume(fleet, host);
    fleet.blocks(20);
    fleet.verify();
  }

  @Test
  void a_deadline_that_passed_while_nobody_ran_is_kept_at_the_start() {
    Fleet fleet = new Fleet(1);
    Fleet.Instance host = fleet.start();
    pause(fleet, host, PauseMode.BINDING);
    Instant end = fleet.time.now().truncatedTo(ChronoUnit.SECONDS).plus(Duration.ofMinutes(2));
    submit(fleet, host, "late", SubmitOptions.defaults().withDeadline(end));
    host.payonce().close();
    fleet.time.runFor(Duration.ofMinutes(3));
    Fleet.Instance next = fleet.start();
    resume(fleet, next);
    assertThat(fleet.end(next, "late").code()).isEqualTo("EXPIRED");
    fleet.verify();
  }

  @Test
  void a_payment_with_a_nonce_is_told_at_its_deadline_and_cancelled_only_if_that_was_asked() {
    Fleet fleet = new Fleet(1);
    Fleet.Instance host = fleet.start();
    fleet.until(() -> host.payonce().nonces().funds(fleet.wallets.get(0)).isPresent());
    fleet.chain.tipFloor(Wei.gwei(1_000)); // nothing is mined
    Instant end = fleet.time.now().truncatedTo(ChronoUnit.SECONDS).plus(Duration.ofMinutes(1));
    submit(fleet, host, "told", SubmitOptions.defaults().withDeadline(end));
    submit(fleet, host, "cancelled", SubmitOptions.defaults().withCancelAt(end));
    fleet.until(() -> fleet.state("cancelled") == TransferState.CANCELLING);
    assertThat(fleet.time.now()).isBetween(end, end.plusSeconds(20));
    fleet.chain.tipFloor(Wei.ZERO);
    assertThat(fleet.end(host, "told").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(fleet.end(host, "cancelled").state())
        .isIn(TransferState.CANCELLED_FINAL, TransferState.PAID_FINAL);
    assertThat(fleet.troubles)
        .filteredOn(trouble -> trouble.contains("payment told: deadline"))
        .hasSize(1);
    fleet.verify();
  }

  @Test
  void a_payment_that_may_cost_little_waits_for_a_cheaper_market() {
    Fleet fleet = new Fleet(1);
    Fleet.Instance host = fleet.start();
    submit(fleet, host, "cheap", SubmitOptions.defaults().withMaxFee(Wei.of(21_000)));
    fleet.until(() -> fleet.state("cheap") == TransferState.HELD);
    submit(fleet, host, "usual", SubmitOptions.defaults());
    assertThat(fleet.end(host, "usual").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(fleet.state("cheap")).isEqualTo(TransferState.HELD);
  }

  @Test
  void a_pause_of_the_signing_sends_what_is_signed_and_signs_nothing() {
    Fleet fleet = new Fleet(1);
    Fleet.Instance host = fleet.start();
    fleet.until(() -> host.payonce().nonces().funds(fleet.wallets.get(0)).isPresent());
    fleet.chain.tipFloor(Wei.gwei(1_000));
    submit(fleet, host, "out", SubmitOptions.defaults());
    fleet.until(() -> fleet.state("out") == TransferState.IN_FLIGHT);
    pause(fleet, host, PauseMode.SIGNING);
    int signed = fleet.slot(0).attempts().size();
    fleet.blocks(60); // it would be replaced long ago
    assertThat(fleet.slot(0).attempts()).hasSize(signed);
    fleet.chain.tipFloor(Wei.ZERO);
    assertThat(fleet.end(host, "out").state()).isEqualTo(TransferState.PAID_FINAL);
    fleet.verify();
  }

  @Test
  void a_pause_of_everything_sends_nothing_and_still_sees_the_chain() {
    Fleet fleet = new Fleet(1);
    Fleet.Instance host = fleet.start();
    fleet.until(() -> host.payonce().nonces().funds(fleet.wallets.get(0)).isPresent());
    fleet.chain.tipFloor(Wei.gwei(1_000));
    submit(fleet, host, "out", SubmitOptions.defaults());
    fleet.until(() -> fleet.state("out") == TransferState.IN_FLIGHT);
    fleet.until(() -> fleet.slot(0).attempts().get(0).state() == AttemptState.SENT);
    pause(fleet, host, PauseMode.ALL);
    int sent = fleet.journal.events(fleet.journal.find(Fleet.key("out")).orElseThrow().id()).size();
    fleet.blocks(60);
    assertThat(fleet.journal.events(fleet.journal.find(Fleet.key("out")).orElseThrow().id()))
        .hasSize(sent);
    assertThat(fleet.slot(0).state()).isEqualTo(SlotState.EXPOSED);
    fleet.chain.tipFloor(Wei.ZERO);
    assertThat(fleet.end(host, "out").state()).isEqualTo(TransferState.PAID_FINAL);
    fleet.verify();
  }

  @Test
  void many_are_submitted_at_once_and_each_is_answered_on_its_own() {
    Fleet fleet = new Fleet(1);
    Fleet.Instance host = fleet.start();
    Transfer first = payment(fleet, "0.5");
    List<SubmitResult> results =
        host.payonce()
            .submitAll(
                List.of(
                    new Submission(Fleet.key("a"), first),
                    new Submission(Fleet.key("b"), payment(fleet, "0.5")),
                    new Submission(Fleet.key("a"), first),
                    new Submission(Fleet.key("b"), payment(fleet, "0.7"))));
    assertThat(results.get(0)).isInstanceOf(SubmitResult.Accepted.class);
    assertThat(results.get(1)).isInstanceOf(SubmitResult.Accepted.class);
    assertThat(results.get(2)).isInstanceOf(SubmitResult.AlreadyKnown.class);
    assertThat(results.get(3)).isInstanceOf(SubmitResult.KeyConflict.class);
    assertThat(fleet.end(host, "a").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(fleet.end(host, "b").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> host.payonce().submitAll(List.of()))
        .withMessage("submissions has 0 entries, must have 1 to 1000");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                host.payonce()
                    .submitAll(Collections.nCopies(1001, new Submission(Fleet.key("a"), first))))
        .withMessageContaining("1001");
  }

  private static void submit(Fleet fleet, Fleet.Instance host, String name, SubmitOptions options) {
    Transfer transfer = payment(fleet, "0.5");
    assertThat(host.payonce().submit(Fleet.key(name), transfer, options))
        .isInstanceOf(SubmitResult.Accepted.class);
    fleet.asked.put(Fleet.key(name), transfer);
  }

  private static Transfer payment(Fleet fleet, String coins) {
    return Transfer.of(Fleet.coins(coins))
        .from(fleet.wallets.get(0).address())
        .to(fleet.newPayee());
  }

  private static void pause(Fleet fleet, Fleet.Instance host, PauseMode mode) {
    LaneId lane = fleet.wallets.get(0);
    LaneStatus paused = fleet.await(host.payonce().nonces().pause(lane, mode, OPERATOR, "a drill"));
    assertThat(paused.state())
        .isEqualTo(
            switch (mode) {
              case BINDING -> LaneStatus.State.PAUSED;
              case SIGNING -> LaneStatus.State.SIGNING_PAUSED;
              case ALL -> LaneStatus.State.ALL_PAUSED;
            });
  }

  private static void resume(Fleet fleet, Fleet.Instance host) {
    fleet.until(
        () ->
            host.payonce().nonces().lane(fleet.wallets.get(0)).state()
                != LaneStatus.State.REGISTERING);
    LaneStatus resumed =
        fleet.await(host.payonce().nonces().resume(fleet.wallets.get(0), OPERATOR, "done"));
    assertThat(resumed.state()).isEqualTo(LaneStatus.State.ACTIVE);
  }

  /** The names of the payments, once all are paid, by nonce. */
  private static List<String> inNonceOrder(Fleet fleet, Fleet.Instance host) {
    List<TransferStatus> ends = new ArrayList<>();
    for (IdempotencyKey key : fleet.asked.keySet()) {
      ends.add(fleet.end(host, key.value()));
    }
    ends.sort((a, b) -> Long.compare(a.nonce().orElseThrow(), b.nonce().orElseThrow()));
    return ends.stream().map(status -> status.key().value()).toList();
  }
}
