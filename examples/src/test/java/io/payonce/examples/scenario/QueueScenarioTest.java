package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.Asset;
import io.payonce.IdempotencyKey;
import io.payonce.Submission;
import io.payonce.SubmitOptions;
import io.payonce.Transfer;
import io.payonce.Wei;
import io.payonce.nonce.LaneFunds;
import io.payonce.signing.AttemptKind;
import io.payonce.store.TransferFilter;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore.JournalEvent;
import io.payonce.submit.Actor;
import io.payonce.submit.Estimate;
import io.payonce.submit.Level;
import io.payonce.submit.Page;
import io.payonce.submit.PageToken;
import io.payonce.submit.RateLimit;
import io.payonce.submit.StuckTransfer;
import io.payonce.submit.SubmitResult;
import io.payonce.submit.TransferStatus;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What hosts ask about their payments and of the queue. */
final class QueueScenarioTest {
  private static final Actor HOST = new Actor("host");

  @Test
  void a_full_backlog_refuses_what_is_new_and_drops_nothing() {
    Fleet fleet = new Fleet(1);
    fleet.with = builder -> builder.maxBacklog(3);
    Fleet.Instance host = fleet.start();
    Transfer first = null;
    for (int i = 0; i < 3; i++) {
      assertThat(fleet.submit(host, "p" + i)).isInstanceOf(SubmitResult.Accepted.class);
      first = first == null ? fleet.asked.get(Fleet.key("p0")) : first;
    }
    SubmitResult.NotAccepted full = (SubmitResult.NotAccepted) fleet.submit(host, "late");
    assertThat(full.code()).isEqualTo("BACKLOG_FULL");
    assertThat(full.reason()).contains("maxBacklog 3");
    assertThat(full.retryAfter()).isPositive().isLessThanOrEqualTo(Duration.ofMinutes(1));
    assertThat(fleet.journal.find(Fleet.key("late"))).isEmpty();
    assertThat(host.payonce().submit(Fleet.key("p0"), first))
        .isInstanceOf(SubmitResult.AlreadyKnown.class);
    for (int i = 0; i < 3; i++) {
      assertThat(fleet.end(host, "p" + i).state()).isEqualTo(TransferState.PAID_FINAL);
    }
    fleet.time.runFor(Duration.ofMinutes(1));
    assertThat(fleet.submit(host, "late")).isInstanceOf(SubmitResult.Accepted.class);
    assertThat(fleet.end(host, "late").state()).isEqualTo(TransferState.PAID_FINAL);
    fleet.verify();
  }

  @Test
  void a_tenant_that_fills_its_own_backlog_leaves_the_others_alone() {
    Fleet fleet = new Fleet(1);
    fleet.with = builder -> builder.maxBacklog(RateLimit.Per.TENANT, 2);
    Fleet.Instance host = fleet.start();
    List<Submission> three = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      three.add(submission("a", i, payment(fleet)));
    }
    List<SubmitResult> results = host.payonce().submitAll(three);
    assertThat(results.subList(0, 2)).allMatch(SubmitResult.Accepted.class::isInstance);
    SubmitResult.NotAccepted full = (SubmitResult.NotAccepted) results.get(2);
    assertThat(full.code()).isEqualTo("BACKLOG_FULL");
    assertThat(full.reason()).isEqualTo("maxBacklog 2 payments of TENANT 'a' have not ended yet");
    assertThat(full.retryAfter()).isPositive().isLessThanOrEqualTo(Duration.ofSeconds(1));
    assertThat(fleet.journal.find(three.get(2).key())).isEmpty();
    List<Submission> again =
        List.of(three.get(1), three.get(0), submission("b", 0, payment(fleet)));
    assertThat(host.payonce().submitAll(again))
        .extracting(result -> result.getClass().getSimpleName())
        .containsExactly("AlreadyKnown", "AlreadyKnown", "Accepted");
    fleet.until(
        () -> fleet.journal.openCounts().stream().allMatch(open -> !open.tenant().equals("a")));
    // Counted once a minute, and within a second of a refusal.
    SubmitResult.NotAccepted still =
        (SubmitResult.NotAccepted) host.payonce().submitAll(three.subList(2, 3)).get(0);
    fleet.time.runFor(still.retryAfter().plusMillis(500));
    assertThat(host.payonce().submitAll(three.subList(2, 3)).get(0))
        .isInstanceOf(SubmitResult.Accepted.class);
    fleet.until(() -> fleet.journal.openCounts().isEmpty());
  }

  @Test
  void a_wallet_and_an_asset_have_backlogs_of_their_own() {
    Fleet fleet = new Fleet(2);
    fleet.with =
        builder -> builder.maxBacklog(RateLimit.Per.LANE, 1).maxBacklog(RateLimit.Per.ASSET, 2);
    Fleet.Instance host = fleet.start();
    assertThat(fleet.submit(host, "p", 0)).isInstanceOf(SubmitResult.Accepted.class);
    assertThat(reason(fleet.submit(host, "q", 0))).contains("1 payments of LANE");
    assertThat(fleet.submit(host, "q", 1)).isInstanceOf(SubmitResult.Accepted.class);
    assertThat(reason(fleet.submit(host, "r", 1))).contains("1 payments of LANE");
    fleet.with = builder -> builder.maxBacklog(RateLimit.Per.ASSET, 2);
    Fleet.Instance other = fleet.start();
    fleet.time.runFor(Duration.ofSeconds(1)); // it counts what others accepted
    assertThat(reason(fleet.submit(other, "r", 1))).contains("2 payments of ASSET");
    fleet.end(host, "p");
    fleet.end(host, "q");
  }

  private static String reason(SubmitResult result) {
    return ((SubmitResult.NotAccepted) result).reason();
  }

  private static Submission submission(String tenant, int number, Transfer transfer) {
    IdempotencyKey key = new IdempotencyKey(tenant, "k" + number);
    return new Submission(key, transfer, SubmitOptions.defaults());
  }

  @Test
  void each_tenant_has_a_bucket_of_its_own() {
    Fleet fleet = new Fleet(1);
    RateLimit limit = new RateLimit(RateLimit.Per.TENANT, 2, Duration.ofSeconds(10));
    fleet.with = builder -> builder.rateLimit(limit);
    Fleet.Instance host = fleet.start();
    Transfer first = payment(fleet);
    assertThat(host.payonce().submit(new IdempotencyKey("a", "1"), first))
        .isInstanceOf(SubmitResult.Accepted.class);
    assertThat(host.payonce().submit(new IdempotencyKey("a", "2"), payment(fleet)))
        .isInstanceOf(SubmitResult.Accepted.class);
    assertThat(host.payonce().submit(new IdempotencyKey("a", "3"), payment(fleet)))
        .isEqualTo(
            new SubmitResult.NotAccepted(
                "RATE_LIMITED",
                "TENANT 'a': 2 payments in PT10S are accepted here",
                Duration.ofSeconds(5)));
    assertThat(fleet.journal.find(new IdempotencyKey("a", "3"))).isEmpty();
    assertThat(host.payonce().submit(new IdempotencyKey("b", "1"), payment(fleet)))
        .isInstanceOf(SubmitResult.Accepted.class);
    assertThat(host.payonce().submit(new IdempotencyKey("a", "1"), first))
        .isInstanceOf(SubmitResult.AlreadyKnown.class);
    fleet.time.runFor(Duration.ofSeconds(5));
    assertThat(host.payonce().submit(new IdempotencyKey("a", "3"), payment(fleet)))
        .isInstanceOf(SubmitResult.Accepted.class);
    assertThat(host.payonce().submit(new IdempotencyKey("a", "4"), payment(fleet)))
        .isInstanceOf(SubmitResult.NotAccepted.class);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RateLimit(RateLimit.Per.LANE, 0, Duration.ofSeconds(1)))
        .withMessage("burst 0 must be 1 to 1000000");
  }

  @Test
  void funds_are_what_is_left_beside_all_that_was_accepted() {
    Fleet fleet = new Fleet(1);
    Fleet.Instance host = fleet.start();
    fleet.until(() -> host.payonce().nonces().funds(fleet.wallets.get(0)).isPresent());
    assertThat(coins(fleet, host)).isEqualTo(Wei.ofCoins("100").value());
    fleet.chain.tipFloor(Wei.gwei(1_000));
    for (int i = 0; i < 20; i++) { // sixteen get a nonce, four wait
      fleet.submit(host, "p" + i);
    }
    fleet.until(() -> fleet.lane(0).nextNonce() == 16);
    fleet.blocks(3);
    LaneFunds funds = host.payonce().nonces().funds(fleet.wallets.get(0)).orElseThrow();
    assertThat(funds.openNonces()).isEqualTo(16);
    assertThat(funds.waiting()).isEqualTo(4);
    assertThat(funds.complete()).isTrue();
    assertThat(coins(fleet, host))
        .isLessThan(Wei.ofCoins("90").value()) // 20 x 0.5, and fees
        .isGreaterThan(Wei.ofCoins("89").value());
    Fleet.Instance other = fleet.start();
    fleet.blocks(2);
    assertThat(other.payonce().nonces().funds(fleet.wallets.get(0))).isEmpty();
  }

  private static BigInteger coins(Fleet fleet, Fleet.Instance host) {
    Asset coin = new Asset.Native(Fleet.CHAIN);
    return host.payonce()
        .nonces()
        .funds(fleet.wallets.get(0))
        .orElseThrow()
        .available()
        .getOrDefault(coin, BigInteger.ZERO);
  }

  private static Transfer payment(Fleet fleet) {
    return Transfer.of(Fleet.coins("0.5"))
        .from(fleet.wallets.get(0).address())
        .to(fleet.newPayee());
  }

  @Test
  void a_backlog_limit_outside_its_range_is_refused() {
    Fleet fleet = new Fleet(1);
    fleet.with = builder -> builder.maxBacklog(0);
    assertThatIllegalArgumentException()
        .isThrownBy(fleet::start)
        .withMessage("maxBacklog 0 must be 1 to 50000000");
  }

  @Test
  void a_caller_waits_for_a_level_on_any_instance() {
    Fleet fleet = new Fleet(1);
    Fleet.Instance a = fleet.start();
    fleet.until(() -> fleet.has(a, 0));
    Fleet.Instance b = fleet.start();
    fleet.submit(a, "p");
    assertThat(await(fleet, b, "p", Level.IN_FLIGHT).state()).isEqualTo(TransferState.IN_FLIGHT);
    assertThat(await(fleet, b, "p", Level.INCLUDED).state()).isEqualTo(TransferState.INCLUDED);
    assertThat(await(fleet, b, "p", Level.FINAL).state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(await(fleet, a, "p", Level.INCLUDED).state()).isEqualTo(TransferState.PAID_FINAL);
    fleet.verify();
  }

  @Test
  void a_caller_whose_time_is_over_gets_the_status_as_it_is() {
    Fleet fleet = new Fleet(1);
    Fleet.Instance host = fleet.start();
    fleet.chain.tipFloor(Wei.gwei(1_000));
    fleet.submit(host, "p");
    Instant asked = fleet.time.now();
    CompletableFuture<TransferStatus> waiting =
        host.payonce().await(Fleet.key("p"), Level.FINAL, Duration.ofSeconds(9));
    assertThat(fleet.await(waiting).state()).isEqualTo(TransferState.IN_FLIGHT);
    assertThat(fleet.time.now()).isEqualTo(asked.plusSeconds(9));
    assertThatThrownBy(
            () ->
                fleet.await(
                    host.payonce().await(Fleet.key("none"), Level.FINAL, Duration.ofSeconds(9))))
        .hasCauseInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void an_estimate_names_fees_and_obstacles_and_stores_nothing() {
    Fleet fleet = new Fleet(1);
    Fleet.Instance host = fleet.start();
    fleet.blocks(2);
    Transfer fine =
        Transfer.of(Fleet.coins("0.5")).from(fleet.wallets.get(0).address()).to(fleet.newPayee());
    Estimate estimate = fleet.await(host.payonce().estimate(fine));
    assertThat(estimate.obstacle()).isEmpty();
    assertThat(estimate.expectedFee()).isGreaterThan(Wei.ZERO);
    assertThat(estimate.worstFee()).isGreaterThanOrEqualTo(estimate.expectedFee());
    Transfer tooMuch =
        Transfer.of(Fleet.coins("1000")).from(fleet.wallets.get(0).address()).to(fleet.newPayee());
    assertThat(fleet.await(host.payonce().estimate(tooMuch)).obstacle().orElseThrow().code())
        .isEqualTo("PRECHECK_REFUSED");
    assertThat(fleet.journal.counts()).isEmpty();
  }

  @Test
  void lists_show_each_payment_once_while_others_arrive() {
    Fleet fleet = new Fleet(2);
    Fleet.Instance host = fleet.start();
    for (int i = 0; i < 25; i++) {
      fleet.submit(host, "p" + i, i % 2);
    }
    List<IdempotencyKey> seen = new ArrayList<>();
    Optional<PageToken> next = Optional.empty();
    TransferFilter second = TransferFilter.all().ofLane(fleet.wallets.get(1));
    do {
      Page<TransferStatus> page = host.payonce().list(second, next, 5);
      page.entries().forEach(status -> seen.add(status.key()));
      next = page.next();
      fleet.submit(host, "later-" + seen.size(), 1);
    } while (next.isPresent());
    List<IdempotencyKey> expected = new ArrayList<>();
    for (int i = 23; i > 0; i -= 2) {
      expected.add(Fleet.key("p" + i));
    }
    assertThat(seen).isEqualTo(expected);
    assertThat(
            host.payonce().list(TransferFilter.all().ofTenant("x"), Optional.empty(), 5).entries())
        .isEmpty();
    Transfer one = fleet.asked.get(Fleet.key("p7"));
    assertThat(one).isNotNull();
    assertThat(
            host.payonce()
                .list(TransferFilter.all().toPayee(one.to()), Optional.empty(), 5)
                .entries())
        .extracting(TransferStatus::key)
        .containsExactly(Fleet.key("p7"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> host.payonce().list(TransferFilter.all(), Optional.empty(), 1001))
        .withMessage("limit 1001 must be 1 to 1000");
  }

  @Test
  void stuck_payments_are_listed_with_what_blocks_them() {
    Fleet fleet = new Fleet(1);
    Fleet.Instance host = fleet.start();
    fleet.submit(host, "paid");
    assertThat(fleet.end(host, "paid").state()).isEqualTo(TransferState.PAID_FINAL);
    fleet.chain.tipFloor(Wei.gwei(1_000));
    fleet.submit(host, "head");
    fleet.until(() -> fleet.state("head") == TransferState.IN_FLIGHT);
    fleet.submit(host, "behind");
    fleet.until(() -> fleet.state("behind") == TransferState.IN_FLIGHT);
    Duration age = Duration.ofMinutes(5);
    assertThat(stuck(host, age)).isEmpty();
    fleet.time.runFor(age);
    assertThat(stuck(host, age))
        .extracting(each -> each.status().key())
        .containsExactly(Fleet.key("behind"), Fleet.key("head"));
    assertThat(stuck(host, age).get(0).blockedBy()).contains(fleet.slot(1).id());
    assertThat(stuck(host, age).get(1).blockedBy()).isEmpty();
    assertThat(stuck(host, age).get(1).age()).isGreaterThanOrEqualTo(age);
  }

  @Test
  void a_history_tells_attempts_and_events() {
    Fleet fleet = new Fleet(1);
    Fleet.Instance host = fleet.start();
    fleet.chain.tipFloor(Wei.gwei(1_000));
    fleet.submit(host, "p");
    fleet.until(() -> fleet.state("p") == TransferState.IN_FLIGHT);
    fleet.blocks(2);
    var cancel = host.payonce().cancel(Fleet.key("p"), HOST, "typo");
    assertThat(fleet.await(cancel)).isNotNull();
    fleet.chain.tipFloor(Wei.ZERO);
    assertThat(fleet.end(host, "p").state().isTerminal()).isTrue();
    var history = host.payonce().history(Fleet.key("p")).orElseThrow();
    assertThat(history.attempts().get(0).kind()).isEqualTo(AttemptKind.PAYMENT);
    assertThat(history.attempts()).anyMatch(attempt -> attempt.kind() == AttemptKind.CANCEL);
    assertThat(history.events())
        .extracting(JournalEvent::what)
        .startsWith("accepted")
        .contains("bound", "attempt signed", "attempt sent", "cancel requested", "attempt ended");
    assertThat(host.payonce().history(Fleet.key("none"))).isEmpty();
  }

  private static List<StuckTransfer> stuck(Fleet.Instance host, Duration age) {
    return host.payonce().listStuck(TransferFilter.all(), age, Optional.empty(), 10).entries();
  }

  private static TransferStatus await(Fleet fleet, Fleet.Instance on, String name, Level level) {
    return fleet.await(on.payonce().await(Fleet.key(name), level, Duration.ofHours(1)));
  }
}
