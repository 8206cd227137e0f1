package io.payonce.submit.internal;

import io.payonce.AttemptId;
import io.payonce.ChainProfile.FeeModel;
import io.payonce.LaneId;
import io.payonce.SignedTransaction;
import io.payonce.SlotId;
import io.payonce.UnsignedTransaction;
import io.payonce.nonce.ReservationRefusal;
import io.payonce.signing.AttemptKind;
import io.payonce.store.AttemptState;
import io.payonce.store.JournalChange;
import io.payonce.store.SlotState;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredOrphan;
import io.payonce.store.StoredReservation;
import io.payonce.store.StoredSlot;
import io.payonce.submit.internal.LaneEvent.ReservationAsked;
import io.payonce.submit.internal.ReservationAnswer.Done;
import io.payonce.submit.internal.ReservationAnswer.Refused;
import io.payonce.submit.internal.ReservationStep.Intend;
import io.payonce.submit.internal.ReservationStep.Release;
import io.payonce.submit.internal.ReservationStep.Reserve;
import io.payonce.submit.internal.ReservationStep.Signed;
import io.payonce.submit.internal.ReservationStep.Unknown;
import java.math.BigInteger;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Nonces that hosts hold for transactions of their own: reserved under the conditions of binding,
 * given back when their life ends before anything was intended, never after. What the host signed
 * is sent and watched like all other bytes, and never signed or replaced here.
 */
final class Reservations {
  private static final int MOST_EVIDENCE = 2_000;

  private final LaneMemory m;

  Reservations(LaneMemory memory) {
    this.m = memory;
  }

  /** What a step makes of the journal, and its answer once that is committed. */
  record Outcome(ReservationAnswer answer, List<JournalChange> facts, List<JournalChange> spends) {
    private static Outcome done(SlotId slot, JournalChange... facts) {
      return new Outcome(new Done(slot.nonce()), List.of(facts), List.of());
    }

    private static Outcome refused(ReservationRefusal code, String reason) {
      return new Outcome(new Refused(code, reason), List.of(), List.of());
    }
  }

  /** Plans one step; only while nothing else waits for its commit. */
  Outcome plan(ReservationAsked asked) {
    if (asked.step() instanceof Reserve reserve) {
      return reserve(reserve, asked);
    } else if (asked.step() instanceof Intend intend) {
      return intend(intend, asked);
    } else if (asked.step() instanceof Signed signed) {
      return signed(signed, asked.known());
    } else if (asked.step() instanceof Unknown unknown) {
      return unknown(unknown, asked.known());
    }
    return release((Release) asked.step(), asked.known());
  }

  private Outcome reserve(Reserve asked, ReservationAsked from) {
    Optional<StoredSlot> held = held(asked.name(), from.known());
    if (held.isPresent()) {
      return Outcome.done(held.get().id());
    }
    Optional<Outcome> obstacle = notNow();
    if (obstacle.isPresent()) {
      return obstacle.get();
    }
    long nonce = Filling.released(m).findFirst().map(slot -> slot.id().nonce()).orElse(next());
    SlotId slot = new SlotId(m.context.lane(), nonce);
    Instant expiresAt = m.now.wall().plus(asked.life()).truncatedTo(ChronoUnit.MILLIS);
    return Outcome.done(
        slot,
        new JournalChange.SlotReserved(
            slot,
            new StoredReservation(
                asked.name(), from.actor().name(), asked.reason(), expiresAt, Optional.empty())));
  }

  private long next() {
    return m.view.lane().nextNonce();
  }

  /** The conditions of binding (7.1). */
  private Optional<Outcome> notNow() {
    Binding binding = new Binding(m);
    if (m.isFrozen()) {
      return refused(ReservationRefusal.LANE_FROZEN, m.view.lane().incident());
    } else if (!m.isActive()) {
      return refused(ReservationRefusal.LANE_PAUSED, m.view.lane().incident());
    } else if (m.draining) {
      return refused(ReservationRefusal.CLOSING, "no nonce is given out any more");
    } else if (!binding.mayBind()) {
      return refused(
          ReservationRefusal.CHAIN_UNKNOWN,
          "the nonces of the wallet are not agreed on by a quorum, or in doubt");
    } else if (binding.roomToBind() == 0) {
      return refused(
          ReservationRefusal.IN_FLIGHT_LIMIT, m.open().size() + " nonces are not mined yet");
    }
    return Optional.empty();
  }

  private Outcome intend(Intend asked, ReservationAsked from) {
    Optional<StoredSlot> found = held(asked.name(), asked.nonce(), from.known());
    if (found.isEmpty()) {
      return notHeld(asked.name(), asked.nonce());
    }
    StoredSlot slot = found.get();
    if (slot.host().isPresent()) {
      return slot.host().get().transaction().equals(asked.transaction())
          ? Outcome.done(slot.id())
          : Outcome.refused(
              ReservationRefusal.ANOTHER_TRANSACTION,
              "another transaction was intended for nonce " + asked.nonce());
    }
    return unfit(slot, asked.transaction())
        .or(() -> repeated(asked, from.orphans()))
        .or(() -> unaffordable(asked.transaction()))
        .orElseGet(
            () ->
                new Outcome(
                    new Done(asked.nonce()),
                    List.of(),
                    List.of(
                        new JournalChange.AttemptAdded(
                            new AttemptId(slot.id(), 1), AttemptKind.HOST, asked.transaction()),
                        new Binding(m).book(slot.id(), asked.transaction().maxFee()))));
  }

  /** What speaks against the transaction whatever it costs. */
  private Optional<Outcome> unfit(StoredSlot slot, UnsignedTransaction tx) {
    LaneId lane = m.context.lane();
    BigInteger mostGas = m.context.profile().limits().txGasCap();
    boolean legacy = m.context.profile().fees().model() == FeeModel.LEGACY;
    if (m.isFrozen()) {
      return refused(ReservationRefusal.LANE_FROZEN, m.view.lane().incident());
    } else if (!m.maySign()) {
      return refused(ReservationRefusal.LANE_PAUSED, m.view.lane().incident());
    } else if (!tx.chain().equals(lane.chain()) || tx.nonce() != slot.id().nonce()) {
      return refused(
          ReservationRefusal.WRONG_TRANSACTION,
          "it is of chain " + tx.chain() + " nonce " + tx.nonce() + ", not of " + slot.id());
    } else if (tx.gasLimit().compareTo(mostGas) > 0) {
      return refused(
          ReservationRefusal.WRONG_TRANSACTION,
          "gas limit " + tx.gasLimit() + " is over " + mostGas + ", the most of one transaction");
    } else if (legacy && tx instanceof UnsignedTransaction.DynamicFee) {
      return refused(
          ReservationRefusal.WRONG_TRANSACTION, "the chain takes no transaction of type 2");
    } else if (slot.state() != SlotState.RESERVED || m.isUsed(slot)) {
      return refused(
          ReservationRefusal.NONCE_IN_USE, "somebody's transaction holds nonce " + tx.nonce());
    }
    return Optional.empty();
  }

  /** I12: what the chain may have already is not sent again before a person has looked at it. */
  private static Optional<Outcome> repeated(Intend asked, List<StoredOrphan> orphans) {
    return orphans.stream()
        .filter(orphan -> orphan.claimedBy().isEmpty() && !asked.others().contains(orphan.hash()))
        .filter(orphan -> Consumers.mayBe(asked.transaction(), orphan))
        .findFirst()
        .flatMap(
            orphan ->
                refused(
                    ReservationRefusal.POSSIBLE_DUPLICATE,
                    orphan.hash()
                        + " took nonce "
                        + orphan.slot().nonce()
                        + ", and this journal never asked for it: it paid "
                        + orphan.amount()
                        + " to "
                        + orphan.payee()
                        + ", as this would"));
  }

  private Optional<Outcome> unaffordable(UnsignedTransaction tx) {
    BigInteger most = m.context.policy().maxFeePerPayment().value();
    if (tx.maxFee().value().compareTo(most) > 0) {
      return refused(
          ReservationRefusal.FEE_CAP, "it may cost " + tx.maxFee() + ", the policy allows " + most);
    } else if (m.seen.isEmpty()) {
      return refused(ReservationRefusal.CHAIN_UNKNOWN, "the wallet's balance is not known yet");
    }
    return new Binding(m)
        .shortage(tx)
        .flatMap(shortage -> refused(ReservationRefusal.FUNDS_SHORT, shortage));
  }

  private Outcome signed(Signed asked, Optional<StoredSlot> known) {
    Optional<StoredSlot> found = held(asked.name(), asked.nonce(), known);
    if (found.isEmpty()) {
      return notHeld(asked.name(), asked.nonce());
    }
    StoredSlot slot = found.get();
    SignedTransaction bytes = asked.bytes();
    Optional<StoredAttempt> intent = slot.host();
    if (intent.isEmpty()) {
      return notIntended(slot);
    } else if (!bytes.transaction().equals(intent.get().transaction())
        || !bytes.sender().equals(m.context.lane().address())) {
      return Outcome.refused(
          ReservationRefusal.WRONG_TRANSACTION,
          bytes + " is not what was intended for nonce " + asked.nonce());
    } else if (intent.get().state() != AttemptState.INTENT
        || slot.state() == SlotState.CONSUMED_FINAL) {
      return Outcome.done(slot.id());
    }
    return Outcome.done(slot.id(), new JournalChange.AttemptSigned(intent.get().id(), bytes));
  }

  private Outcome unknown(Unknown asked, Optional<StoredSlot> known) {
    Optional<StoredSlot> found = held(asked.name(), asked.nonce(), known);
    if (found.isEmpty()) {
      return notHeld(asked.name(), asked.nonce());
    }
    StoredSlot slot = found.get();
    if (slot.host().isEmpty()) {
      return notIntended(slot);
    } else if (slot.state() != SlotState.INTENDED) {
      return Outcome.done(slot.id());
    }
    String evidence = asked.evidence();
    return Outcome.done(
        slot.id(),
        new JournalChange.HostMayHaveSent(
            slot.id(), evidence.substring(0, Math.min(evidence.length(), MOST_EVIDENCE))));
  }

  private Outcome release(Release asked, Optional<StoredSlot> known) {
    SlotId id = new SlotId(m.context.lane(), asked.nonce());
    Optional<StoredSlot> found = held(asked.name(), asked.nonce(), known);
    if (found.isEmpty()) {
      return Outcome.done(id); // it was given back before
    }
    StoredSlot slot = found.get();
    if (slot.host().isPresent()) {
      return Outcome.refused(
          ReservationRefusal.INTENDED,
          "a transaction was intended for nonce " + asked.nonce() + ", which is never given back");
    } else if (slot.state() != SlotState.RESERVED || m.isUsed(slot)) {
      return Outcome.refused(
          ReservationRefusal.NONCE_IN_USE, "somebody's transaction holds nonce " + asked.nonce());
    }
    return Outcome.done(id, givenBack(slot));
  }

  /** Gives back what its holder forgot; only while nothing waits for its commit. */
  void expire() {
    if (m.isFrozen() || m.seen.isEmpty()) {
      return; // the journal may be an old backup, whose successor used the nonce
    }
    for (StoredSlot slot : m.open()) {
      if (slot.state() != SlotState.RESERVED || m.now.wall().isBefore(expiry(slot))) {
        continue;
      }
      if (!m.isUsed(slot)) {
        m.facts.add(givenBack(slot));
      } else if (m.work(slot).told.add("NONCE_IN_USE")) {
        m.alerts.add(
            "nonce %s was reserved as %s by %s, nothing was intended, and a transaction of it is out"
                .formatted(slot.id().nonce(), name(slot), held(slot).actor()));
      }
    }
  }

  /** When the next life ends, in nanoseconds from now. */
  Stream<Long> wakes() {
    return m.open().stream()
        .filter(slot -> slot.state() == SlotState.RESERVED)
        .map(slot -> m.now.nanosUntil(expiry(slot)));
  }

  private static JournalChange givenBack(StoredSlot slot) {
    return new JournalChange.SlotMoved(
        slot.id(), SlotState.RESERVED, SlotState.RELEASED, Optional.empty());
  }

  /** What this name holds, or used once: in memory, or long ago as the journal has it. */
  private Optional<StoredSlot> held(String name, Optional<StoredSlot> known) {
    return m.view.reservedAs(name).or(() -> known.filter(this::isPast));
  }

  private Optional<StoredSlot> held(String name, long nonce, Optional<StoredSlot> known) {
    return held(name, known).filter(slot -> slot.id().nonce() == nonce);
  }

  /** All that is open is in memory, so nothing can have changed since it was read. */
  private boolean isPast(StoredSlot slot) {
    return !m.view.slots().containsKey(slot.id().nonce());
  }

  private static Instant expiry(StoredSlot slot) {
    return held(slot).expiresAt();
  }

  private static String name(StoredSlot slot) {
    return held(slot).name();
  }

  private static StoredReservation held(StoredSlot slot) {
    return slot.reservation().orElseThrow();
  }

  private static Outcome notHeld(String name, long nonce) {
    return Outcome.refused(
        ReservationRefusal.NOT_HELD, name + " does not hold nonce " + nonce + " any more");
  }

  private static Outcome notIntended(StoredSlot slot) {
    return Outcome.refused(
        ReservationRefusal.NOT_INTENDED,
        "no transaction was intended for nonce " + slot.id().nonce());
  }

  private static Optional<Outcome> refused(ReservationRefusal code, String reason) {
    return Optional.of(Outcome.refused(code, reason));
  }
}
