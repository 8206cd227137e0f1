package io.payonce.testing;

import static io.payonce.testing.JournalScript.AT;
import static io.payonce.testing.JournalScript.consumption;
import static io.payonce.testing.JournalScript.group;
import static io.payonce.testing.JournalScript.intake;
import static io.payonce.testing.JournalScript.move;
import static io.payonce.testing.JournalScript.payment;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.Fingerprint;
import io.payonce.GroupMember;
import io.payonce.GroupSubmission;
import io.payonce.IdempotencyKey;
import io.payonce.Settlement;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.store.AcceptResult;
import io.payonce.store.ConsumerClass;
import io.payonce.store.JournalChange;
import io.payonce.store.JournalChange.FinalityBroken;
import io.payonce.store.JournalChange.LaneMoved;
import io.payonce.store.JournalChange.MembersSeen;
import io.payonce.store.JournalChange.SlotMoved;
import io.payonce.store.MemberState;
import io.payonce.store.SlotState;
import io.payonce.store.StoredGroup;
import io.payonce.store.StoredLane.LaneState;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Groups: one transfer that pays many members, each under a key of its own. */
abstract class StoreGroupCases extends StoreReservationCases {
  private static final Settlement PAID = Settlement.paid(3);

  @Test
  final void a_group_is_one_transfer_with_its_members_open() {
    GroupSubmission asked = group("g", "b", "a", "c");
    StoredTransfer accepted = ((AcceptResult.Accepted) store.acceptGroup(asked, AT)).transfer();
    assertThat(accepted.transfer()).isEqualTo(asked.submission().transfer());
    assertThat(accepted.fingerprint())
        .isEqualTo(Fingerprint.of(asked.key(), asked.from(), asked.group()));
    restart();
    assertThat(store.find(asked.key())).contains(accepted);
    assertThat(accepted.group().orElseThrow()).isEqualTo(StoredGroup.accepted(asked.group()));
    for (GroupMember member : asked.group().members()) {
      assertThat(store.groupOf(member.key())).contains(accepted);
      assertThat(store.find(member.key())).isEmpty();
    }
    assertThat(store.groupOf(asked.key())).isEmpty();
    assertThat(store.noticeArrivals(JournalScript.LANE, lane.epoch(), 9, AT))
        .containsExactly(accepted);
  }

  @Test
  final void the_key_of_a_group_binds_once() {
    AcceptResult.Accepted first =
        (AcceptResult.Accepted) store.acceptGroup(group("g", "a", "b"), AT);
    assertThat(store.acceptGroup(group("g", "b", "a"), AT)) // the order is not what it stands for
        .isEqualTo(new AcceptResult.AlreadyKnown(first.transfer()));
    assertThat(store.acceptGroup(group("g", "a", "c"), AT))
        .isEqualTo(new AcceptResult.KeyConflict(first.transfer(), List.of("group")));
    assertThat(store.groupOf(IdempotencyKey.of("c"))).isEmpty();
    assertThat(store.accept(intake(IdempotencyKey.of("g"), payment(20)), AT))
        .isEqualTo(new AcceptResult.KeyConflict(first.transfer(), List.of("group")));
  }

  @Test
  final void a_member_is_open_in_one_group_and_the_other_stores_nothing() {
    TransferId first = accepted("g", "a", "b");
    assertThat(taken(group("h", "c", "b"))).isEqualTo(first);
    assertThat(store.find(IdempotencyKey.of("h"))).isEmpty();
    assertThat(store.groupOf(IdempotencyKey.of("c"))).isEmpty();
    TransferId other = accepted("h", "c", "d"); // both keys are unused
    assertThat(other).isGreaterThan(first);
  }

  @Test
  final void a_member_has_no_payment_of_its_own_and_a_payment_is_no_member() {
    TransferId payment = lane.accept("a");
    assertThat(taken(group("g", "a", "b"))).isEqualTo(payment);
    TransferId group = accepted("g", "b", "c");
    AcceptResult refused = store.accept(intake(IdempotencyKey.of("b"), payment(10)), AT);
    assertThat(refused)
        .isEqualTo(new AcceptResult.KeyConflict(store.find(group).orElseThrow(), List.of("group")));
    assertThat(taken(group("h", "g", "x"))).isEqualTo(group);
    assertThat(store.acceptGroup(group("b", "x", "y"), AT))
        .isInstanceOf(AcceptResult.KeyConflict.class);
  }

  @Test
  final void members_of_a_rejected_group_are_free_for_the_same_payment_only() {
    TransferId first = accepted("g", "a", "b");
    lane.apply(move(first, TransferState.ACCEPTED, TransferState.REJECTED));
    restart();
    assertThat(states(first)).containsOnly(MemberState.NOT_PAID);
    GroupMember other =
        new GroupMember(
            IdempotencyKey.of("a"),
            group("x", "z", "y").group().members().get(0).to(),
            payment(10).amount());
    GroupSubmission changed = group("h", "a", "b");
    GroupSubmission elsewhere =
        new GroupSubmission(
            changed.key(),
            changed.from(),
            new io.payonce.Group(
                changed.group().contract(),
                changed.group().data(),
                changed.group().gasLimit(),
                changed.group().proof(),
                List.of(other, changed.group().members().get(1))));
    assertThat(taken(elsewhere)).isEqualTo(first);
    TransferId second = accepted("h", "a", "b");
    assertThat(store.groupOf(IdempotencyKey.of("a")).orElseThrow().id()).isEqualTo(second);
    assertThat(taken(group("i", "a", "c"))).isEqualTo(second);
    // Its key stays the key of a member, whatever became of it.
    assertThat(store.accept(intake(IdempotencyKey.of("b"), payment(10)), AT))
        .isInstanceOf(AcceptResult.KeyConflict.class);
  }

  @Test
  final void what_a_block_proves_decides_once_it_is_final() {
    TransferId id = included("g", ConsumerClass.UNPROVEN, "a", "b", "c");
    lane.apply(new MembersSeen(id, List.of(PAID, Settlement.NOT_PAID, Settlement.UNKNOWN)));
    restart();
    assertThat(members(id).seen()).containsExactly(PAID, Settlement.NOT_PAID, Settlement.UNKNOWN);
    assertThat(states(id)).containsOnly(MemberState.OPEN);
    assertThat(taken(group("h", "b", "x"))).isEqualTo(id); // not final yet
    lane.apply(
        toFinal(id),
        new JournalChange.TransferMoved(
            id,
            TransferState.IN_FLIGHT,
            TransferState.QUARANTINED,
            StoredTransfer.PAYMENT_UNPROVEN,
            "why"));
    restart();
    assertThat(states(id))
        .containsExactly(MemberState.PAID, MemberState.NOT_PAID, MemberState.OPEN);
    assertThat(taken(group("h", "a", "x"))).isEqualTo(id);
    assertThat(taken(group("h", "c", "x"))).isEqualTo(id);
    lane.refused(move(id, TransferState.QUARANTINED, TransferState.UNPAID_FINAL));
    TransferId next = accepted("h", "b", "x");
    lane.apply(move(id, TransferState.QUARANTINED, TransferState.PAID_FINAL)); // by a person
    restart();
    assertThat(states(id))
        .containsExactly(MemberState.PAID, MemberState.NOT_PAID, MemberState.PAID);
    assertThat(states(next)).containsOnly(MemberState.OPEN);
  }

  @Test
  final void what_a_replaced_block_proved_is_forgotten() {
    TransferId id = included("g", ConsumerClass.PAYMENT, "a", "b");
    lane.refused(new MembersSeen(id, List.of(PAID)));
    lane.refused(new MembersSeen(id, List.of(PAID, PAID))); // one log, two members
    lane.refused(new MembersSeen(id, List.of(PAID, Settlement.UNKNOWN))); // and yet PAYMENT
    lane.apply(new MembersSeen(id, List.of(PAID, Settlement.NOT_PAID)));
    lane.apply(new SlotMoved(slotOf(id), SlotState.CONSUMED, SlotState.EXPOSED, Optional.empty()));
    restart();
    assertThat(members(id).seen()).isEmpty();
    assertThat(states(id)).containsOnly(MemberState.OPEN);
    lane.refused(new MembersSeen(id, List.of(PAID, Settlement.NOT_PAID)));
  }

  @Test
  final void a_reverted_group_paid_nobody_once_that_is_final() {
    TransferId id = included("g", ConsumerClass.REVERTED, "a", "b");
    lane.refused(new MembersSeen(id, List.of(PAID, Settlement.NOT_PAID)));
    assertThat(taken(group("h", "a", "b"))).isEqualTo(id);
    lane.apply(
        move(id, TransferState.IN_FLIGHT, TransferState.REVERTED),
        toFinal(id),
        move(id, TransferState.REVERTED, TransferState.REVERTED_FINAL));
    assertThat(states(id)).containsOnly(MemberState.NOT_PAID);
    accepted("h", "a", "b");
  }

  @Test
  final void no_member_leaves_a_group_whose_finality_broke() {
    TransferId id = included("g", ConsumerClass.REVERTED, "a", "b");
    lane.apply(
        move(id, TransferState.IN_FLIGHT, TransferState.REVERTED),
        toFinal(id),
        move(id, TransferState.REVERTED, TransferState.REVERTED_FINAL));
    BlockRef other = new BlockRef(90, BlockHash.of("0x" + "cd".repeat(32)));
    lane.apply(
        new LaneMoved(LaneState.FROZEN, "broken", "payonce"),
        new JournalChange.TransferMoved(
            id,
            TransferState.REVERTED_FINAL,
            TransferState.QUARANTINED,
            StoredTransfer.FINALITY_BROKEN,
            "why"),
        new FinalityBroken(slotOf(id), other));
    restart();
    assertThat(taken(group("h", "a", "b"))).isEqualTo(id);
  }

  @Test
  final void of_groups_that_race_for_a_member_one_is_accepted() throws Exception {
    TransferId before = accepted("before", "b", "a"); // their keys are known, and free again
    lane.apply(move(before, TransferState.ACCEPTED, TransferState.REJECTED));
    List<Callable<AcceptResult>> groups = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      GroupSubmission asked =
          i % 2 == 0 ? group("g-" + i, "a", "b", "n") : group("g-" + i, "x-" + i, "b", "a");
      groups.add(() -> store.acceptGroup(asked, AT));
    }
    ExecutorService pool = Executors.newFixedThreadPool(6);
    List<AcceptResult> results = new ArrayList<>();
    try {
      for (Future<AcceptResult> each : pool.invokeAll(groups)) {
        results.add(each.get());
      }
    } finally {
      pool.shutdownNow();
    }
    assertThat(results).filteredOn(AcceptResult.Accepted.class::isInstance).hasSize(1);
    assertThat(results).filteredOn(AcceptResult.MemberTaken.class::isInstance).hasSize(11);
  }

  private void restart() {
    store = reopen(store);
    lane = JournalScript.on(store);
  }

  private TransferId accepted(String key, String... members) {
    AcceptResult result = store.acceptGroup(group(key, members), AT);
    assertThat(result).isInstanceOf(AcceptResult.Accepted.class);
    return ((AcceptResult.Accepted) result).transfer().id();
  }

  /** By whom a member is taken. */
  private TransferId taken(GroupSubmission group) {
    AcceptResult result = store.acceptGroup(group, AT);
    assertThat(result).isInstanceOf(AcceptResult.MemberTaken.class);
    assertThat(store.find(group.key())).isEmpty();
    return ((AcceptResult.MemberTaken) result).by();
  }

  /** P0 to P8, not final, the transfer still in flight. */
  private TransferId included(String key, ConsumerClass by, String... members) {
    TransferId id = accepted(key, members);
    lane.apply(move(id, TransferState.ACCEPTED, TransferState.READY));
    SlotId slot = lane.bind(id);
    lane.apply(lane.sign(slot, 1));
    lane.apply(
        new SlotMoved(
            slot, SlotState.EXPOSED, SlotState.CONSUMED, Optional.of(consumption(slot, 1, by))));
    return id;
  }

  private JournalChange toFinal(TransferId id) {
    return new SlotMoved(
        slotOf(id), SlotState.CONSUMED, SlotState.CONSUMED_FINAL, Optional.empty());
  }

  private SlotId slotOf(TransferId id) {
    return store.find(id).orElseThrow().slot().orElseThrow();
  }

  private StoredGroup members(TransferId id) {
    return store.find(id).orElseThrow().group().orElseThrow();
  }

  private List<MemberState> states(TransferId id) {
    return members(id).states();
  }
}
