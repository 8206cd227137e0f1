package io.payonce.store.internal;

import io.payonce.store.JournalChange;
import io.payonce.store.JournalChange.AttemptAdded;
import io.payonce.store.JournalChange.AttemptEnded;
import io.payonce.store.JournalChange.AttemptSent;
import io.payonce.store.JournalChange.AttemptSigned;
import io.payonce.store.JournalChange.CancelRequested;
import io.payonce.store.JournalChange.FeeBooked;
import io.payonce.store.JournalChange.FeeSettled;
import io.payonce.store.JournalChange.FinalNonceRaised;
import io.payonce.store.JournalChange.FinalityBroken;
import io.payonce.store.JournalChange.HostMayHaveSent;
import io.payonce.store.JournalChange.LaneMoved;
import io.payonce.store.JournalChange.MembersSeen;
import io.payonce.store.JournalChange.OrphanClaimed;
import io.payonce.store.JournalChange.OrphanDismissed;
import io.payonce.store.JournalChange.OrphanFound;
import io.payonce.store.JournalChange.RequestAnswered;
import io.payonce.store.JournalChange.Ruled;
import io.payonce.store.JournalChange.SlotBound;
import io.payonce.store.JournalChange.SlotFound;
import io.payonce.store.JournalChange.SlotMoved;
import io.payonce.store.JournalChange.SlotReserved;
import io.payonce.store.JournalChange.SlotTaken;
import io.payonce.store.JournalChange.TransferHandedOver;
import io.payonce.store.JournalChange.TransferMoved;
import io.payonce.store.StoredLane;
import java.time.Instant;

/**
 * What each change demands of a lane's records and what it makes of them. A change is checked whole
 * before the first record is replaced, so a refused one leaves everything as it was.
 */
public final class ChangeRules {
  private ChangeRules() {}

  /**
   * Applies one change.
   *
   * @throws IllegalChangeException when it does not fit; the records are as before
   */
  public static void apply(LaneRecords records, JournalChange change, Instant at) {
    TransferRules transfers = new TransferRules(records, at);
    SlotRules slots = new SlotRules(records, at);
    AttemptRules attempts = new AttemptRules(records, at);
    OrphanRules orphans = new OrphanRules(records, at);
    // Java 17 has no pattern switch.
    if (change instanceof TransferMoved moved) {
      transfers.moved(moved);
    } else if (change instanceof CancelRequested cancel) {
      transfers.cancelRequested(cancel);
    } else if (change instanceof TransferHandedOver handedOver) {
      transfers.handedOver(handedOver);
    } else if (change instanceof SlotBound bound) {
      slots.bound(bound);
    } else if (change instanceof SlotTaken taken) {
      slots.taken(taken);
    } else if (change instanceof SlotReserved reserved) {
      slots.reserved(reserved);
    } else if (change instanceof HostMayHaveSent sent) {
      slots.hostMayHaveSent(sent);
    } else if (change instanceof SlotFound found) {
      slots.found(found);
    } else if (change instanceof OrphanFound found) {
      orphans.found(found.orphan());
    } else if (change instanceof OrphanClaimed claimed) {
      orphans.claimed(claimed.orphan(), claimed.transfer());
    } else if (change instanceof OrphanDismissed dismissed) {
      orphans.dismissed(dismissed.orphan(), dismissed.transfer());
    } else if (change instanceof Ruled ruled) {
      transfers.transfer(ruled.transfer());
    } else if (change instanceof AttemptAdded added) {
      attempts.added(added);
    } else if (change instanceof AttemptSigned signed) {
      attempts.signed(signed);
    } else if (change instanceof AttemptSent sent) {
      attempts.sent(sent);
    } else if (change instanceof AttemptEnded ended) {
      attempts.ended(ended);
    } else if (change instanceof SlotMoved moved) {
      slots.moved(moved);
    } else if (change instanceof MembersSeen members) {
      transfers.membersSeen(members);
    } else if (change instanceof FinalityBroken broken) {
      slots.finalityBroken(broken);
    } else if (change instanceof FinalNonceRaised raised) {
      finalNonceRaised(records, raised);
    } else if (change instanceof LaneMoved moved) {
      laneMoved(records, moved);
    } else if (change instanceof RequestAnswered) {
      return; // of the request itself: StagedCommit knows it
    } else if (change instanceof FeeBooked booked) {
      slots.ownLane(booked.slot());
    } else if (change instanceof FeeSettled settled) {
      slots.ownLane(settled.slot());
    } else {
      throw new IllegalStateException("no rule for " + change.getClass());
    }
  }

  private static void finalNonceRaised(LaneRecords records, FinalNonceRaised change) {
    StoredLane lane = records.lane();
    Rules.demand(
        change.finalNonce() >= lane.finalNonce(),
        () -> "final nonce cannot fall from " + lane.finalNonce() + " to " + change.finalNonce());
    records.put(lane.withFinalNonce(change.finalNonce()));
  }

  private static void laneMoved(LaneRecords records, LaneMoved change) {
    records.put(records.lane().moved(change.to(), change.incident()));
  }
}
