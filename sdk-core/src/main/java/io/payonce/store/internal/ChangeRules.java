package io.payonce.store.internal;

import static io.payonce.store.AttemptState.INTENT;
import static io.payonce.store.AttemptState.LOST;
import static io.payonce.store.AttemptState.SENT;
import static io.payonce.store.AttemptState.SIGNED;
import static io.payonce.store.AttemptState.UNKNOWN;
import static io.payonce.store.AttemptState.WON;
import static io.payonce.store.ConsumerClass.HOST_REVERTED;
import static io.payonce.store.ConsumerClass.PAYMENT;
import static io.payonce.store.ConsumerClass.REVERTED;
import static io.payonce.store.ConsumerClass.UNPROVEN;
import static io.payonce.store.SlotState.CONSUMED;
import static io.payonce.store.SlotState.CONSUMED_FINAL;
import static io.payonce.store.SlotState.EXPOSED;
import static io.payonce.store.SlotState.INTENDED;
import static io.payonce.store.SlotState.RELEASED;
import static io.payonce.store.SlotState.RESERVED;

import io.payonce.AttemptId;
import io.payonce.Settlement;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.UnsignedTransaction;
import io.payonce.WalletPool;
import io.payonce.signing.AttemptKind;
import io.payonce.store.AttemptState;
import io.payonce.store.ConsumerClass;
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
import io.payonce.store.SlotState;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredLane.LaneState;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What each change demands of a lane's records and what it makes of them. A change is checked whole
 * before the first record is replaced, so a refused one leaves everything as it was.
 */
public final class ChangeRules {
  private final LaneRecords records;
  private final Instant at;

  private ChangeRules(LaneRecords records, Instant at) {
    this.records = records;
    this.at = at;
  }

  /**
   * Applies one change.
   *
   * @throws IllegalChangeException when it does not fit; the records are as before
   */
  public static void apply(LaneRecords records, JournalChange change, Instant at) {
    ChangeRules rules = new ChangeRules(records, at);
    // Java 17 has no pattern switch.
    if (change instanceof TransferMoved moved) {
      rules.transferMoved(moved);
    } else if (change instanceof CancelRequested cancel) {
      rules.cancelRequested(cancel);
    } else if (change instanceof TransferHandedOver handedOver) {
      rules.handedOver(handedOver);
    } else if (change instanceof SlotBound bound) {
      rules.slotBound(bound);
    } else if (change instanceof SlotTaken taken) {
      rules.slotTaken(taken);
    } else if (change instanceof SlotReserved reserved) {
      rules.slotReserved(reserved);
    } else if (change instanceof HostMayHaveSent sent) {
      rules.hostMayHaveSent(sent);
    } else if (change instanceof SlotFound found) {
      rules.slotFound(found);
    } else if (change instanceof OrphanFound found) {
      new OrphanRules(records, at).found(found.orphan());
    } else if (change instanceof OrphanClaimed claimed) {
      new OrphanRules(records, at).claimed(claimed.orphan(), claimed.transfer());
    } else if (change instanceof OrphanDismissed dismissed) {
      new OrphanRules(records, at).dismissed(dismissed.orphan(), dismissed.transfer());
    } else if (change instanceof Ruled ruled) {
      rules.transfer(ruled.transfer());
    } else if (change instanceof AttemptAdded added) {
      rules.attemptAdded(added);
    } else if (change instanceof AttemptSigned signed) {
      rules.attemptSigned(signed);
    } else if (change instanceof AttemptSent sent) {
      rules.attemptSent(sent);
    } else if (change instanceof AttemptEnded ended) {
      rules.attemptEnded(ended);
    } else if (change instanceof SlotMoved moved) {
      rules.slotMoved(moved);
    } else if (change instanceof MembersSeen members) {
      rules.membersSeen(members);
    } else if (change instanceof FinalityBroken broken) {
      rules.finalityBroken(broken);
    } else if (change instanceof FinalNonceRaised raised) {
      rules.finalNonceRaised(raised);
    } else if (change instanceof LaneMoved moved) {
      rules.laneMoved(moved);
    } else if (change instanceof RequestAnswered) {
      return; // of the request itself: StagedCommit knows it
    } else if (change instanceof FeeBooked booked) {
      rules.ownLane(booked.slot());
    } else if (change instanceof FeeSettled settled) {
      rules.ownLane(settled.slot());
    } else {
      throw new IllegalStateException("no rule for " + change.getClass());
    }
  }

  private void transferMoved(TransferMoved change) {
    StoredTransfer transfer = transfer(change.transfer());
    demand(
        transfer.state() == change.from(),
        () -> name(transfer) + " is " + transfer.state() + ", not " + change.from());
    demand(
        change.from().next().contains(change.to()),
        () -> name(transfer) + " cannot go from " + change.from() + " to " + change.to());
    demand(
        change.to() != TransferState.BOUND, () -> name(transfer) + " is bound only with its slot");
    demand(
        change.to() != TransferState.PAID_FINAL || transfer.slot().isPresent(),
        () -> name(transfer) + " has no nonce that paid it");
    if (change.to() == TransferState.REJECTED) {
      new OrphanRules(records, at).demandNone(transfer); // what is rejected may be refunded
    }
    demand(
        change.from() != TransferState.BOUND
            || change.to() != TransferState.IN_FLIGHT
            || hasSignedBytes(transfer),
        () -> name(transfer) + " has no signed bytes");
    demand(
        !change.to().isUnpaid()
            || transfer.group().filter(group -> !group.seen().isEmpty()).isEmpty(),
        () -> name(transfer) + " stands in a block, where its members have ends of their own");
    boundToAFinalBlock(transfer, change);
    records.put(transfer.moved(change.to(), change.code(), change.reason(), at));
  }

  /** I15: what ended stays so while its block does, and what is broken ends by a final block. */
  private void boundToAFinalBlock(StoredTransfer transfer, TransferMoved change) {
    if (change.to() == TransferState.QUARANTINED
        && (change.from().isTerminal() || change.from() == TransferState.QUARANTINED)) {
      demand(
          change.code().equals(StoredTransfer.FINALITY_BROKEN)
              && records.lane().state() == LaneState.FROZEN
              && isFinal(transfer),
          () ->
              name(transfer)
                  + " is "
                  + change.from()
                  + " until its final block is replaced and the lane frozen");
    }
    demand(
        !transfer.isBroken() || !change.to().isTerminal() || isFinal(transfer),
        () -> name(transfer) + " has no final block again");
  }

  private boolean isFinal(StoredTransfer transfer) {
    return transfer
        .slot()
        .flatMap(records::slot)
        .filter(slot -> slot.state() == CONSUMED_FINAL)
        .isPresent();
  }

  private boolean hasSignedBytes(StoredTransfer transfer) {
    return transfer.slot().flatMap(records::slot).stream()
        .flatMap(slot -> slot.attempts().stream())
        .anyMatch(attempt -> attempt.hash().isPresent());
  }

  private void cancelRequested(CancelRequested change) {
    StoredTransfer transfer = transfer(change.transfer());
    demand(!transfer.state().isTerminal(), () -> name(transfer) + " is " + transfer.state());
    records.put(transfer.cancelRequested(at));
  }

  private void handedOver(TransferHandedOver change) {
    StoredTransfer transfer = transfer(change.transfer());
    demand(
        transfer.transfer().from() instanceof WalletPool,
        () -> name(transfer) + " names the wallet that pays it");
    demand(
        transfer.state().isUnbound(), () -> name(transfer) + " is " + transfer.state() + " here");
    demand(
        change.to().chain().equals(transfer.transfer().chain()),
        () -> name(transfer) + " is not of chain " + change.to().chain());
    records.put(transfer.handedOver(change.to(), at));
  }

  private void slotBound(SlotBound change) {
    StoredTransfer transfer = transfer(change.transfer());
    demand(
        records.lane().state() == LaneState.ACTIVE,
        () -> "lane is " + records.lane().state() + ": " + records.lane().incident());
    demand(
        transfer.state() == TransferState.READY && transfer.slot().isEmpty(),
        () -> name(transfer) + " is " + transfer.state() + ", not READY");
    new OrphanRules(records, at).demandNone(transfer);
    ownLane(change.slot());
    Optional<StoredSlot> known = records.slot(change.slot());
    if (known.isPresent()) {
      StoredSlot slot = known.get();
      demand(isFree(slot), () -> name(slot) + " is taken: " + slot.state());
    } else {
      takeNext(change.slot());
    }
    records.put(
        new StoredSlot(
            change.slot(), INTENDED, Optional.of(transfer.id()), List.of(), Optional.empty()));
    records.put(transfer.bound(change.slot(), at));
  }

  private void slotTaken(SlotTaken change) {
    demand(change.state() == RELEASED, () -> "a nonce is taken as RELEASED, not " + change.state());
    StoredLane lane = ownLane(change.slot());
    demandNew(change.slot());
    demand(
        change.slot().nonce() >= lane.finalNonce(),
        () -> change.slot() + " is below the final nonce " + lane.finalNonce());
    if (change.slot().nonce() >= lane.nextNonce()) {
      takeNext(change.slot());
    }
    records.put(slot(change.slot(), change.state(), Optional.empty()));
  }

  private void slotReserved(SlotReserved change) {
    ownLane(change.slot());
    demand(
        records.lane().state() == LaneState.ACTIVE,
        () -> "lane is " + records.lane().state() + ": " + records.lane().incident());
    records
        .reservedAs(change.reservation().name())
        .ifPresent(
            held -> {
              throw new IllegalChangeException(
                  change.reservation().name() + " has reserved " + name(held));
            });
    Optional<StoredSlot> known = records.slot(change.slot());
    if (known.isPresent()) {
      demand(isFree(known.get()), () -> name(known.get()) + " is taken: " + known.get().state());
    } else {
      takeNext(change.slot());
    }
    records.put(
        slot(change.slot(), RESERVED, Optional.empty())
            .reserved(Optional.of(change.reservation())));
  }

  private static boolean isFree(StoredSlot slot) {
    return slot.state() == RELEASED && slot.attempts().isEmpty() && slot.transfer().isEmpty();
  }

  private void hostMayHaveSent(HostMayHaveSent change) {
    StoredSlot slot = slot(change.slot());
    demand(
        slot.host().isPresent() && slot.state() == INTENDED,
        () -> name(slot) + " is " + slot.state() + ": no host may have sent anything unseen");
    records.put(
        slot.moved(EXPOSED, Optional.empty())
            .reserved(slot.reservation().map(held -> held.exposedBy(change.evidence()))));
  }

  private void slotFound(SlotFound change) {
    StoredLane lane = ownLane(change.slot());
    demandNew(change.slot());
    if (change.slot().nonce() >= lane.nextNonce()) {
      records.put(lane.withNextNonce(change.slot().nonce() + 1));
    }
    records.put(slot(change.slot(), CONSUMED, Optional.of(change.consumption())));
  }

  private void attemptAdded(AttemptAdded change) {
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

  private void attemptSigned(AttemptSigned change) {
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

  private void attemptSent(AttemptSent change) {
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

  private void attemptEnded(AttemptEnded change) {
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

  private void slotMoved(SlotMoved change) {
    StoredSlot slot = slot(change.slot());
    demand(
        slot.state() == change.from(),
        () -> name(slot) + " is " + slot.state() + ", not " + change.from());
    demand(
        change.from().next().contains(change.to()),
        () -> name(slot) + " cannot go from " + change.from() + " to " + change.to());
    if (change.to().isOpen()) {
      demand(
          change.consumption().isEmpty(),
          () -> name(slot) + " is open and consumed at the same time");
      reopens(slot, change);
      forgetMembers(slot);
      StoredSlot open = slot.moved(change.to(), Optional.empty());
      records.put(change.to() == RELEASED ? open.reserved(Optional.empty()) : open);
      return;
    }
    Optional<Consumption> consumption =
        change.to() == CONSUMED_FINAL
            ? change.consumption().or(slot::consumption)
            : change.consumption();
    demand(consumption.isPresent(), () -> name(slot) + " is consumed by nothing");
    records.put(slot.moved(change.to(), consumption));
  }

  private void finalityBroken(FinalityBroken change) {
    StoredSlot slot = slot(change.slot());
    demand(slot.state() == CONSUMED_FINAL, () -> name(slot) + " is " + slot.state());
    demand(
        records.lane().state() == LaneState.FROZEN,
        () -> "lane is " + records.lane().state() + ", not FROZEN");
    Consumption was = slot.consumption().orElseThrow();
    demand(
        was.block().number() == change.replacedBy().number()
            && !was.block().equals(change.replacedBy()),
        () -> name(slot) + " is final in " + was.block() + ", which that does not replace");
    slot.transfer()
        .map(this::transfer)
        .ifPresent(
            transfer ->
                demand(
                    transfer.isBroken(),
                    () -> name(transfer) + " is " + transfer.state() + " by this slot"));
    List<StoredAttempt> attempts = new ArrayList<>();
    for (StoredAttempt attempt : slot.attempts()) {
      boolean won = attempt.state() == WON;
      boolean dead =
          was.by() == REVERTED || was.by() == HOST_REVERTED || attempt.archivedHash().isPresent();
      attempts.add(won ? attempt.moved(dead ? LOST : UNKNOWN) : attempt);
    }
    forgetMembers(slot);
    records.put(slot.moved(EXPOSED, Optional.empty()).with(attempts));
  }

  private void membersSeen(MembersSeen change) {
    StoredTransfer transfer = transfer(change.transfer());
    Optional<ConsumerClass> by =
        transfer
            .slot()
            .flatMap(records::slot)
            .filter(slot -> slot.state() == CONSUMED)
            .flatMap(StoredSlot::consumption)
            .map(Consumption::by);
    demand(
        by.equals(Optional.of(PAYMENT)) || by.equals(Optional.of(UNPROVEN)),
        () -> name(transfer) + " has no transaction in a block that succeeded");
    demand(
        transfer
            .group()
            .filter(group -> group.states().size() == change.settlements().size())
            .isPresent(),
        () -> name(transfer) + " is no group of " + change.settlements().size());
    long logs = change.settlements().stream().flatMapToLong(one -> one.log().stream()).count();
    demand(
        logs
            == change.settlements().stream()
                .flatMapToLong(one -> one.log().stream())
                .distinct()
                .count(),
        () -> name(transfer) + " has two members that one log proves");
    demand(
        by.equals(Optional.of(UNPROVEN))
            || change.settlements().stream().noneMatch(Settlement.UNKNOWN::equals),
        () -> name(transfer) + " is paid with members of which nothing is proven");
    records.put(transfer.withSeen(change.settlements()));
  }

  /** What a block proved is proven no more without it. */
  private void forgetMembers(StoredSlot slot) {
    slot.transfer()
        .flatMap(records::transfer)
        .filter(transfer -> transfer.group().isPresent())
        .ifPresent(transfer -> records.put(transfer.withSeen(List.of())));
  }

  /** I2, I3: intents and signed bytes bring a slot forward, and a reorg never takes them away. */
  private static void reopens(StoredSlot slot, SlotMoved change) {
    if (change.from() != CONSUMED) {
      demand(
          change.to() == RELEASED,
          () -> name(slot) + " becomes " + change.to() + " only with its attempt");
      return;
    }
    boolean signed = slot.attempts().stream().anyMatch(attempt -> attempt.hash().isPresent());
    boolean intended = slot.transfer().isPresent() || !slot.attempts().isEmpty();
    boolean fits =
        switch (change.to()) {
          case EXPOSED -> true;
          case INTENDED -> intended && !signed;
          case RESERVED -> !intended && slot.reservation().isPresent();
          default -> !intended && slot.reservation().isEmpty();
        };
    demand(fits, () -> name(slot) + " cannot open again as " + change.to());
  }

  private void finalNonceRaised(FinalNonceRaised change) {
    StoredLane lane = records.lane();
    demand(
        change.finalNonce() >= lane.finalNonce(),
        () -> "final nonce cannot fall from " + lane.finalNonce() + " to " + change.finalNonce());
    records.put(lane.withFinalNonce(change.finalNonce()));
  }

  private void laneMoved(LaneMoved change) {
    records.put(records.lane().moved(change.to(), change.incident()));
  }

  private void takeNext(SlotId slot) {
    StoredLane lane = records.lane();
    demand(
        slot.nonce() == lane.nextNonce(),
        () -> "next nonce of the lane is " + lane.nextNonce() + ", not " + slot.nonce());
    records.put(lane.withNextNonce(slot.nonce() + 1));
  }

  private StoredLane ownLane(SlotId slot) {
    StoredLane lane = records.lane();
    demand(slot.lane().equals(lane.id()), () -> slot + " is not of lane " + lane.id());
    return lane;
  }

  private void demandNew(SlotId id) {
    records
        .slot(id)
        .ifPresent(
            slot -> {
              throw new IllegalChangeException(name(slot) + " is taken: " + slot.state());
            });
  }

  private StoredTransfer transfer(TransferId id) {
    StoredTransfer transfer =
        records
            .transfer(id)
            .orElseThrow(() -> new IllegalChangeException("transfer/" + id + " is not known"));
    demand(
        transfer.lane().equals(records.lane().id()),
        () -> name(transfer) + " is not of lane " + records.lane().id());
    return transfer;
  }

  private StoredSlot slot(SlotId id) {
    ownLane(id);
    return records
        .slot(id)
        .orElseThrow(() -> new IllegalChangeException("slot/" + id + " is not known"));
  }

  private static StoredAttempt attempt(StoredSlot slot, AttemptId id) {
    demand(
        id.sequence() <= slot.attempts().size(),
        () -> name(slot) + " has no attempt " + id.sequence());
    return slot.attempts().get(id.sequence() - 1);
  }

  private static StoredSlot slot(SlotId id, SlotState state, Optional<Consumption> consumption) {
    return new StoredSlot(id, state, Optional.empty(), List.of(), consumption);
  }

  private static StoredSlot with(StoredSlot slot, StoredAttempt changed) {
    List<StoredAttempt> attempts = new ArrayList<>(slot.attempts());
    attempts.set(changed.id().sequence() - 1, changed);
    return slot.with(attempts);
  }

  private static String name(StoredTransfer transfer) {
    return "transfer/" + transfer.id();
  }

  private static String name(StoredSlot slot) {
    return "slot/" + slot.id();
  }

  private static String name(StoredAttempt attempt) {
    return "attempt/" + attempt.id();
  }

  private static void demand(boolean fits, Supplier<String> otherwise) {
    if (!fits) {
      throw new IllegalChangeException(otherwise.get());
    }
  }
}
