package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.IdempotencyKey;
import io.payonce.SubmitOptions;
import io.payonce.TransactionHash;
import io.payonce.nonce.LaneStatus;
import io.payonce.nonce.PauseMode;
import io.payonce.store.SlotState;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.submit.Actor;
import io.payonce.submit.CancelResult;
import io.payonce.submit.GiveUpResult;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.Resolution;
import io.payonce.submit.ResolveResult;
import io.payonce.submit.SubmitResult;
import io.payonce.submit.TransferStatus;
import io.payonce.submit.Verdict;
import io.payonce.testing.MemoryTransferStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/** The journal is an old backup: the chain has payments that it does not know. */
@OnEveryGround
final class RestoreScenarioTest {
  @Parameter Ground ground;

  private static final Actor OPERATOR = new Actor("operator");

  @Test
  void a_restored_backup_freezes_the_lane() {
    Stage stage = restored();
    // The host repeats one key before anybody resumes the lane, and one long after.
    repeat(stage, "early");
    stage.blocks(20);
    for (String name : List.of("before", "early")) {
      assertThat(stage.status(name).nonce()).isEmpty();
      assertThat(cancel(stage, name))
          .as("no refund is decided while the journal is behind")
          .isInstanceOf(CancelResult.NotNow.class);
    }
    stage.await(stage.payonce().nonces().resume(stage.lane, OPERATOR, "restored"));
    assertThat(fresh(stage, "fresh").state()).isEqualTo(TransferState.PAID_FINAL);
    repeat(stage, "late");
    for (String name : List.of("before", "early", "late")) {
      stage.untilState(name, TransferState.HELD);
      assertThat(stage.status(name).code()).isEqualTo("POSSIBLE_DUPLICATE");
      assertThat(stage.status(name).verdict()).isInstanceOf(Verdict.Undecided.class);
      assertThat(cancel(stage, name)).isInstanceOf(CancelResult.NotNow.class);
      assertThat(giveUp(stage, name)).isInstanceOf(GiveUpResult.NotYet.class);
    }
    stage.kill();
    stage.start();
    stage.blocks(30);
    for (String name : List.of("before", "early", "late")) {
      assertThat(stage.state(name)).as("held across restarts").isEqualTo(TransferState.HELD);
      assertThat(stage.paid(name)).isOne();
    }
    stage.verify();
  }

  @Test
  void an_orphan_is_the_payment_of_the_key_that_somebody_names() {
    Stage stage = restored();
    stage.await(stage.payonce().nonces().resume(stage.lane, OPERATOR, "restored"));
    repeat(stage, "late");
    stage.untilState("late", TransferState.HELD);
    TransactionHash hash = orphanOf(stage, "late");
    assertThat(resolve(stage, "late", new Resolution.PaidByOrphan(another(hash), "guess")))
        .isInstanceOf(ResolveResult.NotYet.class);
    stage.until(() -> stage.world.isFinal(hash));
    stage.until(
        () ->
            resolve(stage, "late", new Resolution.PaidByOrphan(hash, "the same order"))
                instanceof ResolveResult.Closed);
    assertThat(stage.state("late")).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.status("late").verdict())
        .isInstanceOfSatisfying(
            Verdict.PaidFinal.class, paid -> assertThat(paid.hash()).isEqualTo(hash));
    assertThat(stage.paid("late")).isOne();

    // The orphan is used up: a like payment under a new key is another payment.
    var twin = stage.payonce().submit(Stage.key("twin"), stage.asked.get(Stage.key("late")));
    assertThat(twin).isNotNull();
    assertThat(stage.end("twin").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.paid("late")).isEqualTo(2);
    assertThat(resolve(stage, "late", new Resolution.PaidByOrphan(hash, "again")))
        .isInstanceOf(ResolveResult.NotYet.class);
  }

  @Test
  void what_was_read_before_a_ruling_and_is_looked_at_after_it_stops_no_other_payment() {
    Map<IdempotencyKey, StoredTransfer> asRead = new HashMap<>();
    Stage stage = restored(store -> answering(store, asRead));
    stage.await(stage.payonce().nonces().resume(stage.lane, OPERATOR, "restored"));
    repeat(stage, "late");
    stage.untilState("late", TransferState.HELD);
    StoredTransfer held = stage.journal.find(Stage.key("late")).orElseThrow();
    TransactionHash hash = orphanOf(stage, "late");
    stage.until(() -> stage.world.isFinal(hash));
    Resolution theOrder = new Resolution.PaidByOrphan(hash, "the same order");
    stage.until(() -> resolve(stage, "late", theOrder) instanceof ResolveResult.Closed);
    asRead.put(Stage.key("late"), held);
    assertThat(resolve(stage, "late", theOrder)).isInstanceOf(ResolveResult.NotYet.class);
    asRead.clear();
    assertThat(stage.submit("next", stage.coins("0.25"))).isInstanceOf(SubmitResult.Accepted.class);
    assertThat(stage.end("next").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.paid("late")).isOne();
  }

  /** A journal whose answer for these keys is the one that somebody read a moment ago. */
  private static TransferStore answering(
      TransferStore store, Map<IdempotencyKey, StoredTransfer> asRead) {
    return (TransferStore)
        Proxy.newProxyInstance(
            TransferStore.class.getClassLoader(),
            new Class<?>[] {TransferStore.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("find") && asRead.containsKey(arguments[0])) {
                return Optional.of(asRead.get(arguments[0]));
              }
              try {
                return method.invoke(store, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void a_payment_like_an_orphan_is_paid_once_somebody_says_that_it_is_another() {
    Stage stage = restored();
    stage.await(stage.payonce().nonces().resume(stage.lane, OPERATOR, "restored"));
    var twin = stage.payonce().submit(Stage.key("twin"), stage.asked.get(Stage.key("late")));
    assertThat(twin).isNotNull();
    stage.untilState("twin", TransferState.HELD);
    assertThat(resolve(stage, "twin", new Resolution.NotADuplicate("a second order")))
        .isInstanceOf(ResolveResult.Resumed.class);
    stage.kill();
    stage.start();
    assertThat(stage.end("twin").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.paid("late")).isEqualTo(2);

    repeat(stage, "late"); // the orphan still waits for its own key
    stage.untilState("late", TransferState.HELD);
    assertThat(resolve(stage, "twin", new Resolution.NotADuplicate("again")))
        .isInstanceOf(ResolveResult.NotYet.class);
    assertThat(resolve(stage, "nobody", new Resolution.NotADuplicate("who")))
        .isInstanceOf(ResolveResult.UnknownKey.class);
  }

  @Test
  void an_old_backup_is_noticed_before_anything_is_signed() {
    Stage stage = new Stage(ground);
    MemoryTransferStore journal = new MemoryTransferStore(stage.time.clock());
    stage.journal = journal;
    SigningStop stop = new SigningStop();
    stage.signer = stop::wrap;
    stage.start();
    stop.refusing = true; // the backup is made between intent and signature
    var unused = stage.submit("p", stage.coins("0.5"));
    stage.untilState("p", TransferState.BOUND);
    MemoryTransferStore backup = journal.copy();
    stop.refusing = false;
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.kill();

    stage.journal = backup;
    stop.signed.clear();
    stage.start();
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stop.signed).as("its nonce was used: nothing to sign").isEmpty();
    stage.verify();
  }

  @Test
  void a_backup_counts_as_behind_though_nobody_shows_what_it_has_lost() {
    Stage stage = new Stage(ground);
    MemoryTransferStore journal = new MemoryTransferStore(stage.time.clock());
    stage.journal = journal;
    stage.start();
    assertThat(fresh(stage, "first").state()).isEqualTo(TransferState.PAID_FINAL);
    MemoryTransferStore backup = journal.copy();
    stage.world.stopMining();
    stage.inFlight("lost");
    stage.kill();
    stage.blocks(2); // what was on its way has arrived
    stage.world.wipePools();
    stage.world.goOnMining();
    stage.journal = backup;
    stage.restored = true;
    stage.start();
    stage.untilFrozen("JOURNAL_BEHIND: restored by dba: drill");
    repeat(stage, "lost");
    stage.blocks(10);
    assertThat(stage.status("lost").nonce()).isEmpty();
    assertThat(cancel(stage, "lost")).isInstanceOf(CancelResult.NotNow.class);

    stage.await(stage.payonce().nonces().fill(stage.lane, 1, OPERATOR, "bytes may be out"));
    stage.until(() -> stage.slot(1).state() == SlotState.CONSUMED_FINAL);
    stage.await(stage.payonce().nonces().resume(stage.lane, OPERATOR, "restored"));
    assertThat(stage.end("lost").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.status("lost").nonce()).hasValue(2);
    assertThat(stage.paid("lost")).isOne();
  }

  @Test
  void a_process_that_outlives_a_fail_over_notices_that_the_new_journal_lacks_its_nonces() {
    Stage stage = new Stage(ground);
    MemoryTransferStore journal = new MemoryTransferStore(stage.time.clock());
    stage.journal = journal;
    stage.start();
    assertThat(fresh(stage, "first").state()).isEqualTo(TransferState.PAID_FINAL);
    MemoryTransferStore replica = journal.copy();
    stage.world.stopMining();
    stage.inFlight("lost");
    stage.time.runFor(World.BLOCK.dividedBy(4)); // what was on its way has arrived
    stage.world.wipePools();
    journal.restore(replica); // nobody stops the process, and nothing that it sent is to be seen
    for (String name : List.of("other", "third")) { // the former has the number that was lost
      var unused = stage.submit(name, stage.coins("0.3"));
    }
    stage.untilFrozen("JOURNAL_BEHIND: the journal has lost commits: it gave out 2 nonces");
    stage.world.goOnMining();
    repeat(stage, "lost");
    stage.blocks(10);
    for (String name : List.of("lost", "other", "third")) {
      assertThat(stage.status(name).nonce()).as("1 belongs to what was lost").isEmpty();
    }

    stage.await(stage.payonce().nonces().fill(stage.lane, 1, OPERATOR, "bytes may be out"));
    stage.until(() -> stage.slot(1).state() == SlotState.CONSUMED_FINAL);
    stage.await(stage.payonce().nonces().resume(stage.lane, OPERATOR, "failed over"));
    for (String name : List.of("lost", "other", "third")) {
      assertThat(stage.end(name).state()).isEqualTo(TransferState.PAID_FINAL);
      assertThat(stage.paid(name)).isOne();
    }
  }

  @Test
  void a_nonce_that_was_never_signed_does_not_strand_the_fills_above_it() {
    Stage stage = new Stage(ground);
    MemoryTransferStore journal = new MemoryTransferStore(stage.time.clock());
    stage.journal = journal;
    SigningStop stop = new SigningStop();
    stage.signer = stop::wrap;
    stage.start();
    stop.refusing = true;
    var unused = stage.submit("p", stage.coins("0.5"));
    stage.untilState("p", TransferState.BOUND);
    stage.kill();
    stage.journal = journal.copy();
    stage.restored = true;
    stop.refusing = false;
    stage.start();
    stage.untilFrozen("JOURNAL_BEHIND");
    stage.blocks(2);
    stage.await(stage.payonce().nonces().fill(stage.lane, 1, OPERATOR, "bytes may be out"));
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.until(() -> stage.slot(1).state() == SlotState.CONSUMED_FINAL);
    assertThat(stage.laneStatus().state()).isEqualTo(LaneStatus.State.FROZEN);
    stage.await(stage.payonce().nonces().resume(stage.lane, OPERATOR, "restored"));
    assertThat(fresh(stage, "fresh").state()).isEqualTo(TransferState.PAID_FINAL);
  }

  @Test
  void a_payment_past_its_deadline_is_held_behind_its_orphan_and_can_be_ruled_on() {
    Stage stage = restored();
    SubmitOptions soon =
        SubmitOptions.defaults().withDeadline(stage.time.now().plus(World.BLOCK.multipliedBy(5)));
    var again = stage.payonce().submit(Stage.key("late"), stage.asked.get(Stage.key("late")), soon);
    assertThat(again).isNotNull();
    stage.blocks(10);
    stage.await(stage.payonce().nonces().resume(stage.lane, OPERATOR, "restored"));
    stage.untilState("late", TransferState.HELD);
    assertThat(stage.status("late").code()).isEqualTo("POSSIBLE_DUPLICATE");
    TransactionHash hash = orphanOf(stage, "late");
    stage.until(() -> stage.world.isFinal(hash));
    stage.until(
        () ->
            resolve(stage, "late", new Resolution.PaidByOrphan(hash, "the same order"))
                instanceof ResolveResult.Closed);
    assertThat(stage.state("late")).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.paid("late")).isOne();
  }

  @Test
  void a_wallet_resumed_into_a_pause_lets_its_host_cancel_what_a_backup_would_pay_again() {
    Stage stage = new Stage(ground);
    MemoryTransferStore journal = new MemoryTransferStore(stage.time.clock());
    stage.journal = journal;
    stage.start();
    assertThat(fresh(stage, "first").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.await(stage.payonce().nonces().pause(stage.lane, OPERATOR, "backup"));
    var before = stage.submit("refunded", stage.coins("0.7"));
    assertThat(before).isNotNull();
    var paid = stage.submit("paid", stage.coins("0.6"));
    assertThat(paid).isNotNull();
    MemoryTransferStore backup = journal.copy();
    assertThat(cancel(stage, "refunded")).isInstanceOf(CancelResult.RejectedBeforeBinding.class);
    stage.await(stage.payonce().nonces().resume(stage.lane, OPERATOR, "backup is made"));
    stage.end("paid");
    stage.kill();
    stage.journal = backup;
    stage.start();
    stage.untilFrozen("JOURNAL_BEHIND");
    assertThat(cancel(stage, "refunded")).isInstanceOf(CancelResult.NotNow.class);

    stage.await(
        stage.payonce().nonces().resumePaused(stage.lane, PauseMode.BINDING, OPERATOR, "restored"));
    stage.untilState("paid", TransferState.HELD);
    stage.blocks(5);
    assertThat(stage.laneStatus().state()).isEqualTo(LaneStatus.State.PAUSED);
    assertThat(stage.status("paid").code()).isEqualTo("POSSIBLE_DUPLICATE");
    assertThat(cancel(stage, "refunded")).isInstanceOf(CancelResult.RejectedBeforeBinding.class);
    stage.await(stage.payonce().nonces().resume(stage.lane, OPERATOR, "compared"));
    stage.blocks(10);
    assertThat(stage.state("refunded")).isEqualTo(TransferState.REJECTED);
    assertThat(stage.paid("refunded")).isZero();
    assertThat(stage.paid("paid")).isOne();
  }

  @Test
  void why_a_backup_was_put_back_has_to_be_said() {
    for (String reason : List.of("", " ", "x".repeat(1001))) {
      assertThatThrownBy(() -> IdempotentSubmitter.builder().restored(OPERATOR, reason))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("has " + reason.length() + " characters")
          .hasMessageContaining("1 to 1000");
    }
  }

  /**
   * A stage on a backup from before two payments: of a key it knows, and of two that it does not.
   */
  private Stage restored() {
    return restored(UnaryOperator.identity());
  }

  private Stage restored(UnaryOperator<TransferStore> store) {
    Stage stage = new Stage(ground);
    stage.store = store;
    MemoryTransferStore journal = new MemoryTransferStore(stage.time.clock());
    stage.journal = journal;
    stage.start();
    assertThat(fresh(stage, "first").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.await(stage.payonce().nonces().pause(stage.lane, OPERATOR, "backup"));
    var before = stage.submit("before", stage.coins("0.7"));
    assertThat(before).isNotNull();
    MemoryTransferStore backup = journal.copy();
    stage.await(stage.payonce().nonces().resume(stage.lane, OPERATOR, "backup is made"));
    stage.end("before");
    assertThat(fresh(stage, "early").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(fresh(stage, "late").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.kill();
    stage.journal = backup;
    stage.start();
    stage.untilFrozen("JOURNAL_BEHIND");
    return stage;
  }

  private static TransferStatus fresh(Stage stage, String name) {
    var unused = stage.submit(name, stage.coins("0.8"));
    return stage.end(name);
  }

  private static void repeat(Stage stage, String name) {
    var again = stage.payonce().submit(Stage.key(name), stage.asked.get(Stage.key(name)));
    assertThat(again).isNotNull();
  }

  private static TransactionHash orphanOf(Stage stage, String name) {
    return stage.journal.orphans(Stage.CHAIN).stream()
        .filter(o -> o.payee().equals(stage.asked.get(Stage.key(name)).to()))
        .findFirst()
        .orElseThrow()
        .hash();
  }

  private static TransactionHash another(TransactionHash hash) {
    byte[] bytes = hash.toArray();
    bytes[0] ^= 1;
    return TransactionHash.of(bytes);
  }

  private static CancelResult cancel(Stage stage, String name) {
    return stage.await(stage.payonce().cancel(Stage.key(name), OPERATOR, "refund wanted"));
  }

  private static GiveUpResult giveUp(Stage stage, String name) {
    return stage.await(stage.payonce().giveUp(Stage.key(name), OPERATOR, "refund wanted"));
  }

  private static ResolveResult resolve(Stage stage, String name, Resolution how) {
    return stage.await(stage.payonce().resolve(Stage.key(name), how, OPERATOR));
  }
}
