package io.payonce.testing;

import io.payonce.LaneId;
import io.payonce.SlotId;
import io.payonce.store.SlotState;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredSlot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** The nonces of a journal in memory. Not thread-safe: under the lock of the journal. */
final class MemorySlots {
  private final Map<LaneId, NavigableMap<Long, StoredSlot>> all = new HashMap<>();
  private final Map<LaneId, NavigableMap<Long, StoredSlot>> open = new HashMap<>();

  /** Since when a nonce is final. */
  private final Map<SlotId, Instant> finalSince = new HashMap<>();

  /** Every nonce of the lane below this one was archived. */
  private final Map<LaneId, Long> archivedBelow = new HashMap<>();

  MemorySlots copy() {
    MemorySlots copy = new MemorySlots();
    all.forEach((lane, map) -> copy.all.put(lane, new TreeMap<>(map)));
    open.forEach((lane, map) -> copy.open.put(lane, new TreeMap<>(map)));
    copy.finalSince.putAll(finalSince);
    copy.archivedBelow.putAll(archivedBelow);
    return copy;
  }

  void put(StoredSlot slot) {
    LaneId lane = slot.id().lane();
    long nonce = slot.id().nonce();
    all.computeIfAbsent(lane, l -> new TreeMap<>()).put(nonce, slot);
    NavigableMap<Long, StoredSlot> openOnes = open.computeIfAbsent(lane, l -> new TreeMap<>());
    if (slot.state() == SlotState.CONSUMED_FINAL) {
      openOnes.remove(nonce);
    } else {
      openOnes.put(nonce, slot);
    }
  }

  void becameFinal(SlotId slot, Instant at) {
    finalSince.put(slot, at);
  }

  Optional<StoredSlot> find(SlotId slot) {
    return Optional.ofNullable(of(slot.lane()).get(slot.nonce()));
  }

  List<StoredSlot> open(LaneId lane) {
    return List.copyOf(open.getOrDefault(lane, new TreeMap<>()).values());
  }

  Optional<StoredSlot> reserved(LaneId lane, String name) {
    return of(lane).values().stream().filter(slot -> slot.isReservedAs(name)).findFirst();
  }

  List<StoredSlot> finals(LaneId lane, long below, int limit) {
    List<StoredSlot> page = new ArrayList<>();
    of(lane).headMap(below, false).descendingMap().values().stream()
        .filter(slot -> slot.state() == SlotState.CONSUMED_FINAL)
        .limit(limit)
        .forEach(page::add);
    Collections.reverse(page);
    return page;
  }

  /** The next nonces whose bytes went, in their order. */
  List<StoredSlot> archive(LaneId lane, Instant finalBefore, int limit) {
    long from = archivedBelow.getOrDefault(lane, 0L);
    List<StoredSlot> due = new ArrayList<>();
    for (StoredSlot slot : of(lane).tailMap(from).values()) {
      if (due.size() == limit || !isFinalBefore(slot, finalBefore)) {
        break;
      }
      due.add(slot);
    }
    for (StoredSlot slot : due) {
      put(slot.with(slot.attempts().stream().map(StoredAttempt::archived).toList()));
      archivedBelow.put(lane, slot.id().nonce() + 1);
    }
    return due;
  }

  private boolean isFinalBefore(StoredSlot slot, Instant time) {
    Instant since = finalSince.get(slot.id());
    return slot.state() == SlotState.CONSUMED_FINAL && since != null && since.isBefore(time);
  }

  private NavigableMap<Long, StoredSlot> of(LaneId lane) {
    return all.getOrDefault(lane, new TreeMap<>());
  }
}
