package io.payonce.submit.internal;

import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.TransferId;
import io.payonce.store.JournalChange;
import io.payonce.store.SlotState;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredLane.LaneState;
import io.payonce.store.StoredOrphan;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.store.internal.LaneView;
import io.payonce.submit.internal.LaneEvent.Reading;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * The memory that the parts of one engine share: the fold of what was committed, and what is only
 * known here. Forgotten as a whole in any doubt.
 */
final class LaneMemory {
  final LaneContext context;
  final LaneView view;
  final Moment loadedAt;
  Moment now;

  /** Facts to commit next; never refused for money. */
  final List<JournalChange> facts = new ArrayList<>();

  /** Replacements and cancels to commit next; the hourly fee limit may refuse them. */
  final List<JournalChange> spending = new ArrayList<>();

  /** Callers that wait for the commit of {@link #facts} and {@link #spending}. */
  final List<PendingReply> replies = new ArrayList<>();

  /** Requests of other instances that were not looked at yet. */
  final Deque<LaneEvent.Request> asked = new ArrayDeque<>();

  /** Another instance is to have the lane once this is committed. */
  boolean givesAway;

  /** What a person should know, once. */
  final List<String> alerts = new ArrayList<>();

  final Set<Reading> reading = EnumSet.noneOf(Reading.class);
  final Set<TransferId> preparing = new TreeSet<>();
  final Map<TransferId, BigInteger> gas = new TreeMap<>();
  final Map<TransferId, Long> heldUntil = new TreeMap<>();
  Optional<Observation> seen = Optional.empty();
  long seenAt;

  /** Blocks of inclusions from before this memory: a reorganisation may have gone unseen. */
  final Set<BlockRef> unverified = new LinkedHashSet<>();

  /** After a read that failed, nothing is read again before this moment. */
  long readAgainAt;

  /** The journal may hold waiting transfers that were never announced. */
  boolean lookAgain;

  /** The funds are to be told, as a new head was looked at. */
  boolean tellFunds;

  final LoneClaims loneClaims = new LoneClaims();

  /** Bindings of the next commit, while the hour's fees have little room. */
  int bindAtMost = Integer.MAX_VALUE;

  /** Until when transfers that could be bound wait for others that are being checked. */
  OptionalLong lingersUntil = OptionalLong.empty();

  boolean moreWaiting;
  boolean draining;
  long feeWindowClosedUntil;
  private final Map<Long, SlotWork> work = new TreeMap<>();

  LaneMemory(LaneContext context, LaneView view, Moment now) {
    this.context = context;
    this.view = view;
    this.loadedAt = now;
    this.now = now;
    this.feeWindowClosedUntil = now.nanos();
    this.readAgainAt = now.nanos();
    view.slots().values().stream()
        .flatMap(slot -> slot.consumption().stream())
        .forEach(consumption -> unverified.add(consumption.block()));
  }

  /** A caller that waits for a commit. */
  record PendingReply(Runnable whenApplied, Consumer<RuntimeException> whenFailed) {}

  SlotWork work(StoredSlot slot) {
    return work.computeIfAbsent(slot.id().nonce(), nonce -> new SlotWork(now));
  }

  boolean isActive() {
    return view.lane().state() == LaneState.ACTIVE;
  }

  boolean isFrozen() {
    return view.lane().state() == LaneState.FROZEN;
  }

  /** Pools take one transaction at a time of an account that delegates to code (EIP-7702). */
  boolean isDelegated() {
    return seen.filter(Observation::hasCode).isPresent();
  }

  void freeze(String incident) {
    if (!isFrozen() && facts.stream().noneMatch(JournalChange.LaneMoved.class::isInstance)) {
      facts.add(new JournalChange.LaneMoved(LaneState.FROZEN, incident, "payonce"));
    }
  }

  /** Slots that the chain still has to consume, in nonce order. */
  List<StoredSlot> open() {
    return view.slots().values().stream().filter(slot -> slot.state().isOpen()).toList();
  }

  /** The orphan that a transfer waits for, if any: the chain may have paid it already. */
  Optional<StoredOrphan> orphanOf(StoredTransfer transfer) {
    return view.orphansLike(transfer.transfer().to(), transfer.transfer().amount()).stream()
        .filter(orphan -> orphan.holds(transfer.id()))
        .findFirst();
  }

  Optional<StoredTransfer> transferOf(StoredSlot slot) {
    return slot.transfer().map(id -> view.transfers().get(id));
  }

  void move(StoredTransfer transfer, TransferState to, String code, String reason) {
    facts.add(new JournalChange.TransferMoved(transfer.id(), transfer.state(), to, code, reason));
  }

  static Optional<StoredAttempt> newest(StoredSlot slot) {
    List<StoredAttempt> attempts = slot.attempts();
    return attempts.isEmpty() ? Optional.empty() : Optional.of(attempts.get(attempts.size() - 1));
  }

  /** Signing digest of the attempt before the newest. */
  static Optional<Bytes> previousDigest(StoredSlot slot) {
    List<StoredAttempt> attempts = slot.attempts();
    return attempts.size() < 2
        ? Optional.empty()
        : Optional.of(
            Bytes.of(
                io.payonce.TransactionCodec.signingDigest(
                    attempts.get(attempts.size() - 2).transaction())));
  }

  /** Finished slots and transfers leave the memory; the journal keeps them. */
  void dropFinished() {
    List<StoredSlot> slots =
        view.slots().values().stream()
            .filter(slot -> slot.state() == SlotState.CONSUMED_FINAL)
            .toList();
    slots.forEach(slot -> view.forget(slot.id()));
    List<StoredTransfer> transfers =
        view.transfers().values().stream()
            .filter(t -> t.state().isTerminal() || t.state() == TransferState.QUARANTINED)
            .filter(t -> t.slot().map(slot -> !view.slots().containsKey(slot.nonce())).orElse(true))
            .toList();
    transfers.forEach(transfer -> view.forget(transfer.id()));
    work.keySet().retainAll(view.slots().keySet());
    gas.keySet().removeIf(id -> !isWaiting(id));
    heldUntil.keySet().removeIf(id -> !isWaiting(id));
  }

  private boolean isWaiting(TransferId id) {
    StoredTransfer transfer = view.transfers().get(id);
    return transfer != null && transfer.state().isUnbound();
  }
}
