package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Asset;
import io.payonce.Bytes;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.SignedTransaction;
import io.payonce.Transfer;
import io.payonce.WalletPool;
import io.payonce.Wei;
import io.payonce.nonce.PauseMode;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredOrphan;
import io.payonce.store.TransferState;
import io.payonce.submit.Actor;
import io.payonce.submit.CancelResult;
import io.payonce.submit.Resolution;
import io.payonce.submit.ResolveResult;
import io.payonce.submit.SubmitResult;
import io.payonce.testing.MemoryTransferStore;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The journal fails over to a replica that lacks the newest commits, and instances live on. What
 * they have seen is all there is: no pool shows the lost bytes.
 */
final class FailOverScenarioTest {
  private static final Actor OPERATOR = new Actor("operator");

  private final Fleet fleet = new Fleet(1);
  private final MemoryTransferStore journal = (MemoryTransferStore) fleet.journal;
  private final LaneId lane = fleet.wallets.get(0);
  private final Fleet.Instance a = fleet.start();
  private final Fleet.Instance b;

  FailOverScenarioTest() {
    fleet.until(() -> fleet.has(a, 0));
    b = fleet.start();
    fleet.blocks(2);
  }

  @Test
  void who_stands_by_is_a_witness_of_the_nonces_that_were_lost_with_their_owner() {
    fleet.chain.tipFloor(Wei.gwei(1_000)); // nothing is mined for now
    MemoryTransferStore replica = journal.copy();
    var accepted = fleet.submit(a, "lost");
    assertThat(accepted).isInstanceOf(SubmitResult.Accepted.class);
    fleet.until(() -> fleet.state("lost") == TransferState.IN_FLIGHT);
    Bytes bytes = fleet.slot(0).attempts().get(0).signed().map(SignedTransaction::raw).get();
    fleet.time.runFor(Duration.ofSeconds(1)); // the other one has looked at the wallet
    a.process().kill();
    fleet.chain.wipePools();
    journal.restore(replica);
    fleet.submit(b, "other"); // it has the number of the payment that was lost
    fleet.until(() -> fleet.lane(0).isBehindTheChain());
    assertThat(fleet.has(b, 0)).isTrue();
    assertThat(fleet.lane(0).incident())
        .contains("the journal has lost commits: it gave out 1 nonces");
    fleet.blocks(10);
    assertThat(journal.find(Fleet.key("other")).orElseThrow().slot())
        .as("nonce 0 belongs to what was lost")
        .isEmpty();

    fleet.chain.tipFloor(Wei.ZERO);
    fleet.chain.injectForeign(bytes); // somebody had kept them
    fleet.until(() -> fleet.chain.finalNonce(lane.address()) == 1);
    fleet.await(b.payonce().nonces().resume(lane, OPERATOR, "failed over"));
    assertThat(fleet.end(b, "other").state()).isEqualTo(TransferState.PAID_FINAL);
    repeat("lost");
    fleet.until(() -> fleet.state("lost") == TransferState.HELD);
    StoredOrphan orphan = journal.orphans(lane.chain()).get(0);
    fleet.until(
        () ->
            fleet.await(
                    b.payonce()
                        .resolve(
                            Fleet.key("lost"),
                            new Resolution.PaidByOrphan(orphan.hash(), "same payee and amount"),
                            OPERATOR))
                instanceof ResolveResult.Closed);
    fleet.verify();
  }

  @Test
  void an_owner_that_has_nothing_to_commit_notices_it_within_a_renewal_of_its_lease() {
    MemoryTransferStore replica = journal.copy();
    fleet.await(a.payonce().nonces().reserve(lane, "sweep", OPERATOR, "by a host"));
    assertThat(fleet.lane(0).nextNonce()).isOne();
    journal.restore(replica);
    fleet.time.runFor(Duration.ofSeconds(4));
    StoredLane now = fleet.lane(0);
    assertThat(now.isBehindTheChain()).isTrue();
    assertThat(now.incident()).contains("it gave out 1 nonces");
    assertThat(fleet.has(a, 0)).isTrue();
  }

  @Test
  void an_end_that_was_lost_is_not_forgotten_by_an_owner_that_knew_it() {
    fleet.submit(a, "paid");
    fleet.until(() -> fleet.state("paid") == TransferState.INCLUDED);
    MemoryTransferStore replica = journal.copy();
    fleet.until(() -> fleet.state("paid") == TransferState.PAID_FINAL);
    journal.restore(replica);
    assertThat(fleet.state("paid")).isEqualTo(TransferState.INCLUDED);
    fleet.until(() -> fleet.lane(0).isBehindTheChain());
    fleet.until(() -> fleet.state("paid") == TransferState.PAID_FINAL);
    assertThat(fleet.has(a, 0)).as("nobody had to start it again").isTrue();
    fleet.await(a.payonce().nonces().resume(lane, OPERATOR, "failed over"));
    fleet.verify();
  }

  @Test
  void what_the_owner_had_ended_unpaid_is_paid_to_nobody_when_the_journal_has_it_open_again() {
    fleet.await(a.payonce().nonces().pause(lane, OPERATOR, "maintenance"));
    fleet.submit(a, "refunded");
    fleet.time.runFor(Duration.ofSeconds(1));
    MemoryTransferStore replica = journal.copy();
    assertThat(cancel("refunded")).isInstanceOf(CancelResult.RejectedBeforeBinding.class);
    journal.restore(replica);
    a.process().pause();
    fleet.until(() -> fleet.has(b, 0));
    b.process().kill();
    a.process().resume(); // it takes the wallet again, and sees what waits
    fleet.until(() -> fleet.lane(0).isBehindTheChain());
    assertThat(fleet.lane(0).incident()).contains("refunded had ended, and waits again");
    fleet.blocks(10);
    assertThat(fleet.state("refunded").isUnbound()).isTrue();

    fleet.await(
        a.payonce().nonces().resumePaused(lane, PauseMode.BINDING, OPERATOR, "failed over"));
    fleet.until(() -> cancel("refunded") instanceof CancelResult.RejectedBeforeBinding);
    fleet.await(a.payonce().nonces().resume(lane, OPERATOR, "failed over"));
    fleet.verify();
  }

  @Test
  void a_pool_goes_on_when_its_wallet_is_taken_twice_under_one_epoch() {
    WalletPool hot = new WalletPool("hot");
    Fleet pooled = new Fleet(1);
    pooled.with =
        builder ->
            builder.pool(
                hot,
                Fleet.CHAIN,
                List.of(pooled.wallets.get(0).address()),
                List.of(new Asset.Native(Fleet.CHAIN)));
    Fleet.Instance first = pooled.start();
    pooled.until(() -> pooled.has(first, 0));
    Fleet.Instance second = pooled.start();
    pooled.blocks(2);
    first.process().pause();
    pooled.until(() -> pooled.has(second, 0));
    MemoryTransferStore all = (MemoryTransferStore) pooled.journal;
    MemoryTransferStore replica = all.copy();
    second.process().kill();
    first.process().resume();
    pooled.until(() -> pooled.has(first, 0));
    pooled.blocks(2);
    long epoch = pooled.lane(0).epoch();
    all.restore(replica);
    pooled.until(() -> pooled.has(first, 0));
    assertThat(pooled.lane(0).epoch()).as("given out again").isEqualTo(epoch);
    pooled.blocks(1);
    Transfer transfer = Transfer.of(Fleet.coins("0.5")).from(hot).to(pooled.newPayee());
    assertThat(first.payonce().submit(Fleet.key("p"), transfer))
        .isInstanceOf(SubmitResult.Accepted.class);
    assertThat(pooled.end(first, "p").state()).isEqualTo(TransferState.PAID_FINAL);
    pooled.verify();
  }

  @Test
  void a_payment_whose_cancel_was_lost_ends_as_the_chain_says() {
    SigningStop device = new SigningStop();
    Fleet off = new Fleet(1);
    off.signer = device::wrap;
    MemoryTransferStore all = (MemoryTransferStore) off.journal;
    Fleet.Instance only = off.start();
    off.chain.tipFloor(Wei.gwei(1_000)); // nothing is mined for now
    off.submit(only, "p");
    off.until(() -> off.state("p") == TransferState.IN_FLIGHT);
    off.time.runFor(Duration.ofSeconds(2));
    device.refusing = true;
    MemoryTransferStore replica = all.copy();
    assertThat(off.await(only.payonce().cancel(Fleet.key("p"), OPERATOR, "typo")))
        .isInstanceOf(CancelResult.Racing.class);
    all.restore(replica);
    off.chain.tipFloor(Wei.ZERO);
    assertThat(off.end(only, "p").state()).isEqualTo(TransferState.PAID_FINAL);
    off.verify();
  }

  private CancelResult cancel(String name) {
    return fleet.await(a.payonce().cancel(Fleet.key(name), OPERATOR, "refunded"));
  }

  /** The same key, the same payment. */
  private void repeat(String name) {
    IdempotencyKey key = Fleet.key(name);
    Transfer asked = fleet.asked.get(key);
    if (asked == null) {
      throw new IllegalStateException("nobody asked for " + name);
    }
    assertThat(b.payonce().submit(key, asked)).isInstanceOf(SubmitResult.Accepted.class);
  }
}
