package io.payonce.testing;

import static io.payonce.testing.JournalScript.AT;
import static io.payonce.testing.JournalScript.CHAIN;
import static io.payonce.testing.JournalScript.LANE;
import static io.payonce.testing.JournalScript.add;
import static io.payonce.testing.JournalScript.move;
import static io.payonce.testing.JournalScript.payment;
import static io.payonce.testing.JournalScript.slot;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.ChainId;
import io.payonce.SlotId;
import io.payonce.SubmitOptions;
import io.payonce.TransactionHash;
import io.payonce.TransferId;
import io.payonce.Wei;
import io.payonce.signing.AttemptKind;
import io.payonce.store.CommitResult;
import io.payonce.store.ConsumerClass;
import io.payonce.store.Consumption;
import io.payonce.store.JournalChange;
import io.payonce.store.JournalChange.OrphanClaimed;
import io.payonce.store.JournalChange.OrphanDismissed;
import io.payonce.store.JournalChange.OrphanFound;
import io.payonce.store.JournalChange.SlotBound;
import io.payonce.store.JournalChange.SlotFound;
import io.payonce.store.JournalChange.SlotMoved;
import io.payonce.store.JournalChange.TransferHandedOver;
import io.payonce.store.SlotState;
import io.payonce.store.StoredOrphan;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Payments that the chain has and the journal never asked for. */
abstract class StoreOrphanCases extends StoreQueueCases {
  @Test
  final void a_payment_that_an_orphan_may_have_made_is_neither_bound_nor_rejected() {
    StoredOrphan orphan = orphan(slot(5), 100);
    TransferId ready = lane.ready("k");
    lane.apply(found(slot(5)), new OrphanFound(orphan));
    lane.apply(new OrphanFound(orphan)); // the same again
    assertThat(store.orphans(CHAIN)).containsExactly(orphan);
    assertThat(store.orphans(ChainId.of(1))).isEmpty();
    lane.refused(new SlotBound(slot(6), ready), add(slot(6), 1, AttemptKind.PAYMENT));
    lane.refused(
        move(ready, TransferState.READY, TransferState.HELD),
        move(ready, TransferState.HELD, TransferState.REJECTED));
    TransferId later = lane.ready("later");
    lane.refused(new SlotBound(slot(6), later), add(slot(6), 1, AttemptKind.PAYMENT));

    lane.apply(new OrphanDismissed(orphan, later));
    lane.bind(later);
    lane.refused(new SlotBound(slot(7), ready), add(slot(7), 1, AttemptKind.PAYMENT));
    assertThat(store.orphans(CHAIN).get(0).dismissedFor()).containsExactly(later);
    store = reopen(store);
    assertThat(store.orphans(CHAIN)).containsExactly(orphan.dismissed(later));
  }

  @Test
  final void another_amount_waits_for_no_orphan() {
    lane.apply(found(slot(5)), new OrphanFound(orphan(slot(5), 99)));
    assertThat(lane.bind(lane.ready("k"))).isEqualTo(slot(6));
  }

  @Test
  final void a_held_transfer_that_a_final_orphan_paid_takes_its_nonce_for_ever() {
    StoredOrphan orphan = orphan(slot(5), 100);
    TransferId id = lane.ready("k");
    lane.apply(
        found(slot(5)), new OrphanFound(orphan), move(id, TransferState.READY, TransferState.HELD));
    lane.refused(new OrphanClaimed(orphan, id)); // not final
    lane.apply(
        new SlotMoved(
            slot(5), SlotState.CONSUMED, SlotState.CONSUMED_FINAL, Optional.of(foreign())));
    lane.refused(new OrphanClaimed(orphan(slot(6), 100), id));
    lane.apply(new OrphanClaimed(orphan, id));
    StoredTransfer paid = store.find(id).orElseThrow();
    assertThat(paid.state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(paid.slot()).contains(slot(5));
    assertThat(store.slot(slot(5)).orElseThrow().transfer()).contains(id);
    assertThat(store.orphans(CHAIN)).containsExactly(orphan.claimed(id));

    TransferId next = lane.ready("other"); // the orphan holds nobody else, and pays nobody else
    lane.refused(new OrphanClaimed(orphan, next));
    assertThat(lane.bind(next)).isEqualTo(slot(6));
    Object before = lane.everything();
    store = reopen(store);
    assertThat(JournalScript.everything(store)).isEqualTo(before);
  }

  @Test
  final void a_transfer_of_a_pool_is_paid_by_an_orphan_only_in_the_lane_that_sent_it() {
    long epoch = takeOther();
    StoredOrphan orphan = orphan(slot(5), 100);
    lane.apply(found(slot(5)), new OrphanFound(orphan));
    lane.apply(
        new SlotMoved(
            slot(5), SlotState.CONSUMED, SlotState.CONSUMED_FINAL, Optional.of(foreign())));
    TransferId id = accept("pooled", POOLED, SubmitOptions.defaults());
    TransferId like = accept("like-it", POOLED, SubmitOptions.defaults());
    for (TransferId each : List.of(id, like)) {
      lane.apply(
          move(each, TransferState.ACCEPTED, TransferState.HELD),
          new TransferHandedOver(each, OTHER));
    }
    lane.refused(new OrphanClaimed(orphan, id));
    assertThat(store.commit(OTHER, epoch, List.of(new OrphanClaimed(orphan, id)), AT))
        .isInstanceOf(CommitResult.Conflict.class);
    for (TransferId each : List.of(id, like)) {
      assertThat(store.commit(OTHER, epoch, List.of(new TransferHandedOver(each, LANE)), AT))
          .isEqualTo(new CommitResult.Applied());
    }
    lane.apply(new OrphanClaimed(orphan, id));
    StoredTransfer paid = store.find(id).orElseThrow();
    assertThat(paid.state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(paid.slot()).contains(slot(5));
    lane.refused(new OrphanClaimed(orphan, like));
    lane.refused(new TransferHandedOver(id, OTHER));
    lane.apply(move(like, TransferState.HELD, TransferState.READY));
    assertThat(lane.bind(like)).isEqualTo(slot(6));
  }

  @Test
  final void an_orphan_belongs_to_the_foreign_transaction_that_took_its_nonce() {
    SlotId bound = lane.exposed("k");
    lane.refused(new OrphanFound(orphan(bound, 7)));
    lane.apply(found(slot(6)));
    lane.refused(
        new OrphanFound(
            StoredOrphan.found(
                slot(6),
                TransactionHash.of("0x" + "12".repeat(32)),
                JournalScript.PAYEE,
                payment(7).amount())));
    assertThat(store.orphans(CHAIN)).isEmpty();
  }

  @Test
  final void what_took_a_nonce_without_a_transaction_of_the_wallet_reads_back() {
    Consumption carried =
        Consumption.without(ConsumerClass.AUTH_7702, foreign().hash(), foreign().block(), AT);
    Consumption code =
        Consumption.without(ConsumerClass.CODE_7702, Consumption.UNNAMED, foreign().block(), AT);
    lane.apply(new SlotFound(slot(5), carried), new SlotFound(slot(6), code));
    assertThat(store.slot(slot(5)).orElseThrow().consumption()).contains(carried);
    assertThat(store.slot(slot(6)).orElseThrow().consumption()).contains(code);
    assertThat(store.openSlots(LANE))
        .extracting(s -> s.consumption().orElseThrow().by())
        .containsExactly(ConsumerClass.AUTH_7702, ConsumerClass.CODE_7702);
  }

  private static StoredOrphan orphan(SlotId slot, long units) {
    return StoredOrphan.found(slot, foreign().hash(), JournalScript.PAYEE, payment(units).amount());
  }

  private static JournalChange found(SlotId slot) {
    return new SlotFound(slot, foreign());
  }

  private static Consumption foreign() {
    return new Consumption(
        ConsumerClass.FOREIGN,
        TransactionHash.of("0x" + "11".repeat(32)),
        new BlockRef(40, BlockHash.of("0x" + "40".repeat(32))),
        AT,
        BigInteger.valueOf(21_000),
        Wei.gwei(21));
  }
}
