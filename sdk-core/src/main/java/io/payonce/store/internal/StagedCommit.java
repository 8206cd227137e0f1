package io.payonce.store.internal;

import io.payonce.Address;
import io.payonce.ChainId;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.store.CommitResult;
import io.payonce.store.JournalChange;
import io.payonce.store.JournalChange.FeeBooked;
import io.payonce.store.JournalChange.FeeSettled;
import io.payonce.store.JournalChange.FinalityBroken;
import io.payonce.store.JournalChange.RequestAnswered;
import io.payonce.store.LaneRequest;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredOrphan;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One commit before it is written: reads through to the store, keeps every change apart, and tells
 * the store in the end which records differ. A refused commit is simply dropped. Confined to one
 * thread.
 */
public final class StagedCommit implements LaneRecords {

  /** What the store holds before the commit. */
  public interface Source extends FeeStage.Source {
    Optional<StoredSlot> slot(SlotId id);

    /** The nonce of the lane that is reserved under this name. */
    Optional<StoredSlot> reservedAs(String name);

    Optional<StoredTransfer> transfer(TransferId id);

    Optional<LaneRequest> request(long id);

    /** The orphans of the lane's chain that paid this address. */
    List<StoredOrphan> orphansTo(Address payee);
  }

  /** A record to write, with what it replaces; empty for a new one. */
  public record Changed<T>(Optional<T> before, T after) {}

  private final Source source;
  private final StoredLane before;
  private StoredLane lane;
  private final Map<SlotId, Optional<StoredSlot>> slotsBefore = new LinkedHashMap<>();
  private final Map<SlotId, StoredSlot> slots = new LinkedHashMap<>();
  private final Map<TransferId, Optional<StoredTransfer>> transfersBefore = new LinkedHashMap<>();
  private final Map<TransferId, StoredTransfer> transfers = new LinkedHashMap<>();
  private final Map<Long, LaneRequest> answered = new LinkedHashMap<>();
  private final List<StoredOrphan> orphans = new ArrayList<>();
  private final FeeStage fees;

  public StagedCommit(StoredLane lane, Source source) {
    this.before = lane;
    this.lane = lane;
    this.source = source;
    this.fees = new FeeStage(source);
  }

  /** Applies all changes to the stage; after any other answer than {@code Applied} drop it. */
  public CommitResult apply(List<JournalChange> changes, Instant at) {
    try {
      for (JournalChange change : changes) {
        ChangeRules.apply(this, change, at);
        if (change instanceof FeeBooked booked) {
          ownChain(booked.chain());
          Optional<String> full =
              fees.book(booked.slot(), booked.worst(), booked.limitPerHour(), at);
          if (full.isPresent()) {
            return new CommitResult.FeeWindowFull(full.get());
          }
        } else if (change instanceof RequestAnswered answered) {
          answer(answered);
        } else if (change instanceof FinalityBroken broken) {
          fees.reopen(broken.slot());
        } else if (change instanceof FeeSettled settled) {
          ownChain(settled.chain());
          fees.settle(settled.slot(), settled.actual(), at);
        }
      }
      return new CommitResult.Applied();
    } catch (IllegalChangeException refused) {
      return new CommitResult.Conflict(String.valueOf(refused.getMessage()));
    }
  }

  @Override
  public StoredLane lane() {
    return lane;
  }

  @Override
  public Optional<StoredSlot> slot(SlotId id) {
    StoredSlot staged = slots.get(id);
    return staged != null ? Optional.of(staged) : slotsBefore.computeIfAbsent(id, source::slot);
  }

  @Override
  public Optional<StoredSlot> reservedAs(String name) {
    return slots.values().stream()
        .filter(slot -> slot.isReservedAs(name))
        .findFirst()
        .or(() -> source.reservedAs(name).filter(slot -> !slots.containsKey(slot.id())));
  }

  @Override
  public Optional<StoredTransfer> transfer(TransferId id) {
    StoredTransfer staged = transfers.get(id);
    return staged != null
        ? Optional.of(staged)
        : transfersBefore.computeIfAbsent(id, source::transfer);
  }

  @Override
  public List<StoredOrphan> orphansTo(Address payee) {
    List<StoredOrphan> all = new ArrayList<>(source.orphansTo(payee));
    all.removeIf(old -> orphans.stream().anyMatch(old::isSame));
    orphans.stream().filter(orphan -> orphan.payee().equals(payee)).forEach(all::add);
    return all;
  }

  @Override
  public void put(StoredOrphan changed) {
    orphans.removeIf(changed::isSame);
    orphans.add(changed);
  }

  @Override
  public void put(StoredLane changed) {
    lane = changed;
  }

  @Override
  public void put(StoredSlot slot) {
    slots.put(slot.id(), slot);
  }

  @Override
  public void put(StoredTransfer transfer) {
    transfers.put(transfer.id(), transfer);
  }

  public boolean laneChanged() {
    return !lane.equals(before);
  }

  /** The slots to write, in the order of their first change. */
  public List<Changed<StoredSlot>> changedSlots() {
    List<Changed<StoredSlot>> changed = new ArrayList<>();
    slots.forEach(
        (id, slot) ->
            changed.add(new Changed<>(slotsBefore.computeIfAbsent(id, source::slot), slot)));
    return changed;
  }

  /** The transfers to write, in the order of their first change. */
  public List<Changed<StoredTransfer>> changedTransfers() {
    List<Changed<StoredTransfer>> changed = new ArrayList<>();
    transfers.forEach(
        (id, transfer) ->
            changed.add(
                new Changed<>(transfersBefore.computeIfAbsent(id, source::transfer), transfer)));
    return changed;
  }

  /** The requests that this commit answers, with their answers. */
  public List<LaneRequest> answered() {
    return List.copyOf(answered.values());
  }

  private void answer(RequestAnswered change) {
    LaneRequest open =
        source
            .request(change.request())
            .filter(request -> request.lane().equals(lane.id()) && request.answer().isEmpty())
            .orElseThrow(
                () ->
                    new IllegalChangeException(
                        "request/" + change.request() + " is not open in lane " + lane.id()));
    if (answered.putIfAbsent(open.id(), open.answered(change.answer())) != null) {
      throw new IllegalChangeException("request/" + open.id() + " is answered twice");
    }
  }

  /** The orphans to write, new ones and those that somebody ruled on. */
  public List<StoredOrphan> changedOrphans() {
    return List.copyOf(orphans);
  }

  public FeeStage fees() {
    return fees;
  }

  private void ownChain(ChainId chain) {
    if (!chain.equals(lane.id().chain())) {
      throw new IllegalChangeException("fee of chain " + chain + " in lane " + lane.id());
    }
  }
}
