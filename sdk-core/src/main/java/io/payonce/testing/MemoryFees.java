package io.payonce.testing;

import io.payonce.ChainId;
import io.payonce.SlotId;
import io.payonce.Wei;
import io.payonce.store.internal.FeeBooking;
import io.payonce.store.internal.FeeStage;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The fees of a journal in memory. Not thread-safe: under the lock of the journal. */
final class MemoryFees {
  private final Map<SlotId, FeeBooking> bookings = new HashMap<>();
  private final Map<ChainId, Wei> inFlight = new HashMap<>();
  private final Map<ChainId, TreeMap<Long, Wei>> settled = new HashMap<>();

  MemoryFees copy() {
    MemoryFees copy = new MemoryFees();
    copy.bookings.putAll(bookings);
    copy.inFlight.putAll(inFlight);
    settled.forEach((chain, map) -> copy.settled.put(chain, new TreeMap<>(map)));
    return copy;
  }

  void write(ChainId chain, FeeStage staged) {
    if (staged.changed().isEmpty()) {
      return;
    }
    staged.changed().forEach(booking -> bookings.put(booking.slot(), booking));
    inFlight.put(chain, staged.inFlight());
    TreeMap<Long, Wei> minutes = settled.computeIfAbsent(chain, c -> new TreeMap<>());
    staged.settled().forEach((minute, paid) -> minutes.merge(minute, paid, Wei::plus));
  }

  Optional<FeeBooking> booking(SlotId slot) {
    return Optional.ofNullable(bookings.get(slot));
  }

  Wei inFlight(ChainId chain) {
    return inFlight.getOrDefault(chain, Wei.ZERO);
  }

  SortedMap<Long, Wei> settledFrom(ChainId chain, long minute) {
    return new TreeMap<>(settled.getOrDefault(chain, new TreeMap<>()).tailMap(minute));
  }
}
