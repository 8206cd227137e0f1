package io.payonce.testing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.Address;
import io.payonce.ChainId;
import io.payonce.Group;
import io.payonce.GroupSubmission;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.Priority;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.Wei;
import io.payonce.signing.SigningRequest;
import io.payonce.store.AcceptResult;
import io.payonce.store.Agenda;
import io.payonce.store.CommitResult;
import io.payonce.store.Intake;
import io.payonce.store.JournalChange;
import io.payonce.store.LaneOffer;
import io.payonce.store.LaneRequest;
import io.payonce.store.Lease;
import io.payonce.store.OpenCount;
import io.payonce.store.Outbox;
import io.payonce.store.SlotState;
import io.payonce.store.StoredAnswer;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredOrphan;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferFilter;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.store.internal.Acceptance;
import io.payonce.store.internal.EventLine;
import io.payonce.store.internal.FeeBooking;
import io.payonce.store.internal.StagedCommit;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A journal in memory for tests and simulation: the same contract as the durable one, without its
 * disk. The object is the medium: {@link #close()} keeps everything, so a crashed engine is started
 * again on the same object, and {@link #copy()} is a backup. Nothing survives the process, so it
 * never belongs under real payments. Thread-safe; nothing blocks for longer than a map access.
 */
public final class MemoryTransferStore implements TransferStore {
  private static final Comparator<LaneId> LANE_ORDER =
      Comparator.comparing(LaneId::chain).thenComparing(LaneId::address);

  private final Object lock = new Object();

  /** By which leases end. */
  private final Clock clock;

  @GuardedBy("lock")
  private final Map<LaneId, StoredLane> lanes = new TreeMap<>(LANE_ORDER);

  @GuardedBy("lock")
  private final NavigableMap<Long, LaneRequest> requests = new TreeMap<>();

  @GuardedBy("lock")
  private final Map<ChainId, List<StoredOrphan>> orphans = new HashMap<>();

  @GuardedBy("lock")
  private MemoryTransfers transfers;

  @GuardedBy("lock")
  private MemorySlots slots;

  @GuardedBy("lock")
  private MemoryFees fees;

  @GuardedBy("lock")
  private MemoryHistory history;

  private final MemoryOutbox outbox;

  /** An empty journal whose leases end by the system's clock. */
  public MemoryTransferStore() {
    this(Clock.systemUTC());
  }

  /**
   * An empty journal.
   *
   * @param clock by which leases end, for all who use this object
   */
  public MemoryTransferStore(Clock clock) {
    this(clock, new MemoryTransfers(), new MemorySlots(), new MemoryFees(), new MemoryHistory());
  }

  private MemoryTransferStore(
      Clock clock,
      MemoryTransfers transfers,
      MemorySlots slots,
      MemoryFees fees,
      MemoryHistory history) {
    this.clock = clock;
    this.transfers = transfers;
    this.slots = slots;
    this.fees = fees;
    this.history = history;
    this.outbox = new MemoryOutbox(lock, clock);
  }

  /** A deep snapshot, as a backup would hold it; the two share nothing that changes. */
  public MemoryTransferStore copy() {
    synchronized (lock) {
      MemoryTransferStore copy =
          new MemoryTransferStore(
              clock, transfers.copy(), slots.copy(), fees.copy(), history.copy());
      synchronized (copy.lock) {
        copy.lanes.putAll(lanes);
        copy.requests.putAll(requests);
        orphans.forEach((chain, list) -> copy.orphans.put(chain, new ArrayList<>(list)));
        copy.outbox.take(outbox);
      }
      return copy;
    }
  }

  /**
   * Puts a backup back in the place of all that this journal holds. Whoever uses the journal must
   * have stopped before, as with any database; what they do later fails by epoch, or does harm.
   */
  public void restore(MemoryTransferStore backup) {
    MemoryTransferStore own = backup.copy();
    synchronized (lock) {
      synchronized (own.lock) {
        lanes.clear();
        lanes.putAll(own.lanes);
        requests.clear();
        requests.putAll(own.requests);
        orphans.clear();
        orphans.putAll(own.orphans);
        transfers = own.transfers;
        slots = own.slots;
        fees = own.fees;
        history = own.history;
        outbox.take(own.outbox);
      }
    }
  }

  /**
   * Puts a slot in place past every rule, as a journal without these rules would, or somebody with
   * write access to the tables. For tests that plant bugs.
   */
  public void overwrite(StoredSlot slot) {
    synchronized (lock) {
      slots.put(slot);
    }
  }

  /** Puts a transfer in place past every rule; its key has to be known. */
  public void overwrite(StoredTransfer transfer) {
    synchronized (lock) {
      transfers.put(transfer);
    }
  }

  @Override
  public List<AcceptResult> acceptAll(List<Intake> intakes, Instant at) {
    synchronized (lock) {
      List<AcceptResult> results = new ArrayList<>();
      for (Intake intake : intakes) {
        Optional<AcceptResult> known = transfers.known(intake, Optional.empty());
        results.add(known.isPresent() ? known.get() : accept(intake, Optional.empty(), at));
      }
      return results;
    }
  }

  @Override
  public AcceptResult acceptGroup(GroupSubmission group, Instant at) {
    Intake intake = Acceptance.intake(group);
    Optional<Group> asked = Optional.of(group.group());
    synchronized (lock) {
      Optional<AcceptResult> known = transfers.known(intake, asked);
      Optional<AcceptResult> other =
          known.isPresent() ? known : transfers.taken(group.group().members());
      return other.isPresent() ? other.get() : accept(intake, asked, at);
    }
  }

  @GuardedBy("lock")
  private AcceptResult accept(Intake intake, Optional<Group> group, Instant at) {
    StoredTransfer accepted = transfers.accept(intake, group, at);
    history.append(EventLine.accepted(accepted), at);
    outbox.add(accepted);
    return new AcceptResult.Accepted(accepted);
  }

  @Override
  public void registerLane(LaneId lane, long firstNonce, long nextNonce, Instant at) {
    List<StoredSlot> held = Acceptance.heldByOthers(lane, firstNonce, nextNonce);
    synchronized (lock) {
      if (!lanes.containsKey(lane)) {
        lanes.put(lane, StoredLane.registered(lane, nextNonce));
        held.forEach(slots::put);
        history.append(EventLine.registered(lane, nextNonce), at);
      }
    }
  }

  @Override
  public Optional<StoredLane> lane(LaneId lane) {
    synchronized (lock) {
      return Optional.ofNullable(lanes.get(lane));
    }
  }

  @Override
  public List<StoredLane> lanes() {
    synchronized (lock) {
      return List.copyOf(lanes.values());
    }
  }

  @Override
  public Optional<StoredLane> takeLane(LaneId lane, Lease lease, Instant at) {
    synchronized (lock) {
      StoredLane known = registered(lane);
      Instant now = clock.instant();
      if (known.isLeasedToOther(lease.owner(), now)) {
        return Optional.empty();
      }
      StoredLane taken = known.taken(lease.owner(), now.plus(lease.duration()));
      lanes.put(lane, taken);
      history.append(EventLine.taken(lane, taken.epoch(), lease.owner()), at);
      return Optional.of(taken);
    }
  }

  @Override
  public boolean renewLane(LaneId lane, long epoch, Lease lease, Optional<LaneOffer> offer) {
    synchronized (lock) {
      StoredLane known = registered(lane);
      if (known.epoch() != epoch) {
        return false;
      }
      Instant end = clock.instant().plus(lease.duration());
      lanes.put(lane, known.renewed(lease.owner(), end, offer));
      return true;
    }
  }

  @Override
  public void releaseLane(LaneId lane, long epoch) {
    synchronized (lock) {
      StoredLane known = registered(lane);
      if (known.epoch() == epoch) {
        lanes.put(lane, known.released());
      }
    }
  }

  @Override
  public List<StoredTransfer> noticeArrivals(LaneId lane, long epoch, int limit, Instant at) {
    synchronized (lock) {
      return registered(lane).epoch() == epoch ? transfers.notice(lane, limit) : List.of();
    }
  }

  @Override
  public int archiveBytes(LaneId lane, long epoch, Instant finalBefore, int limit, Instant at) {
    synchronized (lock) {
      if (registered(lane).epoch() != epoch) {
        return 0;
      }
      List<StoredSlot> archived = slots.archive(lane, finalBefore, limit);
      if (!archived.isEmpty()) {
        long first = archived.get(0).id().nonce();
        long last = archived.get(archived.size() - 1).id().nonce();
        history.append(EventLine.archived(lane, first, last), at);
      }
      return archived.size();
    }
  }

  @Override
  public long ask(
      LaneId lane,
      LaneRequest.Kind kind,
      Optional<TransferId> transfer,
      String actor,
      String reason,
      Instant at) {
    synchronized (lock) {
      LaneId known = registered(lane).id();
      LaneRequest request =
          new LaneRequest(
              requests.size() + 1L, known, kind, transfer, actor, reason, at, Optional.empty());
      requests.put(request.id(), request);
      history.append(EventLine.asked(request), at);
      return request.id();
    }
  }

  @Override
  public List<LaneRequest> openRequests(LaneId lane, int limit) {
    synchronized (lock) {
      return requests.values().stream()
          .filter(request -> request.lane().equals(lane) && request.answer().isEmpty())
          .limit(limit)
          .toList();
    }
  }

  @Override
  public Optional<LaneRequest> request(long id) {
    synchronized (lock) {
      return Optional.ofNullable(requests.get(id));
    }
  }

  @Override
  public List<StoredSlot> openSlots(LaneId lane) {
    synchronized (lock) {
      return slots.open(lane);
    }
  }

  @Override
  public Optional<StoredSlot> reserved(LaneId lane, String name) {
    synchronized (lock) {
      return slots.reserved(lane, name);
    }
  }

  @Override
  public List<StoredSlot> finalSlots(LaneId lane, long below, int limit) {
    synchronized (lock) {
      return slots.finals(lane, below, limit);
    }
  }

  @Override
  public Optional<StoredSlot> slot(SlotId slot) {
    synchronized (lock) {
      return slots.find(slot);
    }
  }

  @Override
  public List<StoredAnswer> answers(SlotId slot) {
    synchronized (lock) {
      return history.answers(slot);
    }
  }

  @Override
  public List<StoredTransfer> waiting(
      LaneId lane, Priority priority, Optional<TransferId> after, Instant now, int limit) {
    synchronized (lock) {
      return transfers.waiting(lane, priority, after, now, limit);
    }
  }

  @Override
  public Agenda agenda(LaneId lane, Instant now, int limit) {
    synchronized (lock) {
      return transfers.agenda(lane, now, limit);
    }
  }

  @Override
  public List<StoredOrphan> orphans(ChainId chain) {
    synchronized (lock) {
      return List.copyOf(orphans.getOrDefault(chain, List.of()));
    }
  }

  @Override
  public Optional<StoredTransfer> find(IdempotencyKey key) {
    synchronized (lock) {
      return transfers.find(key);
    }
  }

  @Override
  public Optional<StoredTransfer> find(TransferId id) {
    synchronized (lock) {
      return transfers.find(id);
    }
  }

  @Override
  public Optional<StoredTransfer> groupOf(IdempotencyKey member) {
    synchronized (lock) {
      return transfers.groupOf(member);
    }
  }

  @Override
  public List<StoredTransfer> list(TransferFilter filter, Optional<TransferId> before, int limit) {
    synchronized (lock) {
      return transfers.list(filter, before, limit);
    }
  }

  @Override
  public Map<TransferState, Long> counts() {
    synchronized (lock) {
      return transfers.counts();
    }
  }

  @Override
  public List<OpenCount> openCounts() {
    synchronized (lock) {
      return transfers.openCounts();
    }
  }

  @Override
  public CommitResult commit(LaneId lane, long epoch, List<JournalChange> changes, Instant at) {
    synchronized (lock) {
      StoredLane known = registered(lane);
      if (known.epoch() != epoch) {
        return new CommitResult.StaleEpoch();
      }
      StagedCommit staged = new StagedCommit(known, new Source(lane));
      CommitResult result = staged.apply(changes, at);
      if (result instanceof CommitResult.Applied) {
        write(staged);
        for (JournalChange change : changes) {
          write(lane, change, at);
        }
      }
      return result;
    }
  }

  @Override
  public Outbox outbox() {
    return outbox;
  }

  @Override
  public List<JournalEvent> events(TransferId transfer) {
    synchronized (lock) {
      Set<String> entities = new HashSet<>(Set.of(EventLine.of(transfer)));
      slotOf(transfer).map(EventLine::of).ifPresent(entities::add);
      return history.of(entities);
    }
  }

  @Override
  public List<Claim> claims(SlotId id) {
    synchronized (lock) {
      Optional<StoredSlot> slot = slot(id);
      Optional<SigningRequest.Intent> intent =
          slot.flatMap(StoredSlot::transfer)
              .map(t -> new SigningRequest.Intent(t, transfers.get(t).fingerprint()));
      List<Claim> claims = new ArrayList<>();
      for (StoredAttempt attempt : slot.map(StoredSlot::attempts).orElse(List.of())) {
        claims.add(new Claim(attempt.id(), attempt.kind(), intent, attempt.transaction()));
      }
      return claims;
    }
  }

  @Override
  public Optional<SlotId> slotOf(TransferId transfer) {
    return find(transfer).flatMap(StoredTransfer::slot);
  }

  /** Nothing to release: the same object is opened again by using it. */
  @Override
  public void close() {}

  @GuardedBy("lock")
  private void write(StagedCommit staged) {
    LaneId lane = staged.lane().id();
    lanes.put(lane, staged.lane());
    staged.changedSlots().forEach(changed -> slots.put(changed.after()));
    for (StagedCommit.Changed<StoredTransfer> changed : staged.changedTransfers()) {
      transfers.put(changed.after());
      StoredTransfer before = changed.before().orElseThrow();
      if (before.state() != changed.after().state()
          || !before.code().equals(changed.after().code())) {
        outbox.add(changed.after());
      }
    }
    staged.answered().forEach(request -> requests.put(request.id(), request));
    for (StoredOrphan changed : staged.changedOrphans()) {
      List<StoredOrphan> all = orphans.computeIfAbsent(lane.chain(), c -> new ArrayList<>());
      all.removeIf(changed::isSame);
      all.add(changed);
    }
    fees.write(lane.chain(), staged.fees());
  }

  /** What a change leaves behind besides the records that it changes. */
  @GuardedBy("lock")
  private void write(LaneId lane, JournalChange change, Instant at) {
    history.append(EventLine.of(lane, change), at);
    if (change instanceof JournalChange.AttemptSent sent) {
      history.sent(sent, at);
    } else if (change instanceof JournalChange.SlotMoved moved
        && moved.to() == SlotState.CONSUMED_FINAL) {
      slots.becameFinal(moved.slot(), at);
    }
  }

  @GuardedBy("lock")
  private StoredLane registered(LaneId lane) {
    StoredLane known = lanes.get(lane);
    if (known == null) {
      throw new IllegalStateException("lane " + lane + " is not registered");
    }
    return known;
  }

  /** The maps as a commit reads them; lives only while the lock is held. */
  private final class Source implements StagedCommit.Source {
    private final LaneId lane;

    Source(LaneId lane) {
      this.lane = lane;
    }

    @Override
    public Optional<StoredSlot> slot(SlotId id) {
      return MemoryTransferStore.this.slot(id);
    }

    @Override
    public Optional<StoredSlot> reservedAs(String name) {
      return reserved(lane, name);
    }

    @Override
    public Optional<StoredTransfer> transfer(TransferId id) {
      return find(id);
    }

    @Override
    public Optional<LaneRequest> request(long id) {
      return MemoryTransferStore.this.request(id);
    }

    @Override
    public List<StoredOrphan> orphansTo(Address payee) {
      return orphans(lane.chain()).stream().filter(o -> o.payee().equals(payee)).toList();
    }

    @Override
    public Optional<FeeBooking> booking(SlotId slot) {
      synchronized (lock) {
        return fees.booking(slot);
      }
    }

    @Override
    public Wei inFlight() {
      synchronized (lock) {
        return fees.inFlight(lane.chain());
      }
    }

    @Override
    public SortedMap<Long, Wei> settledFrom(long minute) {
      synchronized (lock) {
        return fees.settledFrom(lane.chain(), minute);
      }
    }
  }
}
