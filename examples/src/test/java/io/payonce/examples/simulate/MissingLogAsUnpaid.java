package io.payonce.examples.simulate;

import io.payonce.Settlement;
import io.payonce.store.JournalChange;
import io.payonce.store.JournalChange.MembersSeen;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;
import java.util.List;

/**
 * A member of a group whose log is not found counts as unpaid, as payout tools do that look for
 * what they expect: a token that takes a fee logs another amount, and the host pays again.
 */
final class MissingLogAsUnpaid implements Seams {
  @Override
  public LaneStep engine(LaneStep engine) {
    return new RewritingStep(engine) {
      @Override
      List<JournalChange> rewrite(List<JournalChange> committing, Moment now) {
        return committing.stream().map(MissingLogAsUnpaid::believed).toList();
      }
    };
  }

  private static JournalChange believed(JournalChange change) {
    return change instanceof MembersSeen seen
        ? new MembersSeen(
            seen.transfer(),
            seen.settlements().stream()
                .map(one -> one.equals(Settlement.UNKNOWN) ? Settlement.NOT_PAID : one)
                .toList())
        : change;
  }
}
