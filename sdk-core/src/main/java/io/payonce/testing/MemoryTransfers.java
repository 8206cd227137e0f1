package io.payonce.testing;

import io.payonce.Asset;
import io.payonce.Group;
import io.payonce.GroupMember;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.Priority;
import io.payonce.TransferId;
import io.payonce.store.AcceptResult;
import io.payonce.store.Agenda;
import io.payonce.store.Intake;
import io.payonce.store.OpenCount;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferFilter;
import io.payonce.store.TransferState;
import io.payonce.store.internal.Acceptance;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The payments of a journal in memory, with their keys and queues. Not thread-safe: under the lock
 * of the journal.
 */
final class MemoryTransfers {
  /** A transfer stands at the index of its id less one. */
  private final List<StoredTransfer> all = new ArrayList<>();

  private final Map<IdempotencyKey, TransferId> keys = new HashMap<>();

  /** The groups that a member was in, oldest first. */
  private final Map<IdempotencyKey, List<TransferId>> members = new HashMap<>();

  private final Map<LaneId, NavigableMap<TransferId, StoredTransfer>> waiting = new HashMap<>();
  private final Map<LaneId, NavigableSet<TransferId>> unnoticed = new HashMap<>();

  MemoryTransfers copy() {
    MemoryTransfers copy = new MemoryTransfers();
    copy.all.addAll(all);
    copy.keys.putAll(keys);
    members.forEach((key, groups) -> copy.members.put(key, new ArrayList<>(groups)));
    waiting.forEach((lane, map) -> copy.waiting.put(lane, new TreeMap<>(map)));
    unnoticed.forEach((lane, ids) -> copy.unnoticed.put(lane, new TreeSet<>(ids)));
    return copy;
  }

  /** The answer for a key that stands for something. */
  Optional<AcceptResult> known(Intake intake, Optional<Group> group) {
    IdempotencyKey key = intake.submission().key();
    return find(key)
        .map(known -> Acceptance.known(known, intake.submission(), group))
        .or(() -> groupOf(key).map(Acceptance::memberKey));
  }

  /** The answer for members of which one stands for something. */
  Optional<AcceptResult> taken(List<GroupMember> asked) {
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

  StoredTransfer accept(Intake intake, Optional<Group> group, Instant at) {
    TransferId id = new TransferId(all.size() + 1L);
    StoredTransfer accepted = Acceptance.accepted(id, intake, group, at);
    all.add(accepted);
    for (GroupMember member : group.map(Group::members).orElse(List.of())) {
      members.computeIfAbsent(member.key(), k -> new ArrayList<>()).add(id);
    }
    keys.put(intake.submission().key(), id);
    queue(intake.lane()).put(id, accepted);
    unnoticed(intake.lane()).add(id);
    return accepted;
  }

  /** Arrivals that the lane was not told of; from now on it was. */
  List<StoredTransfer> notice(LaneId lane, int limit) {
    NavigableSet<TransferId> news = unnoticed(lane);
    List<StoredTransfer> arrivals = news.stream().limit(limit).map(this::get).toList();
    arrivals.forEach(transfer -> news.remove(transfer.id()));
    return arrivals;
  }

  Optional<StoredTransfer> find(IdempotencyKey key) {
    return Optional.ofNullable(keys.get(key)).map(this::get);
  }

  Optional<StoredTransfer> find(TransferId id) {
    return id.value() <= all.size() ? Optional.of(get(id)) : Optional.empty();
  }

  Optional<StoredTransfer> groupOf(IdempotencyKey member) {
    List<StoredTransfer> groups =
        members.getOrDefault(member, List.of()).stream().map(this::get).toList();
    return groups.stream()
        .filter(group -> Acceptance.isLive(member, group))
        .findFirst()
        .or(() -> groups.stream().reduce((older, newer) -> newer));
  }

  List<StoredTransfer> waiting(
      LaneId lane, Priority priority, Optional<TransferId> after, Instant now, int limit) {
    NavigableMap<TransferId, StoredTransfer> of = waiting.getOrDefault(lane, new TreeMap<>());
    return (after.isPresent() ? of.tailMap(after.get(), false) : of)
        .values().stream()
            .filter(transfer -> transfer.options().priority() == priority)
            .filter(transfer -> transfer.options().isDue(now))
            .limit(limit)
            .toList();
  }

  Agenda agenda(LaneId lane, Instant now, int limit) {
    Collection<StoredTransfer> queued = waiting.getOrDefault(lane, new TreeMap<>()).values();
    List<StoredTransfer> expired =
        queued.stream()
            .filter(transfer -> transfer.options().isExpired(now))
            .sorted(Comparator.comparing(t -> t.options().deadline().orElseThrow()))
            .limit(limit)
            .toList();
    return new Agenda(
        expired,
        expired.size() == limit
            ? Optional.of(now)
            : queued.stream()
                .flatMap(transfer -> transfer.options().times())
                .filter(now::isBefore)
                .min(Comparator.naturalOrder()));
  }

  List<StoredTransfer> list(TransferFilter filter, Optional<TransferId> before, int limit) {
    List<StoredTransfer> page = new ArrayList<>();
    long newest = before.map(id -> id.value() - 1).orElse((long) all.size());
    for (long id = Math.min(newest, all.size()); id > 0 && page.size() < limit; id--) {
      StoredTransfer transfer = get(new TransferId(id));
      if (filter.fits(transfer)) {
        page.add(transfer);
      }
    }
    return page;
  }

  Map<TransferState, Long> counts() {
    Map<TransferState, Long> counts = new EnumMap<>(TransferState.class);
    all.forEach(transfer -> counts.merge(transfer.state(), 1L, Long::sum));
    return counts;
  }

  List<OpenCount> openCounts() {
    Map<OpenCount, Long> counts = new LinkedHashMap<>(); // by a count of none
    for (StoredTransfer transfer : all) {
      if (!transfer.state().isTerminal()) {
        Asset asset = transfer.transfer().amount().asset();
        OpenCount none = new OpenCount(transfer.key().tenant(), transfer.lane(), asset, 0);
        counts.merge(none, 1L, Long::sum);
      }
    }
    return counts.entrySet().stream()
        .map(
            e ->
                new OpenCount(
                    e.getKey().tenant(), e.getKey().lane(), e.getKey().asset(), e.getValue()))
        .toList();
  }

  void put(StoredTransfer transfer) {
    LaneId lane = transfer.lane();
    LaneId before = all.set(index(transfer.id()), transfer).lane();
    unnoticed(before).remove(transfer.id()); // whoever moves it knows it
    queue(before).remove(transfer.id());
    if (!lane.equals(before)) {
      unnoticed(lane).add(transfer.id());
    }
    if (transfer.state().isUnbound()) {
      queue(lane).put(transfer.id(), transfer);
    }
  }

  StoredTransfer get(TransferId id) {
    return all.get(index(id));
  }

  private static int index(TransferId id) {
    return Math.toIntExact(id.value() - 1);
  }

  private NavigableMap<TransferId, StoredTransfer> queue(LaneId lane) {
    return waiting.computeIfAbsent(lane, l -> new TreeMap<>());
  }

  private NavigableSet<TransferId> unnoticed(LaneId lane) {
    return unnoticed.computeIfAbsent(lane, l -> new TreeSet<>());
  }
}
