package io.payonce.store.internal;

import static io.payonce.store.AttemptState.INTENT;
import static io.payonce.store.AttemptState.LOST;
import static io.payonce.store.AttemptState.SENT;
import static io.payonce.store.AttemptState.SIGNED;
import static io.payonce.store.AttemptState.UNKNOWN;
import static io.payonce.store.AttemptState.WON;
import static io.payonce.store.ConsumerClass.PAYMENT;
import static io.payonce.store.SlotState.CONSUMED_FINAL;
import static io.payonce.store.SlotState.EXPOSED;
import static io.payonce.store.SlotState.INTENDED;
import static io.payonce.store.SlotState.RESERVED;

import io.payonce.AttemptId;
import io.payonce.SlotId;
import io.payonce.UnsignedTransaction;
import io.payonce.signing.AttemptKind;
import io.payonce.store.AttemptState;
import io.payonce.store.JournalChange.AttemptAdded;
import io.payonce.store.JournalChange.AttemptEnded;
import io.payonce.store.JournalChange.AttemptSent;
import io.payonce.store.JournalChange.AttemptSigned;
import io.payonce.store.SlotState;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredSlot;
import io.payonce.store.TransferState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What changes of transactions demand: intents, signatures, answers, ends. */
final class AttemptRules extends Rules {
  AttemptRules(LaneRecords records, Instant at) {
    super(records, at);
  }

  void added(AttemptAdded change) {
    StoredSlot slot = slot(change.attempt().slot());
    demand(
        slot.state().isOpen(), () -> name(slot) + " is " + slot.state() + ": nothing to sign for");
    int next = slot.attempts().size() + 1;
    demand(
        change.attempt().sequence() == next,
        () -> name(slot) + " expects attempt " + next + ", not " + change.attempt().sequence());
    checkKind(slot, change.kind());
    checkTransaction(slot.id(), change.kind(), change.transaction());
    List<StoredAttempt> attempts = new ArrayList<>(slot.attempts());
    attempts.add(
        new StoredAttempt(
            change.attempt(), change.kind(), change.transaction(), Optional.empty(), INTENT, at));
    SlotState state = slot.state() == EXPOSED ? EXPOSED : INTENDED;
    records.put(slot.moved(state, Optional.empty()).with(attempts));
  }

  /**
   * I3: a payment's slot pays or is cancelled, one way; one that is reserved is for the host's one
   * transaction; and any slot without payment may be filled, once nobody waits with it any more.
   */
  private static void checkKind(StoredSlot slot, AttemptKind kind) {
    boolean fits =
        switch (kind) {
          case PAYMENT -> slot.transfer().isPresent() && slot.attempts().isEmpty();
          case REPLACEMENT ->
              slot.transfer().isPresent()
                  && !slot.attempts().isEmpty()
                  && slot.attempts().stream().allMatch(attempt -> attempt.kind().pays());
          case CANCEL -> slot.transfer().isPresent();
          case FILL -> slot.transfer().isEmpty() && slot.state() != RESERVED;
          case HOST -> slot.state() == RESERVED && slot.attempts().isEmpty();
        };
    demand(fits, () -> name(slot) + " cannot take a " + kind + " after " + slot.attempts().size());
  }

  private static void checkTransaction(SlotId slot, AttemptKind kind, UnsignedTransaction tx) {
    demand(
        tx.chain().equals(slot.lane().chain()) && tx.nonce() == slot.nonce(),
        () ->
            "transaction of chain " + tx.chain() + " nonce " + tx.nonce() + " is not for " + slot);
    demand(
        kind.pays()
            || kind == AttemptKind.HOST
            || (tx.to().equals(slot.lane().address())
                && tx.value().isZero()
                && tx.data().isEmpty()),
        () -> "a " + kind + " sends nothing to its own wallet");
  }

  void signed(AttemptSigned change) {
    StoredSlot slot = slot(change.attempt().slot());
    StoredAttempt attempt = attempt(slot, change.attempt());
    if (attempt.signed().equals(Optional.of(change.signed()))) {
      return; // the same bytes again: a commit whose answer was lost is repeated
    }
    demand(
        attempt.state() == INTENT,
        () -> name(attempt) + " is " + attempt.state() + " with other bytes or without");
    demand(
        change.signed().transaction().equals(attempt.transaction())
            && change.signed().sender().equals(slot.id().lane().address()),
        () -> name(attempt) + " was signed as something else: " + change.signed());
    demand(
        slot.attempts().stream().noneMatch(a -> a.isHash(change.signed().hash())),
        () -> name(attempt) + " has the bytes of an earlier attempt");
    demand(slot.state() != CONSUMED_FINAL, () -> name(slot) + " is CONSUMED_FINAL");
    StoredSlot signed = with(slot, attempt.signed(change.signed()));
    records.put(slot.state() == INTENDED ? signed.moved(EXPOSED, Optional.empty()) : signed);
    slot.transfer()
        .map(this::transfer)
        .filter(transfer -> transfer.state() == TransferState.BOUND)
        .ifPresent(transfer -> records.put(transfer.moved(TransferState.IN_FLIGHT, "", "", at)));
  }

  void sent(AttemptSent change) {
    StoredSlot slot = slot(change.attempt().slot());
    StoredAttempt attempt = attempt(slot, change.attempt());
    demand(
        change.state() == SENT || change.state() == UNKNOWN,
        () -> "a sent attempt is SENT or UNKNOWN, not " + change.state());
    demand(
        attempt.state() == SIGNED || attempt.state() == SENT || attempt.state() == UNKNOWN,
        () -> name(attempt) + " is " + attempt.state() + ": not to be sent");
    demand(
        attempt.signed().map(s -> s.hash().equals(change.evidence().hash())).orElse(false),
        () -> name(attempt) + " does not have hash " + change.evidence().hash());
    // A node that took it is never forgotten because another did not answer.
    AttemptState state = attempt.state() == SENT ? SENT : change.state();
    records.put(with(slot, attempt.moved(state)));
  }

  void ended(AttemptEnded change) {
    StoredSlot slot = slot(change.attempt().slot());
    StoredAttempt attempt = attempt(slot, change.attempt());
    demand(
        change.state() == WON || change.state() == LOST,
        () -> "an attempt ends WON or LOST, not " + change.state());
    demand(
        attempt.state() != WON && attempt.state() != LOST,
        () -> name(attempt) + " has ended: " + attempt.state());
    demand(
        change.state() == LOST || slot.attempts().stream().noneMatch(a -> a.state() == WON),
        () -> name(slot) + " has a winner already");
    records.put(with(slot, attempt.moved(change.state())));
  }

  private static StoredAttempt attempt(StoredSlot slot, AttemptId id) {
    demand(
        id.sequence() <= slot.attempts().size(),
        () -> name(slot) + " has no attempt " + id.sequence());
    return slot.attempts().get(id.sequence() - 1);
  }

  private static StoredSlot with(StoredSlot slot, StoredAttempt changed) {
    List<StoredAttempt> attempts = new ArrayList<>(slot.attempts());
    attempts.set(changed.id().sequence() - 1, changed);
    return slot.with(attempts);
  }
}
