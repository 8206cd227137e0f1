package io.payonce.store.internal;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.SlotId;
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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

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

  /** Derived from the records when it is asked for, once after each change of them. */
  private @Nullable List<StoredSlot> open;

  private @Nullable Waiting waiting;

  /**
   * What a plan asks of the transfers again and again.
   *
   * @param unbound those without a nonce, by id
   * @param dated those with a deadline, by id
   * @param tokens of all transfers
   */
  public record Waiting(
      List<StoredTransfer> unbound, List<StoredTransfer> dated, Set<Asset.Erc20> tokens) {}

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

  /** Slots that the chain still has to consume, in nonce order. */
  public List<StoredSlot> open() {
    List<StoredSlot> known = open;
    if (known == null) {
      known = slots.values().stream().filter(slot -> slot.state().isOpen()).toList();
      open = known;
    }
    return known;
  }

  /** The transfers as a plan looks at them; unmodifiable, and of this moment. */
  public Waiting waiting() {
    Waiting known = waiting;
    if (known == null) {
      List<StoredTransfer> unbound = new ArrayList<>();
      List<StoredTransfer> dated = new ArrayList<>();
      Set<Asset.Erc20> tokens = new LinkedHashSet<>();
      for (StoredTransfer transfer : transfers.values()) {
        if (transfer.state().isUnbound()) {
          unbound.add(transfer);
        }
        if (transfer.options().deadline().isPresent()) {
          dated.add(transfer);
        }
        if (transfer.transfer().amount().asset() instanceof Asset.Erc20 token) {
          tokens.add(token);
        }
      }
      known =
          new Waiting(
              Collections.unmodifiableList(unbound),
              Collections.unmodifiableList(dated),
              Collections.unmodifiableSet(tokens));
      waiting = known;
    }
    return known;
  }

  @Override
  public Optional<StoredSlot> slot(SlotId id) {
    return id.lane().equals(lane.id())
        ? Optional.ofNullable(slots.get(id.nonce()))
        : Optional.empty();
  }

  @Override
  public Optional<StoredSlot> reservedAs(String name) {
    return slots.values().stream().filter(slot -> slot.isReservedAs(name)).findFirst();
  }

  @Override
  public Optional<StoredTransfer> transfer(TransferId id) {
    return Optional.ofNullable(transfers.get(id));
  }

  @Override
  public List<StoredOrphan> orphansTo(Address payee) {
    return orphans.stream().filter(orphan -> orphan.payee().equals(payee)).toList();
  }

  @Override
  public void put(StoredOrphan changed) {
    orphans.removeIf(changed::isSame);
    orphans.add(changed);
  }

  /** Takes the orphans as they are stored now: other lanes find some, and people rule on them. */
  public void replaceOrphans(Collection<StoredOrphan> stored) {
    orphans.clear();
    orphans.addAll(stored);
  }

  @Override
  public void put(StoredLane changed) {
    lane = changed;
  }

  @Override
  public void put(StoredSlot slot) {
    if (!slot.id().lane().equals(lane.id())) {
      throw new IllegalArgumentException("slot/" + slot.id() + " is of another lane");
    }
    slots.put(slot.id().nonce(), slot);
    open = null;
  }

  @Override
  public void put(StoredTransfer transfer) {
    transfers.put(transfer.id(), transfer);
    waiting = null;
  }

  /** Drops a slot that needs no more work from memory. */
  public void forget(SlotId id) {
    slots.remove(id.nonce());
    open = null;
  }

  /** Drops a transfer that needs no more work from memory. */
  public void forget(TransferId id) {
    transfers.remove(id);
    waiting = null;
  }
}
