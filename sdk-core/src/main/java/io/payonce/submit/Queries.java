package io.payonce.submit;

import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.SlotId;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferFilter;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Questions about many payments, answered by the journal alone. Blocks; changes nothing. */
final class Queries {
  private static final int MAX_PAGE = 1000;

  private final TransferStore store;

  Queries(TransferStore store) {
    this.store = store;
  }

  Page<TransferStatus> list(TransferFilter filter, Optional<PageToken> from, int limit) {
    Page<StoredTransfer> found = find(filter, from, limit);
    return new Page<>(
        found.entries().stream().map(transfer -> Statuses.of(store, transfer)).toList(),
        found.next());
  }

  Page<StuckTransfer> listStuck(
      TransferFilter filter, Duration age, Instant now, Optional<PageToken> from, int limit) {
    Set<TransferState> open = TransferState.open();
    if (!filter.states().isEmpty()) {
      open.retainAll(filter.states());
    }
    if (open.isEmpty()) {
      return new Page<>(List.of(), Optional.empty());
    }
    TransferFilter stuck = filter.inStates(open).acceptedBefore(now.minus(age));
    Page<StoredTransfer> found = find(stuck, from, limit);
    Map<String, Optional<SlotId>> lowest = new TreeMap<>();
    List<StuckTransfer> entries = new ArrayList<>();
    for (StoredTransfer transfer : found.entries()) {
      LaneId lane = transfer.lane();
      Optional<SlotId> first = lowest.computeIfAbsent(lane.toString(), name -> lowestOpen(lane));
      entries.add(
          new StuckTransfer(
              Statuses.of(store, transfer),
              Duration.between(transfer.acceptedAt(), now),
              first.filter(slot -> transfer.slot().filter(slot::equals).isEmpty())));
    }
    return new Page<>(entries, found.next());
  }

  Optional<TransferHistory> history(IdempotencyKey key) {
    return store
        .find(key)
        .map(
            transfer ->
                new TransferHistory(
                    Statuses.of(store, transfer),
                    transfer
                        .slot()
                        .flatMap(store::slot)
                        .map(StoredSlot::attempts)
                        .orElse(List.of()),
                    transfer.slot().map(store::answers).orElse(List.of()),
                    store.events(transfer.id())));
  }

  private Optional<SlotId> lowestOpen(LaneId lane) {
    return store.openSlots(lane).stream()
        .filter(slot -> slot.state().isOpen())
        .map(StoredSlot::id)
        .findFirst();
  }

  private Page<StoredTransfer> find(TransferFilter filter, Optional<PageToken> from, int limit) {
    if (limit < 1 || limit > MAX_PAGE) {
      throw new IllegalArgumentException("limit " + limit + " must be 1 to " + MAX_PAGE);
    }
    List<StoredTransfer> found = store.list(filter, from.map(PageToken::below), limit + 1);
    if (found.size() <= limit) {
      return new Page<>(found, Optional.empty());
    }
    List<StoredTransfer> page = found.subList(0, limit);
    return new Page<>(page, Optional.of(new PageToken(page.get(limit - 1).id())));
  }
}
