package io.payonce.store.internal;

import io.payonce.Address;
import io.payonce.SlotId;
import io.payonce.TokenAmount;
import io.payonce.TransferId;
import io.payonce.store.JournalChange;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredOrphan;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One lane in memory: the fold of what was committed. It holds what was put into it and what {@link
 * #apply} made; a change that needs a record which is not here is refused. Fee bookings leave no
 * trace here. Confined to one thread.
 */
public final class LaneView implements LaneRecords {
  private StoredLane lane;
  private final TreeMap<Long, StoredSlot> slots = new TreeMap<>();
  private final TreeMap<TransferId, StoredTransfer> transfers = new TreeMap<>();

  private final List<StoredOrphan> orphans = new ArrayList<>();

  /**
   * A lane as it was loaded.
   *
   * @param orphans of the lane's chain
   */
  public LaneView(
      StoredLane lane,
      Collection<StoredSlot> slots,
      Collection<StoredTransfer> transfers,
      Collection<StoredOrphan> orphans) {
    this.lane = lane;
    slots.forEach(this::put);
    transfers.forEach(this::put);
    this.orphans.addAll(orphans);
  }

  /**
   * Folds one committed change in.
   *
   * @throws IllegalChangeException when it does not fit; the view is as before
   */
  public void apply(JournalChange change, Instant at) {
    ChangeRules.apply(this, change, at);
  }

  @Override
  public StoredLane lane() {
    return lane;
  }

  /** By nonce, ascending; unmodifiable and live. */
  public NavigableMap<Long, StoredSlot> slots() {
    return Collections.unmodifiableNavigableMap(slots);
  }

  /** By id, ascending; unmodifiable and live. */
  public NavigableMap<TransferId, StoredTransfer> transfers() {
    return Collections.unmodifiableNavigableMap(transfers);
  }

  @Override
  public Optional<StoredSlot> slot(SlotId id) {
    return id.lane().equals(lane.id())
        ? Optional.ofNullable(slots.get(id.nonce()))
        : Optional.empty();
  }

  @Override
  public Optional<StoredTransfer> transfer(TransferId id) {
    return Optional.ofNullable(transfers.get(id));
  }

  @Override
  public List<StoredOrphan> orphansLike(Address payee, TokenAmount amount) {
    return orphans.stream().filter(orphan -> orphan.isLike(payee, amount)).toList();
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
    slots.put(slot.id().nonce(), slot);
  }

  @Override
  public void put(StoredTransfer transfer) {
    transfers.put(transfer.id(), transfer);
  }

  /** Drops a slot that needs no more work from memory. */
  public void forget(SlotId id) {
    slots.remove(id.nonce());
  }

  /** Drops a transfer that needs no more work from memory. */
  public void forget(TransferId id) {
    transfers.remove(id);
  }
}
