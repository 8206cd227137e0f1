package io.payonce.store.internal;

import static io.payonce.store.AttemptState.LOST;
import static io.payonce.store.AttemptState.UNKNOWN;
import static io.payonce.store.AttemptState.WON;
import static io.payonce.store.ConsumerClass.HOST_REVERTED;
import static io.payonce.store.ConsumerClass.REVERTED;
import static io.payonce.store.SlotState.CONSUMED;
import static io.payonce.store.SlotState.CONSUMED_FINAL;
import static io.payonce.store.SlotState.EXPOSED;
import static io.payonce.store.SlotState.INTENDED;
import static io.payonce.store.SlotState.RELEASED;
import static io.payonce.store.SlotState.RESERVED;

import io.payonce.SlotId;
import io.payonce.store.Consumption;
import io.payonce.store.JournalChange.FinalityBroken;
import io.payonce.store.JournalChange.HostMayHaveSent;
import io.payonce.store.JournalChange.SlotBound;
import io.payonce.store.JournalChange.SlotFound;
import io.payonce.store.JournalChange.SlotMoved;
import io.payonce.store.JournalChange.SlotReserved;
import io.payonce.store.JournalChange.SlotTaken;
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

/** What changes of nonces demand: who holds them, and what took them. */
final class SlotRules extends Rules {
  SlotRules(LaneRecords records, Instant at) {
    super(records, at);
  }

  void bound(SlotBound change) {
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

  void taken(SlotTaken change) {
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

  void reserved(SlotReserved change) {
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

  void hostMayHaveSent(HostMayHaveSent change) {
    StoredSlot slot = slot(change.slot());
    demand(
        slot.host().isPresent() && slot.state() == INTENDED,
        () -> name(slot) + " is " + slot.state() + ": no host may have sent anything unseen");
    records.put(
        slot.moved(EXPOSED, Optional.empty())
            .reserved(slot.reservation().map(held -> held.exposedBy(change.evidence()))));
  }

  void found(SlotFound change) {
    StoredLane lane = ownLane(change.slot());
    demandNew(change.slot());
    if (change.slot().nonce() >= lane.nextNonce()) {
      records.put(lane.withNextNonce(change.slot().nonce() + 1));
    }
    records.put(slot(change.slot(), CONSUMED, Optional.of(change.consumption())));
  }

  void moved(SlotMoved change) {
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

  void finalityBroken(FinalityBroken change) {
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

  /** What a block proved is proven no more without it. */
  private void forgetMembers(StoredSlot slot) {
    slot.transfer()
        .flatMap(records::transfer)
        .filter(transfer -> transfer.group().isPresent())
        .ifPresent(transfer -> records.put(transfer.withSeen(List.of())));
  }

  private void takeNext(SlotId slot) {
    StoredLane lane = records.lane();
    demand(
        slot.nonce() == lane.nextNonce(),
        () -> "next nonce of the lane is " + lane.nextNonce() + ", not " + slot.nonce());
    records.put(lane.withNextNonce(slot.nonce() + 1));
  }

  private void demandNew(SlotId id) {
    records
        .slot(id)
        .ifPresent(
            slot -> {
              throw new IllegalChangeException(name(slot) + " is taken: " + slot.state());
            });
  }

  private static StoredSlot slot(SlotId id, SlotState state, Optional<Consumption> consumption) {
    return new StoredSlot(id, state, Optional.empty(), List.of(), consumption);
  }
}
