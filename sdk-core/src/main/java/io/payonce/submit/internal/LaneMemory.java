package io.payonce.submit.internal;

import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.LaneId;
import io.payonce.TransferId;
import io.payonce.WalletPool;
import io.payonce.fee.FeePolicy;
import io.payonce.store.JournalChange;
import io.payonce.store.LaneOffer;
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
import java.util.HashMap;
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

  /** Requests that are looked at one by one, each after the commit of the one before it. */
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

  /**
   * The journal's final blocks below this nonce may have been replaced unseen: by a reorganisation
   * beyond finality, or while nobody looked. Nothing becomes final before that is known.
   */
  OptionalLong finalsInDoubt = OptionalLong.of(Long.MAX_VALUE);

  /** Finality broke while a check of it was under way: its answer is of the chain before. */
  boolean finalsCheckIsOld;

  /**
   * How many nonces may be out that nobody took yet; less than the setting while pools are full.
   */
  int sendWindow;

  /** It was changed since the last head. */
  boolean windowMoved;

  /** After a read that failed, nothing is read again before this moment. */
  long readAgainAt;

  /** The funds are to be told, as a new head was looked at. */
  boolean tellFunds;

  /** An orphan holds a transfer, as far as is known here. */
  boolean orphanHolds;

  final LoneClaims loneClaims = new LoneClaims();

  /** Bindings of the next commit, while the hour's fees have little room. */
  int bindAtMost = Integer.MAX_VALUE;

  /** Until when transfers that could be bound wait for others that are being checked. */
  OptionalLong lingersUntil = OptionalLong.empty();

  final WaitingRoom waiting;

  /** The pools that the lane is in; empty until they were looked at. */
  Map<WalletPool, PoolView> pools = Map.of();

  /** What the other wallets of the pools can still take on, as far as is known here. */
  final Map<LaneId, LaneOffer> offers = new HashMap<>(); // only asked, never iterated

  /** Past their deadline with a nonce, as a person was told. */
  final Set<TransferId> overdue = new TreeSet<>();

  boolean draining;
  long feeWindowClosedUntil;
  private final Map<Long, SlotWork> work = new HashMap<>(); // only asked, never iterated

  LaneMemory(LaneContext context, LaneView view, Moment now) {
    this.context = context;
    this.view = view;
    this.loadedAt = now;
    this.now = now;
    this.feeWindowClosedUntil = now.nanos();
    this.readAgainAt = now.nanos();
    this.sendWindow = context.settings().sendWindow();
    this.waiting = new WaitingRoom(this);
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

  /**
   * A lane that the chain is ahead of gives out nothing, and goes on with what it gave out: a nonce
   * means one payment in an old backup too. Else one that was never signed, or costs too little,
   * would strand the fills above it, and with them the way out. Used nonces are signed by nobody.
   */
  boolean maySign() {
    return isActive() || view.lane().state() == LaneState.PAUSED || view.lane().isBehindTheChain();
  }

  /** What is signed may always be in somebody's hands: only a person stops it from being sent. */
  boolean maySend() {
    return view.lane().state() != LaneState.ALL_PAUSED;
  }

  /**
   * Why a transfer without nonce may not end unpaid now, as it might be refunded then: this journal
   * may be an old backup, and the chain may have its payment, made by another wallet of its pool
   * too.
   */
  Optional<String> refundDoubt(StoredTransfer transfer) {
    Optional<StoredOrphan> orphan = orphanOf(transfer);
    if (orphan.isPresent()) {
      return Optional.of(
          "POSSIBLE_DUPLICATE: " + orphan.get().hash() + " may have paid it; resolve that first");
    }
    if (view.lane().isBehindTheChain()) {
      return Optional.of("the journal is behind the chain, which may have paid it; resume first");
    }
    return seen.isEmpty()
        ? Optional.of("the journal is not compared with the chain yet")
        : poolDoubt(transfer);
  }

  /**
   * I12 for a pool: an old backup does not know which wallet took a payment over, so the payment is
   * in doubt until every wallet of the pool was compared with the chain.
   */
  Optional<String> poolDoubt(StoredTransfer transfer) {
    if (!(transfer.transfer().from() instanceof WalletPool name)) {
      return Optional.empty();
    }
    PoolView pool = pools.get(name);
    if (pool == null) {
      return Optional.of("the wallets of the pool " + name + " are not known here yet");
    }
    return pool.isSure() ? Optional.empty() : Optional.of(pool.unsure());
  }

  /** Pools take one transaction at a time of an account that delegates to code (EIP-7702). */
  boolean isDelegated() {
    return seen.filter(Observation::hasCode).isPresent();
  }

  void freeze(String incident) {
    if (!isFrozen() && facts.stream().noneMatch(JournalChange.LaneMoved.class::isInstance)) {
      facts.add(Decision.own(incident).move(LaneState.FROZEN));
    }
  }

  /**
   * Whether chain or pools have a transaction of the nonce. Pools count up to the first gap, so a
   * higher count means that they have one.
   */
  boolean isUsed(StoredSlot slot) {
    long nonce = slot.id().nonce();
    return seen.filter(s -> s.countAtHead() > nonce || s.pendingClaim() > nonce).isPresent();
  }

  /** Slots that the chain still has to consume, in nonce order. */
  List<StoredSlot> open() {
    return view.open();
  }

  /** The orphan that a transfer waits for, if any: the chain may have paid it already. */
  Optional<StoredOrphan> orphanOf(StoredTransfer transfer) {
    return view.orphansTo(transfer.transfer().to()).stream()
        .filter(orphan -> orphan.isLike(transfer) && orphan.holds(transfer.id()))
        .findFirst();
  }

  /** The policy, or less where the transfer may cost less. */
  FeePolicy policyOf(StoredTransfer transfer) {
    return transfer
        .options()
        .maxFee()
        .map(most -> context.policy().cappedAt(most))
        .orElse(context.policy());
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

  /** Evidence of what ended in this lane long ago is not in memory any more; what is, is newer. */
  void recall(Optional<StoredSlot> read) {
    read.filter(slot -> slot.id().lane().equals(context.lane()))
        .filter(slot -> slot.state() == SlotState.CONSUMED_FINAL)
        .filter(slot -> view.slot(slot.id()).isEmpty())
        .ifPresent(view::put);
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
            .filter(
                t ->
                    t.state().isTerminal()
                        || t.state() == TransferState.QUARANTINED
                        || !t.lane().equals(context.lane()))
            .filter(t -> t.slot().map(slot -> !view.slots().containsKey(slot.nonce())).orElse(true))
            .toList();
    transfers.forEach(transfer -> view.forget(transfer.id()));
    work.keySet().retainAll(view.slots().keySet());
    gas.keySet().removeIf(id -> !isWaiting(id));
    heldUntil.keySet().removeIf(id -> !isWaiting(id));
    overdue.removeIf(id -> !view.transfers().containsKey(id));
  }

  private boolean isWaiting(TransferId id) {
    StoredTransfer transfer = view.transfers().get(id);
    return transfer != null && transfer.state().isUnbound();
  }
}
