package io.payonce.submit.internal;

import io.payonce.BlockRef;
import io.payonce.store.Consumption;
import io.payonce.store.JournalChange;
import io.payonce.store.StoredLane.LaneState;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.submit.internal.LaneEvent.Reading;
import io.payonce.submit.internal.LaneEvent.Replaced;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What was final, and is not on the chain any more. The journal is walked from its highest final
 * nonce down to the first whose block stands, whenever a lane is loaded and at each reorganisation:
 * a block that stands proves every block before it, so the walk is as long as the damage. What
 * rested on a replaced block is quarantined, in one commit with its slot, which opens again and is
 * watched like any other.
 */
final class BrokenFinality {
  private final LaneMemory m;

  BrokenFinality(LaneMemory memory) {
    this.m = memory;
  }

  /**
   * Blocks were replaced.
   *
   * @param belowFinal some that were final, as far as this process had seen; the journal may hold
   *     more, by what other instances saw, or this one before a look that failed
   */
  void reorged(long ancestor, boolean belowFinal) {
    if (belowFinal) {
      m.freeze(
          StoredTransfer.FINALITY_BROKEN
              + ": a block that was final was replaced above "
              + ancestor
              + "; check chain and providers");
    }
    m.finalsInDoubt = OptionalLong.of(Long.MAX_VALUE);
    m.finalsCheckIsOld = m.reading.contains(Reading.FINALS);
  }

  void read(List<LaneCommand> out) {
    if (m.finalsInDoubt.isPresent() && m.reading.add(Reading.FINALS)) {
      m.finalsCheckIsOld = false;
      out.add(new LaneCommand.CheckFinals(m.finalsInDoubt.getAsLong()));
    }
  }

  void checked(LaneEvent.FinalsChecked finals) {
    if (m.finalsCheckIsOld) {
      return; // asked again from the top
    }
    m.finalsInDoubt = finals.more();
    if (finals.replaced().isEmpty()) {
      return;
    }
    freeze(finals.replaced().get(0));
    finals.replaced().forEach(this::quarantine);
  }

  /** Also a lane that somebody resumes in this very commit. */
  private void freeze(Replaced lowest) {
    LaneState state =
        m.facts.stream()
            .filter(JournalChange.LaneMoved.class::isInstance)
            .map(change -> ((JournalChange.LaneMoved) change).to())
            .reduce(m.view.lane().state(), (older, newer) -> newer);
    String incident =
        "%s: %s was final and was replaced by %s; what rested on it is quarantined"
            .formatted(StoredTransfer.FINALITY_BROKEN, was(lowest.slot()).block(), lowest.by());
    if (state != LaneState.FROZEN) {
      m.facts.add(Decision.own(incident).move(LaneState.FROZEN));
    } else {
      m.alerts.add(incident);
    }
  }

  /** Slot and transfer left the memory when they were final, and come back. */
  private void quarantine(Replaced replaced) {
    StoredSlot slot = replaced.slot();
    m.view.put(slot);
    Optional<StoredTransfer> known =
        replaced.transfer().map(t -> m.view.transfers().getOrDefault(t.id(), t));
    known.ifPresent(
        transfer -> {
          m.view.put(transfer);
          m.move(
              transfer,
              TransferState.QUARANTINED,
              StoredTransfer.FINALITY_BROKEN,
              evidence(transfer, slot, replaced.by()));
        });
    m.facts.add(new JournalChange.FinalityBroken(slot.id(), replaced.by()));
  }

  private static String evidence(StoredTransfer transfer, StoredSlot slot, BlockRef now) {
    Consumption was = was(slot);
    String ended =
        "it was %s by %s in block %s %s, which was final; the chain has %s there now"
            .formatted(
                transfer.state(), was.hash(), was.block().number(), was.block().hash(), now.hash());
    String archived =
        slot.attempts().stream().anyMatch(attempt -> attempt.archivedHash().isPresent())
            ? ended + ". Its signed bytes were archived and cannot be sent again from here"
            : ended;
    return transfer.state().isUnpaid()
        ? archived + ". A refund was offered until now and cannot be taken back where it was given"
        : archived;
  }

  private static Consumption was(StoredSlot slot) {
    return slot.consumption().orElseThrow();
  }
}
