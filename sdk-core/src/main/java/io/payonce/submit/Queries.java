package io.payonce.submit;

import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Questions about many payments, answered by the journal alone. Blocks; changes nothing. */
final class Queries {
  private static final int MAX_PAGE = 1000;

  /** Rows that one page looks at, at most: a filter that fits little gives short pages. */
  private static final int MAX_ROWS = 10_000;

  private static final int ROWS_AT_ONCE = 500;

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
    EnumSet<TransferState> open = EnumSet.noneOf(TransferState.class);
    for (TransferState state : TransferState.values()) {
      if (!state.isTerminal() && (filter.states().isEmpty() || filter.states().contains(state))) {
        open.add(state);
      }
    }
    Instant latest = now.minus(age);
    TransferFilter stuck =
        new TransferFilter(
            open,
            filter.lane(),
            filter.tenant(),
            filter.acceptedFrom(),
            filter
                .acceptedUntil()
                .filter(until -> until.isBefore(latest))
                .or(() -> Optional.of(latest)),
            filter.asset(),
            filter.payee());
    if (open.isEmpty()) {
      return new Page<>(List.of(), Optional.empty());
    }
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
    List<StoredTransfer> found = new ArrayList<>();
    Optional<TransferId> below = from.map(PageToken::below);
    for (int rows = 0; rows < MAX_ROWS; ) {
      List<StoredTransfer> some = newest(filter.states(), below);
      for (StoredTransfer transfer : some) {
        below = Optional.of(transfer.id());
        if (isTooOld(filter, transfer)) {
          return new Page<>(found, Optional.empty());
        }
        if (filter.fits(transfer)) {
          found.add(transfer);
        }
        if (found.size() == limit) {
          return new Page<>(found, below.map(PageToken::new));
        }
      }
      if (some.size() < ROWS_AT_ONCE) {
        return new Page<>(found, Optional.empty());
      }
      rows += some.size();
    }
    return new Page<>(found, below.map(PageToken::new));
  }

  /** Ids rise with the time of acceptance, but for what is accepted at the same time. */
  private static boolean isTooOld(TransferFilter filter, StoredTransfer transfer) {
    return filter
        .acceptedFrom()
        .filter(from -> transfer.acceptedAt().isBefore(from.minus(Duration.ofHours(1))))
        .isPresent();
  }

  /** The newest of any of these states, merged from the journal's own lists by state. */
  private List<StoredTransfer> newest(Set<TransferState> states, Optional<TransferId> below) {
    if (states.isEmpty()) {
      return store.list(Optional.empty(), below, ROWS_AT_ONCE);
    }
    List<StoredTransfer> all = new ArrayList<>();
    for (TransferState state : states) {
      all.addAll(store.list(Optional.of(state), below, ROWS_AT_ONCE));
    }
    all.sort(Comparator.comparing(StoredTransfer::id).reversed());
    return all.subList(0, Math.min(ROWS_AT_ONCE, all.size()));
  }
}
