package io.payonce.submit.internal;

import io.payonce.AttemptId;
import io.payonce.IdempotencyKey;
import io.payonce.SignedTransaction;
import io.payonce.SlotId;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.fee.BumpDecision;
import io.payonce.fee.FeePolicy;
import io.payonce.fee.FeeQuote;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.signing.AttemptKind;
import io.payonce.signing.SigningOutcome;
import io.payonce.signing.SigningRequest;
import io.payonce.store.AttemptState;
import io.payonce.store.JournalChange;
import io.payonce.store.SlotState;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** P4 to P7 and P9: signing intents, sending stored bytes, replacing what is stuck. */
final class Sending {
  /** Sends of a replacement, the first to two operators and the others to all of them. */
  private static final int SPREAD = 3;

  private final LaneMemory m;

  Sending(LaneMemory memory) {
    this.m = memory;
  }

  /** Commands for everything that is due. */
  void plan(List<LaneCommand> out) {
    List<StoredSlot> open = m.open();
    for (StoredSlot slot : open) {
      sign(slot, out);
    }
    if (m.maySend()) {
      send(open, out);
    }
  }

  private void sign(StoredSlot slot, List<LaneCommand> out) {
    Optional<StoredAttempt> intent = LaneMemory.newest(slot);
    if (intent.isEmpty()
        || intent.get().hash().isPresent()
        || intent.get().kind() == AttemptKind.HOST) { // the host signs it, and nobody else
      return;
    }
    SlotWork work = m.work(slot);
    // An old backup shows itself by the chain's counts: they are looked at before anything is
    // signed.
    boolean mayBeUsed = m.seen.filter(seen -> slot.id().nonce() >= seen.countAtHead()).isPresent();
    StoredAttempt attempt = intent.get();
    boolean broken =
        attempt.kind().pays() && m.transferOf(slot).filter(StoredTransfer::isBroken).isPresent();
    boolean maySign = mayBeUsed && m.maySign();
    if (!maySign || work.signing || broken || m.now.isBefore(work.signAgainAt)) {
      return;
    }
    work.signing = true;
    out.add(
        new LaneCommand.Sign(
            new SigningRequest(
                attempt.id(),
                attempt.kind(),
                m.transferOf(slot).map(t -> new SigningRequest.Intent(t.id(), t.fingerprint())),
                LaneMemory.previousDigest(slot),
                attempt.transaction())));
  }

  void signed(AttemptId id, SigningOutcome outcome) {
    StoredSlot slot = m.view.slots().get(id.slot().nonce());
    StoredAttempt attempt = slot == null ? null : attempt(slot, id).orElse(null);
    if (slot == null || attempt == null || attempt.hash().isPresent() || isSigned(id)) {
      return; // asked by a memory that is gone, or twice: the first bytes are the attempt's
    }
    if (outcome instanceof SigningOutcome.Signed answer) {
      SignedTransaction bytes = answer.transaction();
      if (bytes.transaction().equals(attempt.transaction())
          && bytes.sender().equals(m.context.lane().address())) {
        m.facts.add(new JournalChange.AttemptSigned(id, bytes));
      } else {
        m.work(slot).signingFailed(m.now); // the same intent again, once a person resumes the lane
        m.freeze("SIGNER_SUSPECT: the signer altered attempt " + id);
      }
    } else if (outcome instanceof SigningOutcome.Refused refused) {
      refused(slot, attempt, refused);
    } else {
      m.work(slot).signingFailed(m.now);
    }
  }

  /** Its bytes wait to be stored. */
  private boolean isSigned(AttemptId id) {
    return m.facts.stream()
        .anyMatch(
            fact ->
                fact instanceof JournalChange.AttemptSigned signed && signed.attempt().equals(id));
  }

  /** The nonce is taken and the payment will not be signed: only a cancel can use the nonce. */
  private void refused(StoredSlot slot, StoredAttempt attempt, SigningOutcome.Refused refused) {
    String reason = refused.code() + ": " + refused.reason();
    // Whatever is signed next is signed after this pause; when no fee allows a cancel yet, the
    // refusal repeats then.
    m.work(slot).signingFailed(m.now);
    if (!attempt.kind().pays() || slot.state() != SlotState.INTENDED) {
      m.freeze("SIGNER_REFUSED: " + reason);
      return;
    }
    Optional<StoredTransfer> transfer = m.transferOf(slot);
    if (transfer.isPresent()) {
      cancel(slot, transfer.get(), Decision.own(reason))
          .ifPresent(notNow -> alert(slot, "SIGNER_REFUSED, and no cancel yet: " + notNow));
    }
  }

  private void send(List<StoredSlot> open, List<LaneCommand> out) {
    Batch first = new Batch();
    Batch again = new Batch();
    int unacknowledged = 0;
    int window = m.isDelegated() ? 1 : m.sendWindow;
    int unseen = 0;
    for (StoredSlot slot : open) {
      if (isHeldElsewhere(slot)) {
        continue;
      }
      Optional<StoredAttempt> newest = newestSigned(slot);
      if (newest.isEmpty()) {
        break; // nothing is sent above a nonce without bytes
      }
      StoredAttempt attempt = newest.get();
      if (attempt.state() != AttemptState.SENT && ++unacknowledged > window) {
        break;
      }
      SlotWork work = m.work(slot);
      if (attempt.state() == AttemptState.SENT
          && (isSeen(slot, work) ? !slot.id().equals(open.get(0).id()) : ++unseen > window)) {
        continue;
      }
      if (work.sending || m.now.isBefore(work.sendAgainAt)) {
        continue;
      }
      work.startSending(m.now);
      Optional<IdempotencyKey> payment = m.transferOf(slot).map(StoredTransfer::key);
      if (attempt.state() == AttemptState.SIGNED) {
        work.toEveryone = false;
        first.add(attempt, payment);
      } else {
        work.toEveryone = true;
        again.add(attempt, payment);
      }
      slot.attempts().stream()
          .filter(older -> work.reorganised.contains(older.id().sequence()))
          .filter(older -> !older.id().equals(attempt.id()) && !older.state().isEnded())
          .forEach(older -> again.add(older, payment));
    }
    int most = m.context.settings().sendBatch();
    first.commands(most, BroadcastOptions.DEFAULT.by(m.context.route()), out);
    again.commands(most, BroadcastOptions.EVERYONE.by(m.context.route()), out);
  }

  /** Bytes that are not here hold it: somebody else's, or the host's for what it intended. */
  private static boolean isHeldElsewhere(StoredSlot slot) {
    boolean noneHere =
        slot.attempts().isEmpty()
            || (slot.host().isPresent() && newestSigned(slot).isEmpty() && !wasEnded(slot));
    return slot.state() == SlotState.EXPOSED && noneHere;
  }

  private static boolean wasEnded(StoredSlot slot) {
    return slot.attempts().stream().anyMatch(attempt -> attempt.state().isEnded());
  }

  /**
   * Whether a quorum has it in its pools, by the count with the last head: it need not be sent
   * again then, however many wait. The lowest one is all the same, once in a while. A count does
   * not tell which bytes of a nonce it means, so a replacement is spread to everyone first.
   */
  private boolean isSeen(StoredSlot slot, SlotWork work) {
    return (slot.attempts().size() == 1 || work.sends >= SPREAD)
        && work.reorganised.isEmpty()
        && !work.missed
        && m.seen.isPresent()
        && m.seen.get().claims().isPresent()
        && slot.id().nonce() < m.seen.get().claims().get().agreed();
  }

  void sent(List<AttemptId> ids, List<BroadcastEvidence> evidence) {
    for (int i = 0; i < ids.size(); i++) {
      StoredSlot slot = m.view.slots().get(ids.get(i).slot().nonce());
      Optional<StoredAttempt> attempt = slot == null ? Optional.empty() : attempt(slot, ids.get(i));
      if (slot == null || attempt.isEmpty()) {
        continue;
      }
      SlotWork work = m.work(slot);
      work.sent(m.now, m.context.settings().resendAfter());
      boolean accepted = evidence.get(i).outcome() == BroadcastEvidence.Outcome.ACCEPTED;
      if (LaneMemory.newest(slot).filter(attempt.get()::equals).isPresent()) {
        new SendAnswers(m).heard(slot, evidence.get(i));
      }
      AttemptState state = accepted ? AttemptState.SENT : AttemptState.UNKNOWN;
      if (slot.state() == SlotState.EXPOSED && attempt.get().state() != AttemptState.SENT) {
        m.facts.add(new JournalChange.AttemptSent(ids.get(i), state, evidence.get(i)));
      }
    }
  }

  /** P9: looks at the lowest open nonces; what waits behind another is never replaced. */
  void replaceStuck() {
    if (m.seen.isEmpty() || !m.maySign() || m.feeWindowClosedUntil - m.now.nanos() > 0) {
      return;
    }
    List<StoredSlot> open = m.open();
    for (StoredSlot slot :
        open.subList(0, Math.min(open.size(), m.context.settings().bumpWindow()))) {
      if (slot.attempts().isEmpty()) {
        continue;
      }
      SlotWork work = m.work(slot);
      long waited = m.now.nanos() - work.outSince;
      boolean due = waited >= m.context.settings().stuckAfter().toNanos() || work.feeRefused;
      boolean consumed = slot.id().nonce() < m.seen.get().countAtHead();
      Optional<String> cancelReason = new SendAnswers(m).cancelReason(slot);
      if (due && !consumed && isGivenUp(slot)) {
        cancelGivenUp(slot);
      } else if (!consumed && cancelReason.isPresent()) {
        cancel(slot, m.transferOf(slot).orElseThrow(), Decision.own(cancelReason.get()))
            .ifPresent(notNow -> alert(slot, "NO_CANCEL_YET: " + notNow));
      } else if ((due || work.speedUp) && !consumed) {
        replace(slot, work.speedUp || work.feeRefused);
      }
      if (due && !consumed && isHosts(slot)) {
        alert(
            slot,
            "HOST_WAITS: it is for the host's own transaction, which is never replaced here; a"
                + " person may fill it");
      }
    }
    new Filling(m).fillGaps();
  }

  private static boolean isHosts(StoredSlot slot) {
    return LaneMemory.newest(slot).filter(a -> a.kind() == AttemptKind.HOST).isPresent();
  }

  /** Told once for the newest bytes of a slot. */
  void alert(StoredSlot slot, String what) {
    SlotWork work = m.work(slot);
    if (work.told.add(what.split("[:,]", 2)[0])) {
      m.alerts.add("nonce " + slot.id().nonce() + " waits: " + what);
    }
  }

  /** What became of the wish to replace a slot's newest bytes. */
  enum Replacement {
    STARTED,
    AT_CAP,
    NOT_NEEDED,
    NOT_EXPOSED
  }

  Replacement replace(StoredSlot slot, boolean force) {
    Optional<StoredAttempt> newest = LaneMemory.newest(slot);
    if (slot.state() != SlotState.EXPOSED
        || newest.isEmpty()
        || isHosts(slot)
        || newest.get().signed().isEmpty()
        || m.seen.isEmpty()
        || isGivenUp(slot)
        || isPlanned(slot)) {
      return Replacement.NOT_EXPOSED;
    }
    UnsignedTransaction old = newest.get().transaction();
    FeePolicy policy = m.transferOf(slot).map(m::policyOf).orElse(m.context.policy());
    BumpDecision decision = m.context.fees().bump(m.seen.get().fees(), policy, old, force);
    if (decision instanceof BumpDecision.Bump bump) {
      AttemptKind kind = newest.get().kind().pays() ? AttemptKind.REPLACEMENT : newest.get().kind();
      FeeQuote quote = bump.quote();
      add(slot, kind, transaction(old, quote), quote.worst());
      return Replacement.STARTED;
    }
    if (decision instanceof BumpDecision.Exhausted exhausted) {
      alert(slot, "FEE_CAP_REACHED: " + exhausted.detail());
      return Replacement.AT_CAP;
    }
    m.work(slot).feeRefused = false;
    return Replacement.NOT_NEEDED;
  }

  /**
   * Lets a transfer of nothing race for the payment's nonce. From here on no payment attempt is
   * added to the slot. Empty when it was planned, or why it cannot be now.
   */
  Optional<String> cancel(StoredSlot slot, StoredTransfer transfer, Decision by) {
    if (m.seen.isEmpty()) {
      return Optional.of("the fee market is not known yet");
    }
    if (isPlanned(slot)) {
      return Optional.of("another transaction of this nonce is being stored");
    }
    UnsignedTransaction old = LaneMemory.newest(slot).orElseThrow().transaction();
    BumpDecision decision =
        m.context.fees().bumpForCancel(m.seen.get().fees(), m.context.policy(), old);
    if (!(decision instanceof BumpDecision.Bump bump)) {
      return Optional.of(
          decision instanceof BumpDecision.Exhausted exhausted
              ? exhausted.detail()
              : "no legal replacement");
    }
    m.spending.add(
        new JournalChange.CancelRequested(transfer.id(), by.actor().name(), by.reason()));
    if (!transfer.isBroken()) { // which only a person ends
      m.spending.add(
          new JournalChange.TransferMoved(
              transfer.id(), transfer.state(), TransferState.CANCELLING, "CANCELLED", by.reason()));
    }
    add(slot, AttemptKind.CANCEL, nothing(slot, bump.quote()), bump.quote().worst());
    return Optional.empty();
  }

  /**
   * Finality broke under a payment that had ended unpaid: its bytes are not sent again, as somebody
   * may have refunded it. Or under one whose bytes were archived: there is nothing to send.
   */
  private boolean isGivenUp(StoredSlot slot) {
    return slot.state() == SlotState.EXPOSED
        && m.transferOf(slot).filter(StoredTransfer::isBroken).isPresent()
        && slot.attempts().stream()
            .allMatch(a -> a.state().isEnded() || (a.signed().isEmpty() && a.kind().pays()));
  }

  /** So that its nonce strands nothing, once a person has resumed the lane. */
  private void cancelGivenUp(StoredSlot slot) {
    if (!slot.attempts().isEmpty() && !isPlanned(slot)) {
      cancel(slot, m.transferOf(slot).orElseThrow(), Decision.own(whyGivenUp(slot)))
          .ifPresent(notNow -> alert(slot, "FINALITY_BROKEN, and no cancel yet: " + notNow));
    }
  }

  private static String whyGivenUp(StoredSlot slot) {
    return slot.attempts().stream().anyMatch(a -> a.archivedHash().isPresent())
        ? "its signed bytes were archived"
        : "it had ended unpaid";
  }

  private UnsignedTransaction nothing(StoredSlot slot, FeeQuote quote) {
    return new Binding(m)
        .transaction(
            slot.id().nonce(), quote, m.context.lane().address(), Wei.ZERO, io.payonce.Bytes.EMPTY);
  }

  private UnsignedTransaction transaction(UnsignedTransaction old, FeeQuote quote) {
    return new Binding(m).transaction(old.nonce(), quote, old.to(), old.value(), old.data());
  }

  void add(StoredSlot slot, AttemptKind kind, UnsignedTransaction tx, Wei worst) {
    AttemptId id = new AttemptId(slot.id(), slot.attempts().size() + 1);
    m.spending.add(new JournalChange.AttemptAdded(id, kind, tx));
    m.spending.add(new Binding(m).book(slot.id(), worst));
  }

  private boolean isPlanned(StoredSlot slot) {
    return isPlanned(slot.id());
  }

  boolean isPlanned(SlotId slot) {
    return m.spending.stream()
        .anyMatch(
            change ->
                change instanceof JournalChange.AttemptAdded added
                    && added.attempt().slot().equals(slot));
  }

  /** The next moment at which something is due without any event. */
  OptionalLong nextWake() {
    Earliest next = new Earliest(m.now.nanos());
    m.heldUntil.values().forEach(next::at);
    m.waiting.wakes().forEach(next::in);
    new Deadlines(m).wakes().forEach(next::in);
    new Reservations(m).wakes().forEach(next::in);
    next.at(m.readAgainAt);
    m.lingersUntil.ifPresent(next::at);
    next.at(m.feeWindowClosedUntil);
    for (StoredSlot slot : m.open()) {
      SlotWork work = m.work(slot);
      if (!work.signing) {
        next.at(work.signAgainAt);
      }
      next.at(work.sendAgainAt);
    }
    return next.left == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(next.left);
  }

  /** The least time to a moment that is not past: what is due and waits, waits for an event. */
  private static final class Earliest {
    private final long now;
    private long left = Long.MAX_VALUE;

    Earliest(long now) {
      this.now = now;
    }

    void at(long nanos) {
      in(nanos - now);
    }

    void in(long fromNow) {
      if (fromNow > 0) {
        left = Math.min(left, fromNow);
      }
    }
  }

  /** The bytes to send: a payment that was never sent stays here once a cancel is intended. */
  private static Optional<StoredAttempt> newestSigned(StoredSlot slot) {
    boolean cancelling =
        LaneMemory.newest(slot)
            .filter(a -> a.kind() == AttemptKind.CANCEL || a.kind() == AttemptKind.FILL)
            .isPresent();
    List<StoredAttempt> attempts = slot.attempts();
    for (int i = attempts.size() - 1; i >= 0; i--) {
      StoredAttempt attempt = attempts.get(i);
      if (attempt.signed().isPresent() && !attempt.state().isEnded()) {
        boolean content = attempt.kind().pays() || attempt.kind() == AttemptKind.HOST;
        boolean unsent = content && attempt.state() == AttemptState.SIGNED;
        return cancelling && unsent ? Optional.empty() : Optional.of(attempt);
      }
    }
    return Optional.empty();
  }

  private static Optional<StoredAttempt> attempt(StoredSlot slot, AttemptId id) {
    return slot.attempts().stream().filter(attempt -> attempt.id().equals(id)).findFirst();
  }

  /** Bytes that go out together, in nonce order. */
  private static final class Batch {
    private final List<AttemptId> attempts = new ArrayList<>();
    private final List<SignedTransaction> bytes = new ArrayList<>();
    private final List<Optional<IdempotencyKey>> payments = new ArrayList<>();

    void add(StoredAttempt attempt, Optional<IdempotencyKey> payment) {
      attempts.add(attempt.id());
      bytes.add(attempt.signed().orElseThrow());
      payments.add(payment);
    }

    /** At most so many in one command. */
    void commands(int most, BroadcastOptions options, List<LaneCommand> out) {
      for (int from = 0; from < attempts.size(); from += most) {
        int to = Math.min(attempts.size(), from + most);
        out.add(
            new LaneCommand.Send(
                List.copyOf(attempts.subList(from, to)),
                List.copyOf(bytes.subList(from, to)),
                List.copyOf(payments.subList(from, to)),
                options));
      }
    }
  }
}
