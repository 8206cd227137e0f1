package io.payonce.store.jdbc;

import io.payonce.Address;
import io.payonce.LaneId;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.Wei;
import io.payonce.store.JournalChange;
import io.payonce.store.LaneRequest;
import io.payonce.store.StoredOrphan;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.internal.FeeBooking;
import io.payonce.store.internal.StagedCommit;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;

/**
 * The rows as a commit reads them, inside its own transaction and under the lock of its lane. What
 * the changes name is read at once, in a few statements however many they are; the rest one by one.
 * Confined to one thread.
 */
final class CommitSource implements StagedCommit.Source {
  private final LaneId lane;
  private final JournalReader reader;
  private final SlotRows slotRows;
  private final OrphanRows orphans;
  private final FeeRows fees;
  private final RequestRows requests;

  // Only asked, never iterated; an empty value is a row that is not there.
  private final Map<SlotId, Optional<StoredSlot>> slots = new HashMap<>();
  private final Map<TransferId, Optional<StoredTransfer>> transfers = new HashMap<>();
  private final Map<SlotId, Optional<FeeBooking>> bookings = new HashMap<>();
  private final Map<Long, SortedMap<Long, Wei>> settled = new HashMap<>();
  private Optional<Boolean> hasOrphans = Optional.empty();

  CommitSource(LaneId lane, Session session) {
    this.lane = lane;
    this.reader = new JournalReader(session);
    this.slotRows = new SlotRows(session);
    this.orphans = new OrphanRows(session);
    this.fees = new FeeRows(session);
    this.requests = new RequestRows(session);
  }

  /** Reads what these changes are about. */
  void expect(List<JournalChange> changes) throws SQLException {
    Set<Long> touched = new TreeSet<>();
    Set<Long> signed = new TreeSet<>();
    Set<Long> booked = new TreeSet<>();
    Set<TransferId> named = new TreeSet<>();
    for (JournalChange change : changes) {
      if (change instanceof JournalChange.TransferMoved moved) {
        named.add(moved.transfer());
      } else if (change instanceof JournalChange.SlotBound bound) {
        named.add(bound.transfer());
        touched.add(bound.slot().nonce());
      } else if (change instanceof JournalChange.SlotReserved reserved) {
        touched.add(reserved.slot().nonce());
      } else if (change instanceof JournalChange.HostMayHaveSent sent) {
        touched.add(sent.slot().nonce());
      } else if (change instanceof JournalChange.AttemptAdded added) {
        touched.add(added.attempt().slot().nonce());
      } else if (change instanceof JournalChange.AttemptSigned attempt) {
        signed.add(attempt.attempt().slot().nonce());
      } else if (change instanceof JournalChange.AttemptSent sent) {
        touched.add(sent.attempt().slot().nonce());
      } else if (change instanceof JournalChange.AttemptEnded ended) {
        touched.add(ended.attempt().slot().nonce());
      } else if (change instanceof JournalChange.SlotMoved moved) {
        touched.add(moved.slot().nonce());
      } else if (change instanceof JournalChange.FeeBooked fee) {
        booked.add(fee.slot().nonce());
      } else if (change instanceof JournalChange.FeeSettled fee) {
        booked.add(fee.slot().nonce());
      }
    }
    touched.addAll(signed);
    touched.forEach(nonce -> slots.put(new SlotId(lane, nonce), Optional.empty()));
    for (StoredSlot slot : slotRows.slots(lane, touched)) {
      slots.put(slot.id(), Optional.of(slot));
      if (signed.contains(slot.id().nonce())) {
        slot.transfer().ifPresent(named::add); // it moves with its first signature
      }
    }
    named.forEach(id -> transfers.put(id, Optional.empty()));
    reader.transfers(named).forEach((id, transfer) -> transfers.put(id, Optional.of(transfer)));
    booked.forEach(nonce -> bookings.put(new SlotId(lane, nonce), Optional.empty()));
    for (FeeBooking booking : fees.bookings(lane, booked)) {
      bookings.put(booking.slot(), Optional.of(booking));
    }
  }

  @Override
  public Optional<StoredSlot> slot(SlotId id) {
    return slots.computeIfAbsent(id, slot -> ask(() -> slotRows.slot(slot)));
  }

  @Override
  public Optional<StoredSlot> reservedAs(String name) {
    return ask(() -> slotRows.reserved(lane, name));
  }

  @Override
  public Optional<StoredTransfer> transfer(TransferId id) {
    return transfers.computeIfAbsent(id, transfer -> ask(() -> reader.transfer(transfer)));
  }

  @Override
  public Optional<LaneRequest> request(long id) {
    return ask(() -> requests.find(id));
  }

  @Override
  public List<StoredOrphan> orphansTo(Address payee) {
    if (hasOrphans.isEmpty()) {
      hasOrphans = Optional.of(ask(() -> orphans.hasAny(lane.chain())));
    }
    return hasOrphans.get() ? ask(() -> orphans.to(lane.chain(), payee)) : List.of();
  }

  @Override
  public Optional<FeeBooking> booking(SlotId slot) {
    return bookings.computeIfAbsent(
        slot, id -> ask(() -> fees.bookings(id.lane(), List.of(id.nonce()))).stream().findFirst());
  }

  @Override
  public Wei inFlight() {
    return ask(() -> fees.inFlight(lane.chain()));
  }

  /** After {@link #inFlight}, which locks the sums of the chain. */
  @Override
  public SortedMap<Long, Wei> settledFrom(long minute) {
    return settled.computeIfAbsent(
        minute, from -> ask(() -> fees.settled(lane.chain(), from, Long.MAX_VALUE)));
  }

  private interface Question<T> {
    T ask() throws SQLException;
  }

  private static <T> T ask(Question<T> question) {
    try {
      return question.ask();
    } catch (SQLException e) {
      throw new Failed(e);
    }
  }

  /** Carries a failed read through the rules, which know no database. */
  static final class Failed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final SQLException sql;

    Failed(SQLException sql) {
      super(sql);
      this.sql = sql;
    }

    SQLException sql() {
      return sql;
    }
  }
}
