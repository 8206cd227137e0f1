package io.payonce.testing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.ChainId;
import io.payonce.Group;
import io.payonce.GroupMember;
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
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

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
  private final Map<LaneId, NavigableMap<Long, StoredSlot>> slots = new HashMap<>();

  @GuardedBy("lock")
  private final Map<LaneId, NavigableMap<Long, StoredSlot>> openSlots = new HashMap<>();

  /** A transfer stands at the index of its id less one. */
  @GuardedBy("lock")
  private final List<StoredTransfer> transfers = new ArrayList<>();

  @GuardedBy("lock")
  private final Map<IdempotencyKey, TransferId> keys = new HashMap<>();

  /** The groups that a member was in, oldest first. */
  @GuardedBy("lock")
  private final Map<IdempotencyKey, List<TransferId>> members = new HashMap<>();

  @GuardedBy("lock")
  private final Map<LaneId, NavigableMap<TransferId, StoredTransfer>> waiting = new HashMap<>();

  @GuardedBy("lock")
  private final Map<LaneId, NavigableSet<TransferId>> unnoticed = new HashMap<>();

  @GuardedBy("lock")
  private final NavigableMap<Long, LaneRequest> requests = new TreeMap<>();

  @GuardedBy("lock")
  private final Map<SlotId, FeeBooking> bookings = new HashMap<>();

  @GuardedBy("lock")
  private final Map<ChainId, Wei> feesInFlight = new HashMap<>();

  @GuardedBy("lock")
  private final Map<ChainId, TreeMap<Long, Wei>> feesSettled = new HashMap<>();

  @GuardedBy("lock")
  private final Map<ChainId, List<StoredOrphan>> orphans = new HashMap<>();

  /** Since when a nonce is final. */
  @GuardedBy("lock")
  private final Map<SlotId, Instant> finalSince = new HashMap<>();

  /** Every nonce of the lane below this one was archived. */
  @GuardedBy("lock")
  private final Map<LaneId, Long> archivedBelow = new HashMap<>();

  @GuardedBy("lock")
  private final List<JournalEvent> events = new ArrayList<>();

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
    this.clock = clock;
    this.outbox = new MemoryOutbox(lock, clock);
  }

  /** A deep snapshot, as a backup would hold it; the two share nothing that changes. */
  public MemoryTransferStore copy() {
    MemoryTransferStore copy = new MemoryTransferStore(clock);
    synchronized (lock) {
      synchronized (copy.lock) {
        copy.lanes.putAll(lanes);
        slots.forEach((lane, map) -> copy.slots.put(lane, new TreeMap<>(map)));
        openSlots.forEach((lane, map) -> copy.openSlots.put(lane, new TreeMap<>(map)));
        copy.transfers.addAll(transfers);
        copy.keys.putAll(keys);
        members.forEach((key, groups) -> copy.members.put(key, new ArrayList<>(groups)));
        waiting.forEach((lane, map) -> copy.waiting.put(lane, new TreeMap<>(map)));
        unnoticed.forEach((lane, ids) -> copy.unnoticed.put(lane, new TreeSet<>(ids)));
        copy.requests.putAll(requests);
        copy.bookings.putAll(bookings);
        copy.feesInFlight.putAll(feesInFlight);
        feesSettled.forEach((chain, map) -> copy.feesSettled.put(chain, new TreeMap<>(map)));
        orphans.forEach((chain, list) -> copy.orphans.put(chain, new ArrayList<>(list)));
        copy.finalSince.putAll(finalSince);
        copy.archivedBelow.putAll(archivedBelow);
        copy.events.addAll(events);
        outbox.copyTo(copy.outbox);
      }
    }
    return copy;
  }

  /**
   * Puts a slot in place past every rule, as a journal without these rules would, or somebody with
   * write access to the tables. For tests that plant bugs.
   */
  public void overwrite(StoredSlot slot) {
    synchronized (lock) {
      put(slot);
    }
  }

  /** Puts a transfer in place past every rule; its key has to be known. */
  public void overwrite(StoredTransfer transfer) {
    synchronized (lock) {
      put(transfer);
    }
  }

  @Override
  public List<AcceptResult> acceptAll(List<Intake> intakes, Instant at) {
    synchronized (lock) {
      List<AcceptResult> results = new ArrayList<>();
      for (Intake intake : intakes) {
        results.add(acceptOne(intake, at));
      }
      return results;
    }
  }

  @GuardedBy("lock")
  private AcceptResult acceptOne(Intake intake, Instant at) {
    return known(intake, Optional.empty()).orElseGet(() -> accept(intake, Optional.empty(), at));
  }

  @Override
  public AcceptResult acceptGroup(GroupSubmission group, Instant at) {
    Intake intake = Acceptance.intake(group);
    Optional<Group> asked = Optional.of(group.group());
    synchronized (lock) {
      return known(intake, asked)
          .or(() -> taken(group.group().members()))
          .orElseGet(() -> accept(intake, asked, at));
    }
  }

  /** The answer for a key that stands for something. */
  private Optional<AcceptResult> known(Intake intake, Optional<Group> group) {
    synchronized (lock) {
      IdempotencyKey key = intake.submission().key();
      TransferId known = keys.get(key);
      return known != null
          ? Optional.of(Acceptance.known(stored(known), intake.submission(), group))
          : groupOf(key).map(Acceptance::memberKey);
    }
  }

  private Optional<AcceptResult> taken(List<GroupMember> asked) {
    synchronized (lock) {
      for (GroupMember member : asked) {
        TransferId payment = keys.get(member.key());
        if (payment != null) {
          return Optional.of(Acceptance.isPayment(member, payment));
        }
        Optional<StoredTransfer> group = groupOf(member.key());
        Optional<AcceptResult> taken = group.flatMap(in -> Acceptance.taken(member, in));
        if (taken.isPresent()) {
          return taken;
        }
      }
      return Optional.empty();
    }
  }

  private AcceptResult accept(Intake intake, Optional<Group> group, Instant at) {
    synchronized (lock) {
      return acceptLocked(intake, group, at);
    }
  }

  @GuardedBy("lock")
  private AcceptResult acceptLocked(Intake intake, Optional<Group> group, Instant at) {
    IdempotencyKey key = intake.submission().key();
    TransferId id = new TransferId(transfers.size() + 1L);
    StoredTransfer accepted = Acceptance.accepted(id, intake, group, at);
    transfers.add(accepted);
    for (GroupMember member : group.map(Group::members).orElse(List.of())) {
      members.computeIfAbsent(member.key(), k -> new ArrayList<>()).add(id);
    }
    keys.put(key, id);
    waiting(intake.lane()).put(id, accepted);
    unnoticed(intake.lane()).add(id);
    append(EventLine.accepted(accepted), at);
    outbox.add(accepted);
    return new AcceptResult.Accepted(accepted);
  }

  @Override
  public void registerLane(LaneId lane, long chainCount, long nextNonce, Instant at) {
    List<StoredSlot> held = Acceptance.heldByOthers(lane, chainCount, nextNonce);
    synchronized (lock) {
      if (!lanes.containsKey(lane)) {
        lanes.put(lane, StoredLane.registered(lane, nextNonce));
        held.forEach(this::put);
        append(EventLine.registered(lane, nextNonce), at);
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
      append(EventLine.taken(lane, taken.epoch(), lease.owner()), at);
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
      if (registered(lane).epoch() != epoch) {
        return List.of();
      }
      NavigableSet<TransferId> unnoticed = unnoticed(lane);
      List<StoredTransfer> arrivals = unnoticed.stream().limit(limit).map(this::stored).toList();
      arrivals.forEach(transfer -> unnoticed.remove(transfer.id()));
      return arrivals;
    }
  }

  @Override
  public int archiveBytes(LaneId lane, long epoch, Instant finalBefore, int limit, Instant at) {
    synchronized (lock) {
      if (registered(lane).epoch() != epoch) {
        return 0;
      }
      long from = archivedBelow.getOrDefault(lane, 0L);
      List<StoredSlot> due = new ArrayList<>();
      for (StoredSlot slot : slots.getOrDefault(lane, new TreeMap<>()).tailMap(from).values()) {
        if (due.size() == limit || !isFinalBefore(slot, finalBefore)) {
          break;
        }
        due.add(slot);
      }
      if (!due.isEmpty()) {
        for (StoredSlot slot : due) {
          put(slot.with(slot.attempts().stream().map(StoredAttempt::archived).toList()));
        }
        long last = due.get(due.size() - 1).id().nonce();
        archivedBelow.put(lane, last + 1);
        append(EventLine.archived(lane, due.get(0).id().nonce(), last), at);
      }
      return due.size();
    }
  }

  @GuardedBy("lock")
  private boolean isFinalBefore(StoredSlot slot, Instant time) {
    Instant since = finalSince.get(slot.id());
    return slot.state() == SlotState.CONSUMED_FINAL && since != null && since.isBefore(time);
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
      append(EventLine.asked(request), at);
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
      return List.copyOf(openSlots.getOrDefault(lane, new TreeMap<>()).values());
    }
  }

  @Override
  public Optional<StoredSlot> reserved(LaneId lane, String name) {
    synchronized (lock) {
      return slots.getOrDefault(lane, new TreeMap<>()).values().stream()
          .filter(slot -> slot.isReservedAs(name))
          .findFirst();
    }
  }

  @Override
  public List<StoredSlot> finalSlots(LaneId lane, long below, int limit) {
    synchronized (lock) {
      List<StoredSlot> page = new ArrayList<>();
      slots
          .getOrDefault(lane, new TreeMap<>())
          .headMap(below, false)
          .descendingMap()
          .values()
          .stream()
          .filter(slot -> slot.state() == SlotState.CONSUMED_FINAL)
          .limit(limit)
          .forEach(page::add);
      Collections.reverse(page);
      return page;
    }
  }

  @Override
  public Optional<StoredSlot> slot(SlotId slot) {
    synchronized (lock) {
      return Optional.ofNullable(
          slots.getOrDefault(slot.lane(), new TreeMap<>()).get(slot.nonce()));
    }
  }

  @Override
  public List<StoredTransfer> waiting(
      LaneId lane, Priority priority, Optional<TransferId> after, Instant now, int limit) {
    synchronized (lock) {
      NavigableMap<TransferId, StoredTransfer> of = waiting.getOrDefault(lane, new TreeMap<>());
      return (after.isPresent() ? of.tailMap(after.get(), false) : of)
          .values().stream()
              .filter(transfer -> transfer.options().priority() == priority)
              .filter(transfer -> transfer.options().isDue(now))
              .limit(limit)
              .toList();
    }
  }

  @Override
  public Agenda agenda(LaneId lane, Instant now, int limit) {
    synchronized (lock) {
      Collection<StoredTransfer> all = waiting.getOrDefault(lane, new TreeMap<>()).values();
      List<StoredTransfer> expired =
          all.stream()
              .filter(transfer -> transfer.options().isExpired(now))
              .sorted(Comparator.comparing(t -> t.options().deadline().orElseThrow()))
              .limit(limit)
              .toList();
      return new Agenda(
          expired,
          expired.size() == limit
              ? Optional.of(now)
              : all.stream()
                  .flatMap(transfer -> transfer.options().times())
                  .filter(now::isBefore)
                  .min(Comparator.naturalOrder()));
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
      return Optional.ofNullable(keys.get(key)).map(this::stored);
    }
  }

  @Override
  public Optional<StoredTransfer> find(TransferId id) {
    synchronized (lock) {
      return known(id);
    }
  }

  @Override
  public Optional<StoredTransfer> groupOf(IdempotencyKey member) {
    synchronized (lock) {
      List<StoredTransfer> groups =
          members.getOrDefault(member, List.of()).stream().map(this::stored).toList();
      return groups.stream()
          .filter(group -> Acceptance.isLive(member, group))
          .findFirst()
          .or(() -> groups.stream().reduce((older, newer) -> newer));
    }
  }

  @Override
  public List<StoredTransfer> list(TransferFilter filter, Optional<TransferId> before, int limit) {
    synchronized (lock) {
      List<StoredTransfer> page = new ArrayList<>();
      long newest = before.map(id -> id.value() - 1).orElse((long) transfers.size());
      for (long id = Math.min(newest, transfers.size()); id > 0 && page.size() < limit; id--) {
        StoredTransfer transfer = stored(new TransferId(id));
        if (filter.fits(transfer)) {
          page.add(transfer);
        }
      }
      return page;
    }
  }

  @Override
  public Map<TransferState, Long> counts() {
    synchronized (lock) {
      Map<TransferState, Long> counts = new EnumMap<>(TransferState.class);
      transfers.forEach(transfer -> counts.merge(transfer.state(), 1L, Long::sum));
      return counts;
    }
  }

  @Override
  public List<OpenCount> openCounts() {
    Map<OpenCount, Long> counts = new LinkedHashMap<>(); // by a count of none
    synchronized (lock) {
      for (StoredTransfer transfer : transfers) {
        if (!transfer.state().isTerminal()) {
          Asset asset = transfer.transfer().amount().asset();
          OpenCount none = new OpenCount(transfer.key().tenant(), transfer.lane(), asset, 0);
          counts.merge(none, 1L, Long::sum);
        }
      }
    }
    return counts.entrySet().stream()
        .map(
            e ->
                new OpenCount(
                    e.getKey().tenant(), e.getKey().lane(), e.getKey().asset(), e.getValue()))
        .toList();
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
        changes.forEach(change -> append(EventLine.of(lane, change), at));
        for (JournalChange change : changes) {
          if (change instanceof JournalChange.SlotMoved moved
              && moved.to() == SlotState.CONSUMED_FINAL) {
            finalSince.put(moved.slot(), at);
          }
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
      String own = EventLine.of(transfer);
      String slot = known(transfer).flatMap(StoredTransfer::slot).map(EventLine::of).orElse(own);
      return events.stream()
          .filter(event -> event.entity().equals(own) || event.entity().equals(slot))
          .toList();
    }
  }

  @Override
  public List<Claim> claims(SlotId id) {
    synchronized (lock) {
      Optional<StoredSlot> slot = slot(id);
      Optional<SigningRequest.Intent> intent =
          slot.flatMap(StoredSlot::transfer)
              .map(t -> new SigningRequest.Intent(t, stored(t).fingerprint()));
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
    for (StagedCommit.Changed<StoredSlot> changed : staged.changedSlots()) {
      put(changed.after());
    }
    for (StagedCommit.Changed<StoredTransfer> changed : staged.changedTransfers()) {
      put(changed.after());
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
    staged.fees().changed().forEach(booking -> bookings.put(booking.slot(), booking));
    if (!staged.fees().changed().isEmpty()) {
      feesInFlight.put(lane.chain(), staged.fees().inFlight());
      TreeMap<Long, Wei> settled = feesSettled.computeIfAbsent(lane.chain(), c -> new TreeMap<>());
      staged.fees().settled().forEach((minute, paid) -> settled.merge(minute, paid, Wei::plus));
    }
  }

  @GuardedBy("lock")
  private void put(StoredSlot slot) {
    LaneId lane = slot.id().lane();
    long nonce = slot.id().nonce();
    slots.computeIfAbsent(lane, l -> new TreeMap<>()).put(nonce, slot);
    NavigableMap<Long, StoredSlot> open = openSlots.computeIfAbsent(lane, l -> new TreeMap<>());
    if (slot.state() == SlotState.CONSUMED_FINAL) {
      open.remove(nonce);
    } else {
      open.put(nonce, slot);
    }
  }

  @GuardedBy("lock")
  private void put(StoredTransfer transfer) {
    LaneId lane = transfer.lane();
    LaneId before = transfers.set(Math.toIntExact(transfer.id().value() - 1), transfer).lane();
    unnoticed(before).remove(transfer.id()); // whoever moves it knows it
    waiting(before).remove(transfer.id());
    if (!lane.equals(before)) {
      unnoticed(lane).add(transfer.id());
    }
    if (transfer.state().isUnbound()) {
      waiting(lane).put(transfer.id(), transfer);
    }
  }

  @GuardedBy("lock")
  private void append(EventLine line, Instant at) {
    events.add(new JournalEvent(events.size() + 1L, at, line.entity(), line.what(), line.detail()));
  }

  @GuardedBy("lock")
  private NavigableMap<TransferId, StoredTransfer> waiting(LaneId lane) {
    return waiting.computeIfAbsent(lane, l -> new TreeMap<>());
  }

  @GuardedBy("lock")
  private NavigableSet<TransferId> unnoticed(LaneId lane) {
    return unnoticed.computeIfAbsent(lane, l -> new TreeSet<>());
  }

  @GuardedBy("lock")
  private StoredLane registered(LaneId lane) {
    StoredLane known = lanes.get(lane);
    if (known == null) {
      throw new IllegalStateException("lane " + lane + " is not registered");
    }
    return known;
  }

  private Optional<StoredTransfer> known(TransferId id) {
    synchronized (lock) {
      return id.value() <= transfers.size() ? Optional.of(stored(id)) : Optional.empty();
    }
  }

  private StoredTransfer stored(TransferId id) {
    synchronized (lock) {
      return transfers.get(Math.toIntExact(id.value() - 1));
    }
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
      return known(id);
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
        return Optional.ofNullable(bookings.get(slot));
      }
    }

    @Override
    public Wei inFlight() {
      synchronized (lock) {
        return feesInFlight.getOrDefault(lane.chain(), Wei.ZERO);
      }
    }

    @Override
    public SortedMap<Long, Wei> settledFrom(long minute) {
      synchronized (lock) {
        return new TreeMap<>(
            feesSettled.getOrDefault(lane.chain(), new TreeMap<>()).tailMap(minute));
      }
    }
  }
}
