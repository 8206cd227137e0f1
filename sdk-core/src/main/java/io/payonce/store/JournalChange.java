package io.payonce.store;

import io.payonce.AttemptId;
import io.payonce.BlockRef;
import io.payonce.ChainId;
import io.payonce.LaneId;
import io.payonce.Settlement;
import io.payonce.SignedTransaction;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.internal.StorableText;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.signing.AttemptKind;
import java.util.List;
import java.util.Optional;

/**
 * One change of a lane. Changes of one commit are applied in order, all or none. In what others say
 * (reasons, evidence, incidents) U+FFFD takes the place of U+0000, which PostgreSQL does not hold.
 */
public sealed interface JournalChange {

  /**
   * A transfer changes state. Refused as a conflict when it is no longer in {@code from}. What has
   * ended, or is in quarantine, goes into quarantine only as {@link
   * StoredTransfer#FINALITY_BROKEN}, in a frozen lane, followed by {@link FinalityBroken} of its
   * slot; and out of that only by a final block again.
   *
   * @param code why it is held, rejected or quarantined; empty otherwise
   */
  record TransferMoved(
      TransferId transfer, TransferState from, TransferState to, String code, String reason)
      implements JournalChange {
    public TransferMoved {
      reason = StorableText.of(reason);
    }
  }

  /** Somebody asked to cancel a transfer. */
  record CancelRequested(TransferId transfer, String actor, String reason)
      implements JournalChange {
    public CancelRequested {
      actor = StorableText.of(actor);
      reason = StorableText.of(reason);
    }
  }

  /**
   * A transfer of a pool that has no nonce goes to the queue of another wallet of the same chain,
   * whose owner is told of it like of one that was just accepted.
   */
  record TransferHandedOver(TransferId transfer, LaneId to) implements JournalChange {}

  /**
   * P3: a {@code READY} transfer takes a nonce, for ever. The nonce must be the lane's next one,
   * which moves up by one, or a released one; and no orphan may hold the transfer. Slot becomes
   * {@code INTENDED}, transfer {@code BOUND}. The first attempt follows as {@link AttemptAdded} in
   * the same commit.
   */
  record SlotBound(SlotId slot, TransferId transfer) implements JournalChange {}

  /** The lane's next nonce is taken for nobody, as {@code RELEASED}: to be filled. */
  record SlotTaken(SlotId slot, SlotState state) implements JournalChange {}

  /**
   * A host takes a nonce for a transaction of its own, in an active lane: the lane's next one,
   * which moves up by one, or a released one. No other nonce of the lane has its name. The slot
   * becomes {@code RESERVED}; {@link SlotMoved} to {@code RELEASED} gives it back and ends the
   * reservation.
   */
  record SlotReserved(SlotId slot, StoredReservation reservation) implements JournalChange {}

  /**
   * The host's signer may have sent the transaction that it intended, with bytes that nobody has
   * here. A slot that is {@code INTENDED} becomes {@code EXPOSED} without bytes.
   *
   * @param evidence what the host knows, at most 2,000 characters
   */
  record HostMayHaveSent(SlotId slot, String evidence) implements JournalChange {
    public HostMayHaveSent {
      evidence = StorableText.of(evidence);
    }
  }

  /**
   * A nonce at or above the lane's next one was found on the chain and is booked as consumed by
   * something foreign; the lane's next nonce moves above it.
   */
  record SlotFound(SlotId slot, Consumption consumption) implements JournalChange {}

  /**
   * A payment that was found on the chain and belongs to no transfer. Its slot is consumed by
   * something foreign. The same orphan again changes nothing.
   */
  record OrphanFound(StoredOrphan orphan) implements JournalChange {}

  /**
   * A person said that the orphan is this transfer's payment. The transfer is held and unbound, the
   * orphan like it, of the same lane, unclaimed, final and still the consumer of its slot. The
   * transfer takes the slot, for ever, and becomes {@code PAID_FINAL}.
   *
   * @param orphan as it is stored now
   */
  record OrphanClaimed(StoredOrphan orphan, TransferId transfer) implements JournalChange {}

  /**
   * A person said that a transfer like the orphan is another payment: it no longer waits for it.
   */
  record OrphanDismissed(StoredOrphan orphan, TransferId transfer) implements JournalChange {}

  /** A person or rule decided what the chain cannot; a line of the history beside the change. */
  record Ruled(TransferId transfer, String ruling, String actor, String reason)
      implements JournalChange {
    public Ruled {
      actor = StorableText.of(actor);
      reason = StorableText.of(reason);
    }
  }

  /**
   * P3 and P3': the intent to sign exactly this transaction, which is the guard's claim too. Its
   * sequence is one more than the slot's last. A released or reserved slot becomes {@code
   * INTENDED}. A {@code HOST} transaction is the first of a {@code RESERVED} slot, and the only one
   * but fills.
   */
  record AttemptAdded(AttemptId attempt, AttemptKind kind, UnsignedTransaction transaction)
      implements JournalChange {}

  /**
   * P5: signed bytes and hash. The attempt becomes {@code SIGNED}; a slot that is {@code INTENDED}
   * becomes {@code EXPOSED}; a {@code BOUND} transfer becomes {@code IN_FLIGHT}.
   */
  record AttemptSigned(AttemptId attempt, SignedTransaction signed) implements JournalChange {}

  /** P7: what the nodes answered. The attempt becomes {@code SENT} or {@code UNKNOWN}. */
  record AttemptSent(AttemptId attempt, AttemptState state, BroadcastEvidence evidence)
      implements JournalChange {}

  /** An attempt ends: {@code WON} or {@code LOST}. */
  record AttemptEnded(AttemptId attempt, AttemptState state) implements JournalChange {}

  /** P8, P10: a slot is consumed, final, or open again after a reorg. */
  record SlotMoved(SlotId slot, SlotState from, SlotState to, Optional<Consumption> consumption)
      implements JournalChange {}

  /**
   * P8: what the logs prove of each member of the group whose payment was found in a block, in the
   * order of the group. Forgotten when that block is replaced, decided when it is final. No two
   * members have the same log.
   */
  record MembersSeen(TransferId transfer, List<Settlement> settlements) implements JournalChange {
    public MembersSeen {
      settlements = List.copyOf(settlements);
    }
  }

  /**
   * The final block in which something took the nonce was replaced. The lane is frozen, and the
   * transfer of the slot, if it has one, is {@code QUARANTINED} as {@link
   * StoredTransfer#FINALITY_BROKEN} by an earlier change of the same commit. The slot becomes
   * {@code EXPOSED} again. Its winner may be sent again, unless the payment ended unpaid by it, as
   * what somebody may have refunded since is never sent again, or its bytes were archived. Its fee
   * is in flight again.
   *
   * @param replacedBy the block that the chain has now at that height
   */
  record FinalityBroken(SlotId slot, BlockRef replacedBy) implements JournalChange {}

  /** Everything below this nonce is final. */
  record FinalNonceRaised(long finalNonce) implements JournalChange {}

  /** The lane pauses, freezes or resumes. */
  record LaneMoved(StoredLane.LaneState to, String incident, String actor)
      implements JournalChange {
    public LaneMoved {
      incident = StorableText.of(incident);
      actor = StorableText.of(actor);
    }
  }

  /**
   * P3: books the worst fee of an attempt in the rolling hour of the chain; the whole commit is
   * refused when the hour's sum would exceed the limit. A later booking of the same slot replaces
   * the earlier one when it is higher.
   */
  record FeeBooked(ChainId chain, SlotId slot, Wei worst, Wei limitPerHour)
      implements JournalChange {}

  /** Answers a request of another instance, in the commit of what it asked for. */
  record RequestAnswered(long request, String answer) implements JournalChange {
    public RequestAnswered {
      answer = StorableText.of(answer);
    }
  }

  /** P10: the slot's booking becomes the fee that was paid. */
  record FeeSettled(ChainId chain, SlotId slot, Wei actual) implements JournalChange {}
}
