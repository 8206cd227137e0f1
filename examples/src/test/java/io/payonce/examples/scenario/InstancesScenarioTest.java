package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.ChainId;
import io.payonce.LaneId;
import io.payonce.SlotId;
import io.payonce.Wei;
import io.payonce.nonce.LaneStatus;
import io.payonce.signing.AttemptKind;
import io.payonce.signing.Signer;
import io.payonce.signing.SigningOutcome;
import io.payonce.signing.SigningRequest;
import io.payonce.store.CommitResult;
import io.payonce.store.JournalChange;
import io.payonce.store.Lease;
import io.payonce.store.SlotState;
import io.payonce.store.StoredLane;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.store.jdbc.JournalOptions;
import io.payonce.submit.Actor;
import io.payonce.submit.CancelResult;
import io.payonce.submit.DrainReport;
import io.payonce.submit.GiveUpResult;
import io.payonce.submit.SpeedUpResult;
import io.payonce.submit.SubmitResult;
import io.payonce.testing.VirtualTime;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several instances on one journal: one works on the wallet, all answer for it. */
final class InstancesScenarioTest {
  private static final Actor OPERATOR = new Actor("operator");

  /** Two instances, of which the first has the wallet. */
  private static final class Two {
    final Fleet fleet = new Fleet(1);
    final Fleet.Instance a;
    final Fleet.Instance b;

    Two() {
      this(null);
    }

    Two(@Nullable Function<VirtualTime, TransferStore> journal) {
      if (journal != null) {
        fleet.journal = journal.apply(fleet.time);
      }
      a = fleet.start();
      fleet.until(() -> fleet.has(a, 0));
      b = fleet.start();
      fleet.blocks(2);
    }

    long epoch() {
      return fleet.lane(0).epoch();
    }
  }

  @Test
  void two_instances_share_a_lane_without_a_second_payment() {
    shareALane(new Two());
  }

  @Test
  void two_submitters_share_a_sqlite_journal_without_a_second_payment(@TempDir Path folder) {
    Two two =
        new Two(
            time ->
                JdbcTransferStore.open(
                    folder.resolve("journal.db"),
                    JournalOptions.defaults().withClock(time.clock())));
    shareALane(two);
    two.fleet.journal.close();
  }

  private static void shareALane(Two two) {
    for (int i = 0; i < 12; i++) {
      assertThat(two.fleet.submit(i % 2 == 0 ? two.a : two.b, "p" + i))
          .isInstanceOf(SubmitResult.Accepted.class);
      if (i == 4) { // it knows nothing of its pause, and wakes when the other has the wallet
        two.a.process().pause();
      } else if (i == 8) {
        two.a.process().jumpClock(Duration.ofMinutes(-50));
        two.a.process().resume();
      }
      if (i > 4 && i < 8) { // its clients time out and ask the other one
        assertThat(two.fleet.submit(two.b, "q" + i)).isInstanceOf(SubmitResult.Accepted.class);
      }
      two.fleet.time.runFor(Duration.ofSeconds(4));
    }
    for (int i = 0; i < 12; i++) {
      assertThat(two.fleet.end(two.b, "p" + i).state()).isEqualTo(TransferState.PAID_FINAL);
    }
    for (int i = 5; i < 8; i++) {
      assertThat(two.fleet.end(two.a, "q" + i).state()).isEqualTo(TransferState.PAID_FINAL);
    }
    assertThat(two.epoch()).as("the wallet changed hands").isGreaterThan(1);
    two.fleet.verify();
  }

  @Test
  void another_instance_takes_over_within_15_seconds_of_a_crash() {
    Two two = new Two();
    long before = two.epoch();
    two.a.process().kill(); // its lease has to end by itself
    Instant killed = two.fleet.time.now();
    two.fleet.submit(two.b, "p");
    two.fleet.until(() -> two.epoch() > before);
    assertThat(Duration.between(killed, two.fleet.time.now())).isLessThan(Duration.ofSeconds(15));
    two.fleet.until(() -> two.fleet.state("p") == TransferState.IN_FLIGHT);
    assertThat(Duration.between(killed, two.fleet.time.now())).isLessThan(Duration.ofSeconds(20));
    assertThat(two.fleet.end(two.b, "p").state()).isEqualTo(TransferState.PAID_FINAL);
    two.fleet.verify();
  }

  @Test
  void an_owner_hears_of_what_another_instance_accepted() {
    Two two = new Two();
    long epoch = two.epoch();
    two.fleet.submit(two.b, "p");
    two.fleet.time.runFor(Duration.ofMillis(1500));
    assertThat(two.fleet.state("p")).isNotEqualTo(TransferState.ACCEPTED);
    assertThat(two.fleet.end(two.b, "p").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(two.epoch()).as("nobody took the wallet for it").isEqualTo(epoch);
    two.fleet.verify();
  }

  @Test
  void requests_are_answered_by_the_owner_wherever_they_are_asked() {
    Two two = new Two();
    two.fleet.chain.tipFloor(Wei.gwei(1_000));
    two.fleet.submit(two.a, "p");
    two.fleet.submit(two.b, "c");
    two.fleet.until(() -> two.fleet.state("c") == TransferState.IN_FLIGHT);
    long epoch = two.epoch();
    assertThat(two.fleet.await(two.b.payonce().speedUp(Fleet.key("p"))))
        .isEqualTo(SpeedUpResult.STARTED);
    assertThat(two.fleet.await(two.b.payonce().giveUp(Fleet.key("p"), OPERATOR, "no")))
        .isInstanceOf(GiveUpResult.NotYet.class);
    assertThat(two.fleet.await(two.b.payonce().cancel(Fleet.key("c"), OPERATOR, "typo")))
        .isInstanceOf(CancelResult.Racing.class);
    assertThat(two.epoch()).as("the wallet stayed where it was").isEqualTo(epoch);
    two.fleet.chain.tipFloor(Wei.ZERO);
    assertThat(two.fleet.end(two.b, "p").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(two.fleet.end(two.b, "c").state())
        .isIn(TransferState.CANCELLED_FINAL, TransferState.PAID_FINAL);
    assertThat(two.fleet.await(two.b.payonce().cancel(Fleet.key("p"), OPERATOR, "late")))
        .isInstanceOf(CancelResult.TooLate.class);
    two.fleet.verify();
  }

  @Test
  void a_request_survives_its_caller_and_the_owner_that_did_not_answer() {
    Two two = new Two();
    var paused = two.a.payonce().nonces().pause(two.fleet.wallets.get(0), OPERATOR, "maintenance");
    assertThat(two.fleet.await(paused).state()).isEqualTo(LaneStatus.State.PAUSED);
    two.fleet.submit(two.b, "p");
    two.a.process().kill();
    CompletableFuture<CancelResult> answer =
        two.b.payonce().cancel(Fleet.key("p"), OPERATOR, "changed my mind");
    assertThat(two.fleet.await(answer)).isInstanceOf(CancelResult.RejectedBeforeBinding.class);
    assertThat(two.fleet.end(two.b, "p").verdict().safeToRefund()).isTrue();
    assertThat(two.fleet.journal.openRequests(two.fleet.wallets.get(0), 10)).isEmpty();
    two.fleet.verify();
  }

  @Test
  void draining_hands_the_wallet_over_at_once() {
    Two two = new Two();
    for (int i = 0; i < 5; i++) {
      two.fleet.submit(two.a, "p" + i);
    }
    two.fleet.until(() -> two.fleet.lane(0).nextNonce() == 5);
    long epoch = two.epoch();
    DrainReport report = two.fleet.await(two.a.payonce().drain(Duration.ofSeconds(30)));
    assertThat(report.isClean()).isTrue();
    assertThat(report.took()).isLessThan(Duration.ofSeconds(5));
    assertThat(two.fleet.submit(two.a, "refused")).isInstanceOf(SubmitResult.NotAccepted.class);
    Instant left = two.fleet.time.now();
    two.fleet.until(() -> two.epoch() > epoch);
    assertThat(Duration.between(left, two.fleet.time.now())).isLessThan(Duration.ofSeconds(1));
    two.fleet.submit(two.b, "next");
    assertThat(two.fleet.end(two.b, "next").state()).isEqualTo(TransferState.PAID_FINAL);
    for (int i = 0; i < 5; i++) {
      assertThat(
              two.fleet
                  .end(two.a, "p" + i)
                  .state()) // it works on nothing, and answers all the same
          .isEqualTo(TransferState.PAID_FINAL);
    }
    two.a.payonce().close();
    two.fleet.verify();
  }

  @Test
  void draining_gives_up_waiting_when_its_time_is_over() {
    Fleet fleet = new Fleet(1);
    fleet.signer = SilentSigner::new;
    Fleet.Instance a = fleet.start();
    fleet.signer = UnaryOperator.identity();
    fleet.submit(a, "p");
    fleet.until(() -> fleet.state("p") == TransferState.BOUND);
    Fleet.Instance b = fleet.start();
    DrainReport report = fleet.await(a.payonce().drain(Duration.ofSeconds(3)));
    assertThat(report.took()).isEqualTo(Duration.ofSeconds(3));
    assertThat(report.isClean()).isFalse();
    assertThat(report.unsent()).containsEntry(fleet.wallets.get(0), 1);
    assertThat(fleet.end(b, "p").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(fleet.slot(0).attempts()).hasSize(1); // the same intent, signed by the next owner
    fleet.verify();
  }

  /** A device that hangs. */
  private record SilentSigner(Signer key) implements Signer {
    @Override
    public Address address() {
      return key.address();
    }

    @Override
    public Set<ChainId> chains() {
      return key.chains();
    }

    @Override
    public CompletableFuture<SigningOutcome> sign(SigningRequest request) {
      return new CompletableFuture<>();
    }

    @Override
    public void close() {
      key.close();
    }
  }

  @Test
  void an_operator_pauses_and_resumes_on_whichever_instance_answers() {
    Two two = new Two();
    LaneStatus paused =
        two.fleet.await(
            two.b.payonce().nonces().pause(two.fleet.wallets.get(0), OPERATOR, "rotation"));
    assertThat(paused.state()).isEqualTo(LaneStatus.State.PAUSED);
    two.fleet.submit(two.a, "p");
    two.fleet.blocks(10);
    assertThat(two.fleet.state("p")).isEqualTo(TransferState.ACCEPTED);
    assertThat(
            two.fleet
                .await(two.a.payonce().nonces().resume(two.fleet.wallets.get(0), OPERATOR, "done"))
                .state())
        .isEqualTo(LaneStatus.State.ACTIVE);
    assertThat(two.fleet.end(two.a, "p").state()).isEqualTo(TransferState.PAID_FINAL);
    two.fleet.verify();
  }

  @Test
  void gaps_close_within_two_blocks() {
    Fleet fleet = new Fleet(1);
    LaneId wallet = fleet.wallets.get(0);
    fleet.journal.registerLane(wallet, 0, fleet.time.now());
    Lease lease = new Lease("a-sender-of-the-host", Duration.ofSeconds(10));
    StoredLane taken = fleet.journal.takeLane(wallet, lease, fleet.time.now()).orElseThrow();
    List<JournalChange> released = new ArrayList<>();
    for (long nonce = 0; nonce < 3; nonce++) {
      released.add(new JournalChange.SlotTaken(new SlotId(wallet, nonce), SlotState.RELEASED));
    }
    released.add(ForeignScenarioTest.filled(new SlotId(wallet, 2)));
    assertThat(fleet.journal.commit(wallet, taken.epoch(), released, fleet.time.now()))
        .isInstanceOf(CommitResult.Applied.class);
    fleet.journal.releaseLane(wallet, taken.epoch());
    Fleet.Instance host = fleet.start();
    fleet.until(() -> fleet.has(host, 0));
    fleet.blocks(2);
    for (long nonce = 0; nonce < 2; nonce++) {
      assertThat(fleet.slot(nonce).attempts().get(0).kind()).isEqualTo(AttemptKind.FILL);
      assertThat(fleet.slot(nonce).attempts().get(0).signed()).isPresent();
    }
  }

  @Test
  void lanes_spread_over_the_instances_by_count() {
    Fleet fleet = new Fleet(6);
    Fleet.Instance a = fleet.start();
    fleet.until(() -> fleet.lanesOf(a) == 6);
    Fleet.Instance b = fleet.start();
    fleet.until(() -> fleet.lanesOf(b) == 3);
    Fleet.Instance c = fleet.start();
    fleet.until(() -> fleet.lanesOf(c) == 2);
    fleet.time.runFor(Duration.ofMinutes(1));
    assertThat(List.of(fleet.lanesOf(a), fleet.lanesOf(b), fleet.lanesOf(c)))
        .containsExactly(2L, 2L, 2L);
    for (int i = 0; i < 6; i++) {
      fleet.submit(List.of(a, b, c).get(i % 3), "p" + i, i);
    }
    for (int i = 0; i < 6; i++) {
      assertThat(fleet.end(c, "p" + i).state()).isEqualTo(TransferState.PAID_FINAL);
    }
    b.process().kill();
    fleet.until(() -> fleet.lanesOf(a) + fleet.lanesOf(c) == 6);
    fleet.verify();
  }
}
