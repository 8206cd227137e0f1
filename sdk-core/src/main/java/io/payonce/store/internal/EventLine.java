package io.payonce.store.internal;

import io.payonce.LaneId;
import io.payonce.Settlement;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.store.Consumption;
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
import io.payonce.store.LaneRequest;
import io.payonce.store.SlotState;
import io.payonce.store.StoredOrphan;
import io.payonce.store.StoredReservation;
import io.payonce.store.StoredTransfer;
import java.util.List;

/**
 * What the history says about one change, the same in every store.
 *
 * @param entity {@code transfer/7}, {@code slot/1/0xab..#3} or {@code lane/1/0xab..}
 */
public record EventLine(String entity, String what, String detail) {
  private static final int MOST_REASON = 2_000;

  /** What a change of state is called. */
  public static final String MOVED = "moved";

  /** How the detail of a nonce begins that became final. */
  public static final String TO_FINAL = SlotState.CONSUMED + " to " + SlotState.CONSUMED_FINAL;

  public static EventLine accepted(StoredTransfer transfer) {
    return new EventLine(
        of(transfer.id()),
        "accepted",
        "key %s fingerprint %s".formatted(transfer.key(), transfer.fingerprint()));
  }

  public static EventLine registered(LaneId lane, long nextNonce) {
    return new EventLine("lane/" + lane, "registered", "next nonce " + nextNonce);
  }

  public static EventLine taken(LaneId lane, long epoch, String owner) {
    return new EventLine("lane/" + lane, "taken", "epoch " + epoch + " by " + owner);
  }

  /** The signed bytes of these nonces went. */
  public static EventLine archived(LaneId lane, long first, long last) {
    return new EventLine("lane/" + lane, "bytes archived", "nonces " + first + " to " + last);
  }

  public static EventLine asked(LaneRequest request) {
    return new EventLine(
        "request/" + request.id(),
        "asked",
        words(
            request.kind() + " of",
            request.transfer().map(EventLine::of).orElse("lane/" + request.lane()),
            "by " + request.actor(),
            cut(request.reason())));
  }

  /** A request may carry a whole transaction, which the journal has in its own row. */
  private static String cut(String reason) {
    return reason.length() <= MOST_REASON ? reason : reason.substring(0, MOST_REASON) + "...";
  }

  /** The line of one change of a lane. */
  public static EventLine of(LaneId lane, JournalChange change) {
    // Java 17 has no pattern switch.
    if (change instanceof TransferMoved m) {
      return new EventLine(
          of(m.transfer()), MOVED, words(m.from() + " to " + m.to(), m.code(), m.reason()));
    } else if (change instanceof CancelRequested c) {
      return new EventLine(
          of(c.transfer()), "cancel requested", words("by " + c.actor(), c.reason()));
    } else if (change instanceof TransferHandedOver h) {
      return new EventLine(of(h.transfer()), "handed over", "lane/" + lane + " to lane/" + h.to());
    } else if (change instanceof SlotBound b) {
      return new EventLine(of(b.slot()), "bound", of(b.transfer()));
    } else if (change instanceof SlotTaken t) {
      return new EventLine(of(t.slot()), "taken", t.state().toString());
    } else if (change instanceof SlotReserved r) {
      StoredReservation held = r.reservation();
      return new EventLine(
          of(r.slot()),
          "reserved",
          words(
              held.name(), "by " + held.actor(), "until " + held.expiresAt() + ":", held.reason()));
    } else if (change instanceof HostMayHaveSent h) {
      return new EventLine(of(h.slot()), "host may have sent", h.evidence());
    } else if (change instanceof SlotFound f) {
      return new EventLine(of(f.slot()), "found", of(f.consumption()));
    } else if (change instanceof OrphanFound o) {
      return new EventLine(of(o.orphan().slot()), "orphan found", of(o.orphan()));
    } else if (change instanceof OrphanClaimed c) {
      return new EventLine(of(c.transfer()), "paid by orphan", of(c.orphan()));
    } else if (change instanceof OrphanDismissed d) {
      return new EventLine(of(d.transfer()), "not the orphan", of(d.orphan()));
    } else if (change instanceof Ruled r) {
      return new EventLine(
          of(r.transfer()), "ruled", words(r.ruling() + " by " + r.actor(), r.reason()));
    } else if (change instanceof AttemptAdded a) {
      return new EventLine(
          of(a.attempt().slot()),
          "attempt intended",
          "%s %s max fee %s per gas, gas %s"
              .formatted(
                  a.attempt().sequence(),
                  a.kind(),
                  a.transaction().maxFeePerGas(),
                  a.transaction().gasLimit()));
    } else if (change instanceof AttemptSigned s) {
      return new EventLine(
          of(s.attempt().slot()),
          "attempt signed",
          s.attempt().sequence() + " " + s.signed().hash());
    } else if (change instanceof AttemptSent s) {
      return new EventLine(
          of(s.attempt().slot()),
          "attempt sent",
          s.attempt().sequence() + " " + s.state() + of(s.evidence()));
    } else if (change instanceof AttemptEnded e) {
      return new EventLine(
          of(e.attempt().slot()), "attempt ended", e.attempt().sequence() + " " + e.state());
    } else if (change instanceof SlotMoved m) {
      return new EventLine(
          of(m.slot()),
          MOVED,
          words(m.from() + " to " + m.to(), m.consumption().map(EventLine::of).orElse("")));
    } else if (change instanceof MembersSeen m) {
      return new EventLine(of(m.transfer()), "members seen", letters(m.settlements()));
    } else if (change instanceof FinalityBroken b) {
      return new EventLine(
          of(b.slot()),
          "finality broken",
          "the chain has %s at %s".formatted(b.replacedBy().hash(), b.replacedBy().number()));
    } else if (change instanceof FinalNonceRaised r) {
      return new EventLine("lane/" + lane, "final nonce", Long.toString(r.finalNonce()));
    } else if (change instanceof LaneMoved m) {
      return new EventLine("lane/" + lane, MOVED, words(m.to() + " by " + m.actor(), m.incident()));
    } else if (change instanceof RequestAnswered r) {
      return new EventLine("request/" + r.request(), "answered", r.answer());
    } else if (change instanceof FeeBooked b) {
      return new EventLine(of(b.slot()), "fee booked", b.worst() + " of " + b.limitPerHour());
    } else if (change instanceof FeeSettled s) {
      return new EventLine(of(s.slot()), "fee settled", s.actual().toString());
    }
    throw new IllegalStateException("no event for " + change.getClass());
  }

  public static String of(TransferId transfer) {
    return "transfer/" + transfer;
  }

  public static String of(SlotId slot) {
    return "slot/" + slot;
  }

  private static String of(StoredOrphan o) {
    return "%s of %s pays %s to %s".formatted(o.hash(), of(o.slot()), o.amount(), o.payee());
  }

  private static String of(Consumption c) {
    return "%s %s in block %s %s".formatted(c.by(), c.hash(), c.block().number(), c.block().hash());
  }

  private static String of(BroadcastEvidence evidence) {
    StringBuilder text = new StringBuilder();
    for (BroadcastEvidence.Answer answer : evidence.answers()) {
      text.append(' ').append(answer.operator()).append('=').append(answer.verdict());
    }
    return text.toString();
  }

  /** One for each member: P, N or U. */
  private static String letters(List<Settlement> settlements) {
    StringBuilder text = new StringBuilder();
    settlements.forEach(one -> text.append(one.outcome().name().charAt(0)));
    return text.toString();
  }

  private static String words(String... words) {
    StringBuilder text = new StringBuilder();
    for (String word : words) {
      if (!word.isEmpty()) {
        text.append(text.isEmpty() ? "" : " ").append(word);
      }
    }
    return text.toString();
  }
}
