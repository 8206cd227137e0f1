package io.payonce.store;

import io.payonce.Group;
import io.payonce.IdempotencyKey;
import io.payonce.Settlement;
import io.payonce.Settlement.Outcome;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The members of a transfer that is a group, as the journal holds them.
 *
 * @param states one for each member, in the order of the group
 * @param seen what the logs of its transaction prove of each member, while it stands in a block;
 *     empty otherwise. It decides once that block is final.
 */
public record StoredGroup(Group asked, List<MemberState> states, List<Settlement> seen) {
  public StoredGroup {
    states = List.copyOf(states);
    seen = List.copyOf(seen);
    int members = asked.members().size();
    if (states.size() != members || (!seen.isEmpty() && seen.size() != members)) {
      throw new IllegalArgumentException(
          "states and seen have %s and %s entries, the group has %s members"
              .formatted(states.size(), seen.size(), members));
    }
  }

  /** All open. */
  public static StoredGroup accepted(Group asked) {
    return new StoredGroup(
        asked, Collections.nCopies(asked.members().size(), MemberState.OPEN), List.of());
  }

  /** Where this key stands in the group; below 0 when it is no member. */
  public int position(IdempotencyKey member) {
    for (int i = 0; i < asked.members().size(); i++) {
      if (asked.members().get(i).key().equals(member)) {
        return i;
      }
    }
    return -1;
  }

  /** What is seen of a member: unknown while nothing is. */
  public Settlement seen(int position) {
    return seen.isEmpty() ? Settlement.UNKNOWN : seen.get(position);
  }

  StoredGroup withSeen(List<Settlement> proven) {
    return new StoredGroup(asked, states, proven);
  }

  /**
   * I4: how a move of its transfer leaves each member. The unpaid ends free all of them. Where the
   * payment stands in a final block, each has what is proven of it; one of which nothing is proven
   * stays open, until a person confirms the whole payment.
   */
  StoredGroup after(TransferState to, String code) {
    boolean unproven =
        to == TransferState.QUARANTINED && code.equals(StoredTransfer.PAYMENT_UNPROVEN);
    if (!to.isTerminal() && !unproven) {
      return this;
    }
    List<MemberState> next = new ArrayList<>();
    for (int i = 0; i < states.size(); i++) {
      Outcome outcome = seen(i).outcome();
      if (to.isUnpaid() || outcome == Outcome.NOT_PAID) {
        next.add(MemberState.NOT_PAID);
      } else if (to == TransferState.PAID_FINAL || outcome == Outcome.PAID) {
        next.add(MemberState.PAID);
      } else {
        next.add(states.get(i));
      }
    }
    return new StoredGroup(asked, next, seen);
  }
}
