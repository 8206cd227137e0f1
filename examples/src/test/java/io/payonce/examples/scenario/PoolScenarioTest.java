package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.ChainId;
import io.payonce.LaneId;
import io.payonce.SubmitOptions;
import io.payonce.TokenAmount;
import io.payonce.Transfer;
import io.payonce.TransferId;
import io.payonce.WalletPool;
import io.payonce.Wei;
import io.payonce.nonce.LaneStatus;
import io.payonce.store.LaneRequest;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.submit.Actor;
import io.payonce.submit.CancelResult;
import io.payonce.submit.GiveUpResult;
import io.payonce.submit.Resolution;
import io.payonce.submit.ResolveResult;
import io.payonce.submit.SubmitResult;
import io.payonce.submit.TransferStatus;
import io.payonce.testing.MemoryTransferStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Several wallets under one name. */
final class PoolScenarioTest {
  private static final WalletPool POOL = new WalletPool("hot");
  private static final Asset COIN = new Asset.Native(Fleet.CHAIN);
  private static final Actor OPERATOR = new Actor("operator");

  @Test
  void a_payment_goes_to_a_wallet_that_has_the_funds() {
    Fleet fleet = fleet(3);
    fleet.chain.fund(fleet.wallets.get(2).address(), Wei.ofCoins("500"));
    Fleet.Instance host = fleet.start();
    untilFundsAreKnown(fleet, host);
    submit(fleet, host, "large", "300");
    assertThat(lane(host, "large")).isEqualTo(fleet.wallets.get(2));
    assertThat(fleet.end(host, "large").state()).isEqualTo(TransferState.PAID_FINAL);
    fleet.verify();
  }

  @Test
  void a_payment_is_handed_over_by_a_wallet_that_cannot_pay_it() {
    Fleet fleet = fleet(3);
    fleet.chain.fund(fleet.wallets.get(2).address(), Wei.ofCoins("500"));
    Fleet.Instance host = fleet.start();
    submit(fleet, host, "large", "300"); // nobody knows any balance yet
    assertThat(lane(host, "large")).isEqualTo(fleet.wallets.get(0));
    TransferStatus end = fleet.end(host, "large");
    assertThat(end.state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(end.lane()).isEqualTo(fleet.wallets.get(2));
    assertThat(end.transfer().from()).isEqualTo(POOL);
    assertThat(host.payonce().submit(Fleet.key("large"), fleet.asked.get(Fleet.key("large"))))
        .isInstanceOf(SubmitResult.AlreadyKnown.class);
    fleet.verify();
  }

  @Test
  void payments_spread_over_the_wallets_with_room() {
    Fleet fleet = fleet(3);
    Fleet.Instance host = fleet.start();
    untilFundsAreKnown(fleet, host);
    for (int i = 0; i < 45; i++) {
      submit(fleet, host, "p" + i, "0.5");
    }
    Set<String> used = new TreeSet<>();
    for (int i = 0; i < 45; i++) {
      used.add(lane(host, "p" + i).toString());
      assertThat(fleet.end(host, "p" + i).state()).isEqualTo(TransferState.PAID_FINAL);
    }
    assertThat(used).hasSize(3);
    fleet.verify();
  }

  @Test
  void what_waits_for_a_paused_wallet_is_paid_by_another() {
    Fleet fleet = fleet(2);
    Fleet.Instance host = fleet.start();
    submit(fleet, host, "p", "0.5");
    LaneId first = lane(host, "p");
    LaneStatus paused = fleet.await(host.payonce().nonces().pause(first, OPERATOR, "maintenance"));
    assertThat(paused.state()).isEqualTo(LaneStatus.State.PAUSED);
    assertThat(fleet.end(host, "p").lane()).isNotEqualTo(first);
    fleet.verify();
  }

  @Test
  void a_pool_waits_while_the_chain_is_ahead_of_one_of_its_wallets() {
    Fleet fleet = fleet(2);
    Fleet.Instance host = fleet.start();
    untilFundsAreKnown(fleet, host);
    LaneId behind = isBehind(fleet, host, fleet.wallets.get(1));
    submit(fleet, host, "pooled", "0.5");
    fleet.submit(host, "named", 0);
    assertThat(fleet.end(host, "named").state()).isEqualTo(TransferState.PAID_FINAL);
    fleet.until(() -> fleet.state("pooled") == TransferState.HELD);
    TransferStatus held = host.payonce().status(Fleet.key("pooled")).orElseThrow();
    assertThat(held.code()).isEqualTo("POOL_UNSURE");
    assertThat(held.reason()).isEqualTo("the chain is ahead of " + behind.address());
    fleet.blocks(60);
    assertThat(fleet.state("pooled")).isEqualTo(TransferState.HELD);
    fleet.await(host.payonce().nonces().resume(behind, OPERATOR, "it was us"));
    assertThat(fleet.end(host, "pooled").state()).isEqualTo(TransferState.PAID_FINAL);
    fleet.verify();
  }

  @Test
  void nothing_of_a_pool_is_offered_for_a_refund_while_another_wallet_may_have_paid_it() {
    Fleet fleet = fleet(2);
    Fleet.Instance host = fleet.start();
    untilFundsAreKnown(fleet, host);
    LaneId behind = isBehind(fleet, host, fleet.wallets.get(1));
    Instant deadline = fleet.time.now().plus(Duration.ofMinutes(1));
    Transfer transfer = Transfer.of(Fleet.coins("0.5")).from(POOL).to(fleet.newPayee());
    SubmitOptions options = SubmitOptions.defaults().withDeadline(deadline);
    assertThat(host.payonce().submit(Fleet.key("p"), transfer, options))
        .isInstanceOf(SubmitResult.Accepted.class);
    fleet.asked.put(Fleet.key("p"), transfer);
    fleet.until(() -> fleet.state("p") == TransferState.HELD);
    assertThat(fleet.await(host.payonce().cancel(Fleet.key("p"), OPERATOR, "changed my mind")))
        .isInstanceOf(CancelResult.NotNow.class);
    assertThat(fleet.await(host.payonce().giveUp(Fleet.key("p"), OPERATOR, "too late")))
        .isInstanceOf(GiveUpResult.NotYet.class);
    fleet.time.runFor(Duration.ofMinutes(5));
    assertThat(fleet.state("p")).isEqualTo(TransferState.HELD);
    fleet.await(host.payonce().nonces().resume(behind, OPERATOR, "it was us"));
    assertThat(fleet.end(host, "p").code()).isEqualTo("EXPIRED");
    fleet.verify();
  }

  @Test
  void a_payment_that_another_wallet_of_its_pool_had_made_is_its_payment_and_no_others() {
    Fleet fleet = fleet(2);
    Fleet.Instance first = fleet.start();
    untilFundsAreKnown(fleet, first);
    TransferStore backup = ((MemoryTransferStore) fleet.journal).copy();
    LaneId payer = fleet.wallets.get(1);
    fleet.await(
        first.payonce().nonces().pause(fleet.wallets.get(0), OPERATOR, "so that the other pays"));
    submit(fleet, first, "p", "0.5");
    Transfer asked = Objects.requireNonNull(fleet.asked.get(Fleet.key("p")));
    TransferStatus lost = fleet.end(first, "p");
    assertThat(lost.lane()).isEqualTo(payer);
    fleet.blocks(10);
    first.process().kill();
    first.payonce().close();

    fleet.journal = backup;
    Fleet.Instance host = fleet.start();
    fleet.until(() -> host.payonce().nonces().lane(payer).state() == LaneStatus.State.FROZEN);
    for (String name : List.of("p", "like-it")) {
      assertThat(host.payonce().submit(Fleet.key(name), asked))
          .isInstanceOf(SubmitResult.Accepted.class);
    }
    fleet.await(host.payonce().nonces().resume(payer, OPERATOR, "an old backup"));
    fleet.until(() -> code(host, "p").equals("POSSIBLE_DUPLICATE"));
    fleet.until(() -> code(host, "like-it").equals("POSSIBLE_DUPLICATE"));
    assertThat(lane(host, "p")).isNotEqualTo(payer);

    fleet.blocks(10);
    Resolution byOrphan =
        new Resolution.PaidByOrphan(lost.winner().orElseThrow().hash(), "the same order");
    assertThat(fleet.await(host.payonce().resolve(Fleet.key("p"), byOrphan, OPERATOR)))
        .isInstanceOf(ResolveResult.Closed.class);
    TransferStatus paid = host.payonce().status(Fleet.key("p")).orElseThrow();
    assertThat(paid.state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(paid.lane()).isEqualTo(payer);
    assertThat(paid.winner()).isEqualTo(lost.winner());
    assertThat(fleet.await(host.payonce().resolve(Fleet.key("like-it"), byOrphan, OPERATOR)))
        .isInstanceOf(ResolveResult.NotYet.class);

    // Nothing holds the other one any more: it is a payment of its own.
    assertThat(fleet.end(host, "like-it").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(host.payonce().status(Fleet.key("like-it")).orElseThrow().winner())
        .isNotEqualTo(lost.winner());
    assertThat(fleet.chain.balance(asked.to())).isEqualTo(Wei.ofCoins("1"));
  }

  private static String code(Fleet.Instance host, String name) {
    return host.payonce().status(Fleet.key(name)).orElseThrow().code();
  }

  @Test
  void a_pool_works_across_instances_that_share_its_wallets() {
    Fleet fleet = fleet(4);
    Fleet.Instance one = fleet.start();
    Fleet.Instance two = fleet.start();
    fleet.until(() -> fleet.lanesOf(one) == 2 && fleet.lanesOf(two) == 2);
    fleet.time.runFor(Duration.ofSeconds(10));
    Set<String> used = new TreeSet<>();
    for (int i = 0; i < 64; i++) {
      submit(fleet, one, "p" + i, "0.5");
    }
    for (int i = 0; i < 64; i++) {
      TransferStatus end = fleet.end(one, "p" + i);
      assertThat(end.state()).isEqualTo(TransferState.PAID_FINAL);
      used.add(end.lane().toString());
    }
    assertThat(used).hasSize(4);
    fleet.verify();
  }

  @Test
  void a_wallet_of_a_pool_that_dies_with_its_instance_leaves_no_payment_behind() {
    Fleet fleet = fleet(3);
    Fleet.Instance one = fleet.start();
    untilFundsAreKnown(fleet, one);
    for (int i = 0; i < 30; i++) {
      submit(fleet, one, "p" + i, "0.5");
    }
    fleet.time.runFor(Duration.ofSeconds(3));
    one.process().kill();
    one.payonce().close();
    Fleet.Instance two = fleet.start();
    for (int i = 0; i < 30; i++) {
      assertThat(fleet.end(two, "p" + i).state()).isEqualTo(TransferState.PAID_FINAL);
    }
    fleet.verify();
  }

  @Test
  void a_request_that_comes_after_a_hand_over_is_answered_and_stops_nothing() {
    Fleet fleet = fleet(2);
    Fleet.Instance host = fleet.start();
    submit(fleet, host, "p", "0.5");
    LaneId first = lane(host, "p");
    LaneId second = fleet.wallets.get(1);
    fleet.await(host.payonce().nonces().pause(second, OPERATOR, "a drill"));
    fleet.await(host.payonce().nonces().pause(first, OPERATOR, "a drill"));
    fleet.await(host.payonce().nonces().resume(second, OPERATOR, "done"));
    fleet.until(() -> lane(host, "p").equals(second));
    TransferId id = fleet.journal.find(Fleet.key("p")).orElseThrow().id();
    fleet.await(host.payonce().nonces().pause(second, OPERATOR, "it stays there"));
    for (LaneRequest.Kind kind : List.of(LaneRequest.Kind.CANCEL, LaneRequest.Kind.GIVE_UP)) {
      long request =
          fleet.journal.ask(first, kind, Optional.of(id), "bob", "late", fleet.time.now());
      fleet.until(() -> fleet.journal.request(request).orElseThrow().answer().isPresent());
      assertThat(fleet.journal.request(request).orElseThrow().answer().orElseThrow())
          .contains("ask again");
    }
    assertThat(fleet.state("p").isTerminal()).isFalse();
    fleet.await(host.payonce().nonces().resume(second, OPERATOR, "done"));
    assertThat(fleet.end(host, "p").state()).isEqualTo(TransferState.PAID_FINAL);
    fleet.verify();
  }

  @Test
  void what_a_pool_cannot_mean_is_refused_by_name() {
    Fleet fleet = fleet(1);
    Fleet.Instance host = fleet.start();
    Asset token = new Asset.Erc20(Fleet.CHAIN, Address.of("0x" + "ee".repeat(20)));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                host.payonce()
                    .submit(
                        Fleet.key("k"),
                        Transfer.of(TokenAmount.of(token, 1)).from(POOL).to(fleet.newPayee())))
        .withMessageContaining("is not paid by the pool hot");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                host.payonce()
                    .submit(
                        Fleet.key("k"),
                        Transfer.of(Fleet.coins("1"))
                            .from(new WalletPool("cold"))
                            .to(fleet.newPayee())))
        .withMessageContaining("from cold is no pool of this submitter");
    Fleet wrong = new Fleet(1);
    Address stranger = Address.of("0x" + "cc".repeat(20));
    wrong.with = builder -> builder.pool(POOL, Fleet.CHAIN, List.of(stranger), List.of(COIN));
    assertThatIllegalArgumentException()
        .isThrownBy(wrong::start)
        .withMessageContaining("is no lane");
    wrong.with =
        builder ->
            builder.pool(
                POOL, Fleet.CHAIN, List.of(stranger), List.of(new Asset.Native(ChainId.of(1))));
    assertThatIllegalArgumentException().isThrownBy(wrong::start).withMessageContaining("asset");
  }

  private static Fleet fleet(int wallets) {
    Fleet fleet = new Fleet(wallets);
    fleet.with =
        builder ->
            builder.pool(
                POOL,
                Fleet.CHAIN,
                fleet.wallets.stream().map(LaneId::address).toList(),
                List.of(COIN));
    return fleet;
  }

  private static void submit(Fleet fleet, Fleet.Instance host, String name, String coins) {
    Transfer transfer = Transfer.of(Fleet.coins(coins)).from(POOL).to(fleet.newPayee());
    assertThat(host.payonce().submit(Fleet.key(name), transfer))
        .isInstanceOf(SubmitResult.Accepted.class);
    fleet.asked.put(Fleet.key(name), transfer);
  }

  private static LaneId lane(Fleet.Instance host, String name) {
    return host.payonce().status(Fleet.key(name)).orElseThrow().lane();
  }

  /** The chain has more of the wallet than the journal, and every wallet of the pool knows it. */
  private static LaneId isBehind(Fleet fleet, Fleet.Instance host, LaneId wallet) {
    fleet.chain.consumeNonce(wallet.address());
    fleet.until(() -> host.payonce().nonces().lane(wallet).state() == LaneStatus.State.FROZEN);
    fleet.blocks(1); // the others hear of it within a round
    return wallet;
  }

  private static void untilFundsAreKnown(Fleet fleet, Fleet.Instance host) {
    fleet.until(
        () ->
            fleet.wallets.stream()
                .allMatch(wallet -> host.payonce().nonces().funds(wallet).isPresent()));
  }
}
