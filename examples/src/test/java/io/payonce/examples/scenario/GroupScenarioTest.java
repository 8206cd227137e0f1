package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Group;
import io.payonce.GroupMember;
import io.payonce.GroupSubmission;
import io.payonce.IdempotencyKey;
import io.payonce.Settlement;
import io.payonce.TokenAmount;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.examples.node.TestPostgres;
import io.payonce.examples.scenario.Fuse.Moment;
import io.payonce.examples.scenario.Fuse.Point;
import io.payonce.signing.AttemptKind;
import io.payonce.signing.guard.PayoutReader;
import io.payonce.store.MemberState;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.store.jdbc.JournalOptions;
import io.payonce.submit.Actor;
import io.payonce.submit.CancelResult;
import io.payonce.submit.MemberStatus;
import io.payonce.submit.Resolution;
import io.payonce.submit.ResolveResult;
import io.payonce.submit.SettlementProof;
import io.payonce.submit.SpeedUpResult;
import io.payonce.submit.SubmitResult;
import io.payonce.submit.Verdict;
import io.payonce.testing.MemoryTransferStore;
import io.payonce.testing.ReorgMode;
import io.payonce.testing.SimulatedChain;
import io.payonce.testing.SimulatedPayment;
import io.payonce.testing.SimulatedPayout;
import io.payonce.testing.TokenKind;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One transaction that pays many members, each exactly once, whatever becomes of it. */
final class GroupScenarioTest {
  private static final Actor PERSON = new Actor("anna");

  @TempDir Path folder;

  private final Stage stage = new Stage(Ground.SIMULATED);
  private final SimulatedChain chain = ((SimulatedWorld) stage.world).chain();
  private final Address atomic = payout(false);
  private final Address bestEffort = payout(true);
  private final Asset token = stage.world.token(TokenKind.PLAIN);

  /** Every member that was ever asked for, as it is to be paid. */
  private final Map<IdempotencyKey, GroupMember> asked = new LinkedHashMap<>();

  private Address payout(boolean survives) {
    Address contract = chain.deployPayout(survives);
    stage.payouts.put(
        contract, call -> Optional.of(SimulatedPayout.sum(call.chain(), call.data())));
    return contract;
  }

  @Test
  void each_member_is_paid_by_one_transaction_and_proven_by_a_log_of_its_own() {
    stage.start();
    GroupSubmission group = group("g", atomic, token, SettlementProof.TRANSFER_LOGS, "a", "b", "c");
    assertThat(stage.payonce().submitGroup(group)).isInstanceOf(SubmitResult.Accepted.class);
    assertThat(verdict("a")).isInstanceOf(Verdict.Pending.class);
    assertThat(stage.end("g").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.payonce().members(Stage.key("g")))
        .hasSize(3)
        .allMatch(m -> m.verdict().paid());
    assertThat(chain.nonce(stage.lane.address())).isEqualTo(1);
    assertThat(stage.payonce().submitGroup(group)).isInstanceOf(SubmitResult.AlreadyKnown.class);
    verify();
  }

  @Test
  void coins_are_proven_by_the_contracts_own_events() {
    stage.start();
    submit("g", atomic, stage.coin, "simulated", "a", "b");
    assertThat(stage.end("g").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(chain.payments(stage.coin, asked.get(Stage.key("a")).to())).hasSize(1);
    verify();
  }

  @Test
  void a_member_that_a_final_log_calls_failed_is_unpaid_and_may_enter_another_group() {
    stage.start();
    GroupSubmission group = group("g", bestEffort, token, "simulated", "a", "b", "c");
    Address refusing = asked.get(Stage.key("b")).to();
    chain.refuse(bestEffort, refusing, true);
    accept(group);
    stage.untilState("g", TransferState.INCLUDED);
    assertThat(verdict("a")).isInstanceOf(Verdict.PaidProbable.class);
    assertThat(verdict("b").safeToRefund()).as("its block is not final").isFalse();
    assertThat(taken(group("h", bestEffort, token, "simulated", "b", "d"))).isEqualTo("b");
    assertThat(stage.end("g").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(verdict("a").paid()).isTrue();
    assertThat(verdict("b").safeToRefund()).isTrue();
    verify();
    chain.refuse(bestEffort, refusing, false);
    submit("h", bestEffort, token, "simulated", "b", "d");
    assertThat(verdict("b")).isInstanceOf(Verdict.Pending.class);
    stage.end("h");
    assertThat(verdict("b").paid()).isTrue();
    verify();
  }

  @Test
  void what_no_log_shows_is_never_called_unpaid() {
    stage.start();
    GroupSubmission group =
        group("g", bestEffort, token, SettlementProof.TRANSFER_LOGS, "a", "b", "c");
    chain.refuse(bestEffort, asked.get(Stage.key("b")).to(), true);
    accept(group);
    assertThat(stage.end("g").state()).isEqualTo(TransferState.QUARANTINED);
    assertThat(stage.status("g").code()).isEqualTo("PAYMENT_UNPROVEN");
    assertThat(verdict("a").paid()).isTrue();
    assertThat(verdict("b")).isInstanceOf(Verdict.Undecided.class);
    assertThat(taken(group("h", atomic, token, "simulated", "b", "d"))).isEqualTo("b");
    Resolution unpaid =
        new Resolution.NotPaid(stage.status("g").winner().orElseThrow().hash(), "x");
    assertThat(stage.await(stage.payonce().resolve(Stage.key("g"), unpaid, PERSON)))
        .isInstanceOf(ResolveResult.NotYet.class);
    verify();
  }

  @Test
  void a_group_that_reverted_frees_its_members_once_that_is_final() {
    stage.start();
    stage.world.stopMining();
    submit("g", atomic, token, "simulated", "a", "b");
    stage.untilState("g", TransferState.IN_FLIGHT);
    Address refusing = asked.get(Stage.key("b")).to();
    chain.refuse(atomic, refusing, true);
    stage.world.goOnMining();
    stage.untilState("g", TransferState.REVERTED);
    assertThat(verdict("a").safeToRefund()).isFalse();
    assertThat(taken(group("h", atomic, token, "simulated", "a", "b"))).isNotEmpty();
    assertThat(stage.end("g").state()).isEqualTo(TransferState.REVERTED_FINAL);
    assertThat(verdict("a").safeToRefund()).isTrue();
    chain.refuse(atomic, refusing, false);
    submit("h", atomic, token, "simulated", "a", "b");
    assertThat(stage.end("h").state()).isEqualTo(TransferState.PAID_FINAL);
    verify();
  }

  @Test
  void a_group_is_sped_up_and_cancelled_as_a_whole() {
    stage.start();
    stage.world.stopMining();
    submit("g", atomic, stage.coin, "simulated", "a", "b");
    stage.untilState("g", TransferState.IN_FLIGHT);
    assertThat(stage.await(stage.payonce().speedUp(Stage.key("g"))))
        .isEqualTo(SpeedUpResult.STARTED);
    stage.until(() -> stage.slot(0).attempts().size() == 2);
    assertThat(stage.slot(0).attempts().get(1).transaction().data())
        .isEqualTo(stage.slot(0).attempts().get(0).transaction().data());
    assertThatThrownBy(() -> stage.payonce().cancel(Stage.key("a"), PERSON, "typo"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is a member of group g");
    assertThat(stage.await(stage.payonce().cancel(Stage.key("g"), PERSON, "typo")))
        .isInstanceOf(CancelResult.Racing.class);
    stage.blocks(2);
    stage.world.goOnMining();
    TransferState end = stage.end("g").state();
    assertThat(end).isIn(TransferState.CANCELLED_FINAL, TransferState.PAID_FINAL);
    assertThat(verdict("a").safeToRefund()).isEqualTo(end == TransferState.CANCELLED_FINAL);
    assertThat(verdict("a").paid()).isEqualTo(end == TransferState.PAID_FINAL);
    verify();
  }

  @Test
  void a_reorganisation_takes_what_was_seen_back() {
    stage.start();
    GroupSubmission group = group("g", bestEffort, token, "simulated", "a", "b");
    Address refusing = asked.get(Stage.key("b")).to();
    chain.refuse(bestEffort, refusing, true);
    accept(group);
    stage.untilState("g", TransferState.INCLUDED);
    chain.refuse(bestEffort, refusing, false);
    chain.reorg(2, ReorgMode.RETURNED);
    stage.until(
        () ->
            stage
                .journal
                .find(Stage.key("g"))
                .orElseThrow()
                .group()
                .orElseThrow()
                .seen()
                .isEmpty());
    assertThat(stage.end("g").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(verdict("b").paid()).as("the second time it did not fail").isTrue();
    verify();
  }

  @Test
  void a_proof_that_fails_or_contradicts_itself_proves_nothing() {
    stage.proofs.put(
        "broken",
        (wallet, group, receipt) -> {
          throw new IllegalStateException("bug");
        });
    stage.proofs.put(
        "missing",
        (wallet, group, receipt) -> {
          throw new NoClassDefFoundError("com/host/Logs");
        });
    stage.proofs.put(
        "one-for-all",
        (wallet, group, receipt) ->
            group.members().stream()
                .map(m -> Settlement.paid(receipt.logs().get(0).index()))
                .toList());
    stage.start();
    submit("g", atomic, token, "broken", "a", "b");
    submit("h", atomic, token, "one-for-all", "c", "d");
    submit("i", atomic, token, "missing", "e", "f");
    assertThat(stage.end("g").state()).isEqualTo(TransferState.QUARANTINED);
    assertThat(stage.end("i").state()).isEqualTo(TransferState.QUARANTINED);
    assertThat(stage.end("h").state()).isEqualTo(TransferState.QUARANTINED);
    assertThat(verdict("a")).isInstanceOf(Verdict.Undecided.class);
    assertThat(verdict("c")).isInstanceOf(Verdict.Undecided.class);
    Resolution confirmed =
        new Resolution.PaymentConfirmed(stage.status("g").winner().orElseThrow().hash(), "read");
    assertThat(stage.await(stage.payonce().resolve(Stage.key("g"), confirmed, PERSON)))
        .isInstanceOf(ResolveResult.Closed.class);
    assertThat(verdict("a").paid()).isTrue();
    verify();
  }

  @Test
  void a_restored_backup_pays_no_group_again() {
    MemoryTransferStore journal = new MemoryTransferStore(stage.time.clock());
    stage.journal = journal;
    stage.start();
    accept(group("first", atomic, token, "simulated", "x", "y"));
    stage.end("first");
    MemoryTransferStore backup = journal.copy();
    GroupSubmission lost = group("g", atomic, token, "simulated", "a", "b");
    accept(lost);
    stage.end("g");
    stage.kill();
    stage.journal = backup;
    stage.start();
    stage.untilFrozen("JOURNAL_BEHIND");
    assertThat(stage.payonce().submitGroup(lost)).isInstanceOf(SubmitResult.Accepted.class);
    var unused = stage.await(stage.payonce().nonces().resume(stage.lane, PERSON, "audited"));
    stage.untilState("g", TransferState.HELD);
    assertThat(stage.status("g").code()).isEqualTo("POSSIBLE_DUPLICATE");
    Resolution orphan =
        new Resolution.PaidByOrphan(
            stage.journal.orphans(Stage.CHAIN).get(0).hash(), "as the newer journal said");
    stage.blocks(30);
    assertThat(stage.await(stage.payonce().resolve(Stage.key("g"), orphan, PERSON)))
        .isInstanceOf(ResolveResult.Closed.class);
    assertThat(verdict("a").paid()).isTrue();
    verify();
  }

  @Test
  void a_call_whose_reader_throws_or_answers_null_is_refused_and_the_members_are_free() {
    List<PayoutReader> broken =
        List.of(
            call -> {
              throw new NoClassDefFoundError("com/host/Reader");
            },
            GroupScenarioTest::nothing);
    for (PayoutReader reader : broken) {
      String name = "g" + broken.indexOf(reader);
      stage.payouts.put(atomic, reader);
      stage.start();
      submit(name, atomic, token, "simulated", name + "-a", name + "-b");
      assertThat(stage.end(name).state()).isEqualTo(TransferState.CANCELLED_FINAL);
      assertThat(verdict(name + "-a").safeToRefund()).isTrue();
      verify();
      stage.kill();
    }
  }

  @SuppressWarnings("NullAway") // what a reader that is not checked for null may answer
  private static Optional<TokenAmount> nothing(UnsignedTransaction call) {
    return null;
  }

  @Test
  void a_guard_that_was_not_given_the_contract_signs_nothing_and_the_members_are_free() {
    stage.payouts.clear();
    stage.start();
    submit("g", atomic, token, "simulated", "a", "b");
    assertThat(stage.end("g").state()).isEqualTo(TransferState.CANCELLED_FINAL);
    assertThat(verdict("a").safeToRefund()).isTrue();
    verify();
  }

  @Test
  void a_gas_limit_that_does_not_do_holds_the_group_without_a_nonce() {
    stage.start();
    GroupSubmission good = group("g", atomic, token, "simulated", "a", "b");
    Group call = good.group();
    Group starved =
        new Group(
            call.contract(), call.data(), BigInteger.valueOf(30_000), call.proof(), call.members());
    accept(new GroupSubmission(good.key(), good.from(), starved));
    stage.untilState("g", TransferState.HELD);
    assertThat(stage.status("g").code()).isEqualTo("PRECHECK_REFUSED");
    assertThat(stage.status("g").reason()).contains("30000");
    assertThat(chain.nonce(stage.lane.address())).isZero();
  }

  @Test
  void limits_are_named() {
    stage.start();
    GroupSubmission good = group("g", atomic, token, "simulated", "a", "b");
    Group call = good.group();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> with(call, List.of(call.members().get(0))))
        .withMessageContaining("members has 1 entries")
        .withMessageContaining("2 to 1000");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> with(call, List.of(call.members().get(0), call.members().get(0))))
        .withMessageContaining("is there twice");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new GroupSubmission(Stage.key("a"), good.from(), call))
        .withMessageContaining("has the key of its group");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> stage.payonce().submitGroup(group("h", atomic, token, "nobody-knows", "a", "b")))
        .withMessageContaining("nobody-knows")
        .withMessageContaining("transfer-logs");
    assertThat(stage.journal.find(Stage.key("h"))).isEmpty();
  }

  private static Group with(Group call, List<GroupMember> members) {
    return new Group(call.contract(), call.data(), call.gasLimit(), call.proof(), members);
  }

  static List<Arguments> everyPoint() {
    List<Arguments> all = new ArrayList<>();
    for (Point point : Point.values()) {
      for (Moment moment : Moment.values()) {
        if (point != Point.P2_RESERVE) {
          for (Medium medium : Medium.values()) {
            all.add(Arguments.of(point, moment, medium));
          }
        }
      }
    }
    return all;
  }

  @Tag("searches")
  @ParameterizedTest
  @MethodSource("everyPoint")
  void every_crash_point_recovers_to_one_payment_of_each_member(
      Point point, Moment moment, Medium medium) {
    Supplier<TransferStore> journals = journals(medium);
    stage.journal = journals.get();
    Fuse fuse = new Fuse(stage, AttemptKind.PAYMENT, point, moment);
    GroupSubmission group = group("g", bestEffort, token, "simulated", "a", "b", "c");
    chain.refuse(bestEffort, asked.get(Stage.key("b")).to(), true);
    stage.start();
    try {
      for (int step = 0; step < 500 && !isOver("g"); step++) {
        try {
          if (stage.journal.find(Stage.key("g")).isEmpty()) {
            var unused = stage.payonce().submitGroup(group);
          }
          stage.time.runFor(Duration.ofSeconds(1));
        } catch (Fuse.Killed | StoreUnavailableException hostHearsNothing) {
          assertThat(fuse.isBlown()).isTrue();
        }
        if (stage.host().process().isKilled()) {
          stage.host().payonce().close();
          stage.journal.close();
          stage.journal = journals.get();
          stage.start();
        }
      }
      assertThat(fuse.isBlown()).as("the point was met").isTrue();
      assertThat(stage.state("g")).isEqualTo(TransferState.PAID_FINAL);
      assertThat(stage.journal.find(Stage.key("g")).orElseThrow().group().orElseThrow().states())
          .containsExactly(MemberState.PAID, MemberState.NOT_PAID, MemberState.PAID);
      verify();
    } finally {
      stage.journal.close();
    }
  }

  private boolean isOver(String key) {
    return stage.journal.find(Stage.key(key)).filter(t -> t.state().isTerminal()).isPresent()
        && stage.journal.openSlots(stage.lane).isEmpty();
  }

  /** What the journal is kept in, and outlives the process. */
  private enum Medium {
    MEMORY,
    SQLITE,
    POSTGRESQL
  }

  /** Each opens the same journal. */
  private Supplier<TransferStore> journals(Medium medium) {
    return switch (medium) {
      case MEMORY -> {
        MemoryTransferStore one = new MemoryTransferStore();
        yield () -> one;
      }
      case SQLITE ->
          () -> JdbcTransferStore.open(folder.resolve("journal.db"), JournalOptions.defaults());
      case POSTGRESQL -> TestPostgres.emptied()::open;
    };
  }

  // ---- helpers

  private GroupSubmission group(
      String key, Address contract, Asset asset, String proof, String... members) {
    List<GroupMember> all = new ArrayList<>();
    for (String member : members) {
      TokenAmount amount =
          asset instanceof Asset.Native
              ? TokenAmount.ofWei(Stage.CHAIN, Wei.ofCoins("0.25"))
              : TokenAmount.of(asset, 100);
      all.add(
          asked.computeIfAbsent(
              Stage.key(member), k -> new GroupMember(k, stage.coins("1").to(), amount)));
    }
    return new GroupSubmission(
        Stage.key(key),
        stage.lane.address(),
        new Group(contract, SimulatedPayout.call(all), SimulatedPayout.gasLimit(all), proof, all));
  }

  private void submit(String key, Address contract, Asset asset, String proof, String... members) {
    accept(group(key, contract, asset, proof, members));
  }

  private void accept(GroupSubmission group) {
    assertThat(stage.payonce().submitGroup(group)).isInstanceOf(SubmitResult.Accepted.class);
  }

  /** Which member stands in the way. */
  private String taken(GroupSubmission group) {
    SubmitResult result = stage.payonce().submitGroup(group);
    assertThat(result).isInstanceOf(SubmitResult.MemberTaken.class);
    assertThat(stage.journal.find(group.key())).isEmpty();
    return ((SubmitResult.MemberTaken) result).member().value();
  }

  private Verdict verdict(String member) {
    return stage.payonce().member(Stage.key(member)).map(MemberStatus::verdict).orElseThrow();
  }

  /** The chain alone says what was paid. */
  private void verify() {
    asked.forEach(
        (key, member) -> {
          List<SimulatedPayment> paid = chain.payments(member.amount().asset(), member.to());
          assertThat(paid).as("I1: %s is paid at most once", key).hasSizeLessThanOrEqualTo(1);
          MemberStatus.of(stage.journal, key)
              .map(MemberStatus::verdict)
              .ifPresent(
                  verdict -> {
                    if (verdict.paid()) {
                      assertThat(paid).as("%s is paid", key).hasSize(1);
                      assertThat(paid.get(0).moved().orElseThrow().amount())
                          .isEqualTo(member.amount());
                    }
                    if (verdict.safeToRefund()) {
                      assertThat(paid).as("%s is not paid", key).isEmpty();
                    }
                  });
        });
    stage.verifyEffects();
  }
}
