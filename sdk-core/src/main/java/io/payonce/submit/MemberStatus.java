package io.payonce.submit;

import io.payonce.GroupMember;
import io.payonce.IdempotencyKey;
import io.payonce.Settlement.Outcome;
import io.payonce.store.MemberState;
import io.payonce.store.StoredGroup;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferStore;
import io.payonce.submit.TransferStatus.Inclusion;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A member of a group as the journal knows it.
 *
 * @param group the key of the group in which it may be paid or was paid; else of the last one that
 *     it was in
 * @param verdict what may be said of this member alone. {@link Verdict#safeToRefund()} is true once
 *     it is proven that its group did not pay it: then it may be refunded, or enter another group,
 *     and never both.
 */
public record MemberStatus(GroupMember member, IdempotencyKey group, Verdict verdict) {

  /** By the journal alone, for tools that only read and run no submitter. */
  public static Optional<MemberStatus> of(TransferStore journal, IdempotencyKey member) {
    return journal
        .groupOf(member)
        .map(group -> all(journal, group).get(group.group().orElseThrow().position(member)));
  }

  /** Of each member of this transfer, in the order of the group; none when it is no group. */
  static List<MemberStatus> all(TransferStore journal, StoredTransfer transfer) {
    List<MemberStatus> all = new ArrayList<>();
    if (transfer.group().isPresent()) {
      TransferStatus group = Statuses.of(journal, transfer);
      StoredGroup members = transfer.group().get();
      for (int i = 0; i < members.states().size(); i++) {
        all.add(
            new MemberStatus(
                members.asked().members().get(i),
                transfer.key(),
                verdict(group, transfer.isBroken(), members, i)));
      }
    }
    return all;
  }

  private static Verdict verdict(
      TransferStatus group, boolean broken, StoredGroup members, int position) {
    MemberState state = members.states().get(position);
    Outcome seen = members.seen(position).outcome();
    Optional<Inclusion> winner = group.winner();
    if (state == MemberState.OPEN || broken || (state == MemberState.PAID && winner.isEmpty())) {
      if (members.seen().isEmpty() || broken || winner.isEmpty()) {
        return group.verdict();
      }
      return seen == Outcome.PAID
          ? new Verdict.PaidProbable(winner.get().hash(), winner.get().block())
          : new Verdict.Undecided(
              seen == Outcome.NOT_PAID
                  ? winner.get().hash() + " did not pay it; that counts once its block is final"
                  : winner.get().hash() + " does not show whether it was paid");
    }
    return state == MemberState.PAID
        ? new Verdict.PaidFinal(winner.orElseThrow().hash(), winner.orElseThrow().block())
        : new Verdict.NotPaidFinal(
            seen == Outcome.NOT_PAID
                ? "a final log says so"
                : "its group ended as " + group.state());
  }
}
