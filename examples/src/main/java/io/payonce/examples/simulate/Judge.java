package io.payonce.examples.simulate;

import io.payonce.Address;
import io.payonce.AttemptId;
import io.payonce.GroupMember;
import io.payonce.GroupSubmission;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.SignedTransaction;
import io.payonce.SlotId;
import io.payonce.TransactionHash;
import io.payonce.Transfer;
import io.payonce.TransferId;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.signing.AttemptKind;
import io.payonce.signing.SigningRequest;
import io.payonce.store.Consumption;
import io.payonce.store.JournalChange;
import io.payonce.store.SlotState;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.submit.MemberStatus;
import io.payonce.submit.TransferStatus;
import io.payonce.submit.Verdict;
import io.payonce.testing.SimulatedChain;
import io.payonce.testing.SimulatedPayment;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Checks the invariants of submission after every step, from the chain's own ledger and from what
 * passed by, never from the engine's word. The names are those of the specification.
 *
 * <p>A debt is what a host owes: one payee, one amount. It may be asked for under a second key once
 * the first is proven unpaid, and is never settled twice, by payments or refunds.
 *
 * <p>When finality breaks, what was proven may become untrue, and a refund that was taken cannot be
 * taken back: such a debt is excused, and counted. What can be demanded then is: in the end all
 * that ended rests on the chain as it is, nothing is signed for a frozen wallet, and nobody who
 * knows of it sends again what ended unpaid.
 */
final class Judge {
  private static final BigInteger REPLACEMENT_PERCENT = BigInteger.valueOf(110);
  private static final BigInteger HUNDRED = BigInteger.valueOf(100);

  /** Nothing is bound on a view of the chain that is older. */
  private static final Duration STALE = Duration.ofSeconds(40);

  private final SimulatedChain chain;
  private final TransferStore journal;
  private final Wei maxFee;
  private final Map<IdempotencyKey, Transfer> asked = new LinkedHashMap<>();
  private final Map<IdempotencyKey, GroupSubmission> groups = new LinkedHashMap<>();
  private final Map<IdempotencyKey, GroupMember> members = new LinkedHashMap<>();
  private final Set<IdempotencyKey> refundedMembers = new LinkedHashSet<>();
  private final Set<Transfer> debts = new LinkedHashSet<>();
  private final Set<Transfer> refunded = new LinkedHashSet<>();
  private final Set<String> abandoned = new TreeSet<>();
  private final Set<String> unpaid = new TreeSet<>();
  private final Map<IdempotencyKey, SlotId> signedSlot = new HashMap<>();
  private final Map<SlotId, IdempotencyKey> slotOwner = new HashMap<>();
  private final Map<TransactionHash, IdempotencyKey> signedFor = new HashMap<>();
  private final Map<AttemptId, UnsignedTransaction> signedContent = new HashMap<>();

  /** Who took a lane under which epoch; more than one only where a fail-over lost an epoch. */
  private final Map<LaneId, Map<Long, Set<ProcessLife>>> owners = new HashMap<>();

  private final Map<LaneId, Long> nextNonces = new HashMap<>();
  private final Map<LaneId, Deque<Count>> counts = new LinkedHashMap<>();

  /** Settled unpaid by blocks that are gone. */
  private final Set<Transfer> excused = new LinkedHashSet<>();

  /** Payments that something else than the words of operators lets the engine cancel. */
  private final Set<IdempotencyKey> cancellable = new LinkedHashSet<>();

  /** Keys of which a lost journal knew a nonce that the present one does not know. */
  private final Set<IdempotencyKey> lost = new LinkedHashSet<>();

  /** Bytes that were stored, by this journal or one that is lost. */
  private final Set<TransactionHash> onceStored = new HashSet<>(); // never iterated

  /** What a lost journal had said to be unpaid. */
  private final Set<String> lostUnpaid = new TreeSet<>();

  /** Who ended a payment without a nonce, and where. */
  private final Map<IdempotencyKey, Rejection> rejections = new HashMap<>(); // never iterated

  private final Set<Address> hostPayees = new LinkedHashSet<>();
  private final Set<TransactionHash> hostSigned = new LinkedHashSet<>();
  private final Set<SlotId> hostSlots = new LinkedHashSet<>();

  private boolean finalityBroke;
  private boolean failedOver;
  private long seenChanges = -1;
  private long checks;
  private @Nullable Violation first;

  private record Rejection(LaneId lane, ProcessLife by) {}

  /** How many nonces of a wallet the chain had used at an instant. */
  private record Count(Instant at, long nonces) {}

  /** A broken invariant; ends the run. */
  static final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Violation(String invariant, String what) {
      super(invariant + ": " + what);
    }
  }

  Judge(SimulatedChain chain, TransferStore journal, Wei maxFee, List<LaneId> lanes) {
    this.chain = chain;
    this.journal = journal;
    this.maxFee = maxFee;
    lanes.forEach(lane -> counts.put(lane, new ArrayDeque<>()));
  }

  /** A host owes this, and asks for it in groups. */
  void expect(GroupMember member) {
    members.put(member.key(), member);
  }

  /** From now on a host asks for this group under its key. */
  void expect(GroupSubmission group) {
    asked.put(group.key(), group.submission().transfer());
    groups.put(group.key(), group);
  }

  /** The host gave a member's money back: from now on the chain may not pay it. */
  void refunded(GroupMember member) {
    refundedMembers.add(member.key());
    settledOnce(member);
  }

  private void settledOnce(GroupMember member) {
    List<SimulatedPayment> paid = chain.payments(member.amount().asset(), member.to());
    boolean given = refundedMembers.contains(member.key());
    require(
        finalityBroke || paid.size() + (given ? 1 : 0) <= 1,
        "I15 payments and refunds of one member are at most one",
        () -> member + " was paid by " + paid + (given ? ", and refunded" : ""));
  }

  /** What the engine says of the members of a group, against the chain. */
  private void saidOfMembers(GroupSubmission group) {
    for (GroupMember member : group.group().members()) {
      MemberStatus status = MemberStatus.of(journal, member.key()).orElseThrow();
      if (finalityBroke || !status.group().equals(group.key())) {
        continue;
      }
      List<SimulatedPayment> paid = chain.payments(member.amount().asset(), member.to());
      if (status.verdict() instanceof Verdict.PaidFinal claim) {
        require(
            paid.size() == 1
                && paid.get(0).hash().equals(claim.hash())
                && chain.isFinal(claim.hash())
                && paid.get(0).moved().orElseThrow().amount().equals(member.amount()),
            "I7 a member that is paid and final needs a final payment",
            () -> member + " claims " + claim + ", the chain has " + paid);
      }
      require(
          !status.verdict().safeToRefund()
              || paid.stream().noneMatch(p -> group.key().equals(signedFor.get(p.hash()))),
          "I4 a member that was paid is not unpaid",
          () -> member + " " + status.verdict() + ", the chain has " + paid);
    }
  }

  /** From now on a host asks for this under this key. */
  void expect(IdempotencyKey key, Transfer transfer) {
    asked.put(key, transfer);
    debts.add(transfer);
  }

  /** From now on the payment may be cancelled: somebody asks for it, or its key refuses it. */
  void mayCancel(IdempotencyKey key) {
    cancellable.add(key);
  }

  /** A host pays this payee by one transaction of its own, at a nonce that it reserved. */
  void expectOnce(Address payee) {
    hostPayees.add(payee);
  }

  /** A host signed what it intended. */
  void signedByHost(SignedTransaction tx) {
    SlotId slot = slot(tx);
    require(
        journal.claims(slot).stream()
            .anyMatch(
                claim ->
                    claim.kind() == AttemptKind.HOST
                        && claim.transaction().equals(tx.transaction())),
        "I2 no host signs before its intent is stored",
        tx.toString());
    hostSigned.add(tx.hash());
  }

  private static SlotId slot(SignedTransaction tx) {
    return new SlotId(new LaneId(tx.transaction().chain(), tx.sender()), tx.transaction().nonce());
  }

  private void ranOnce(Address payee) {
    List<SimulatedPayment> ran = chain.payments(Simulation.native_(), payee);
    require(
        ran.size() <= 1 && ran.stream().allMatch(tx -> hostSigned.contains(tx.hash())),
        "I1 a transaction of a host's own is mined once at most, as it was intended",
        () -> payee + " got " + ran);
  }

  /** The journal said that it stored nothing under this key, and its host has taken another. */
  void mayBeUnknown(IdempotencyKey key) {
    abandoned.add(key.toString());
  }

  /** After every event: only the canonical ledger counts, and only when it changed. */
  void afterStep(Instant now) {
    if (first != null) {
      throw first;
    }
    if (chain.chainChanges() == seenChanges) {
      return;
    }
    seenChanges = chain.chainChanges();
    debts.forEach(this::settledOnce);
    members.values().forEach(this::settledOnce);
    hostPayees.forEach(this::ranOnce);
    counts.forEach((lane, of) -> remember(of, new Count(now, chain.nonce(lane.address()))));
  }

  private void settledOnce(Transfer debt) {
    List<SimulatedPayment> paid = chain.payments(debt.amount().asset(), debt.to());
    boolean given = refunded.contains(debt);
    require(
        excused.contains(debt) || paid.size() + (given ? 1 : 0) <= 1,
        "I15 payments and refunds of one key are at most one",
        () ->
            debt
                + " was paid "
                + paid.size()
                + " times: "
                + paid
                + (given ? ", and refunded" : ""));
  }

  private static void remember(Deque<Count> counts, Count now) {
    while (counts.size() > 1 && counts.peekFirst().at().plus(STALE).isBefore(now.at())) {
      counts.removeFirst();
    }
    counts.addLast(now);
  }

  /**
   * An old backup of the journal was put back. What the signer did stays; what the lost journal
   * knew of it may be done anew once it can harm nobody, and a nonce that had bytes stays taken.
   */
  void restored() {
    owners.clear();
    forget();
  }

  /**
   * A replica that is behind is the journal now, and its processes live on: an epoch that was lost
   * is given out again, to another.
   */
  void failedOver() {
    failedOver = true;
    forget();
  }

  private void forget() {
    counts.keySet().forEach(lane -> nextNonces.put(lane, nextNonce(lane)));
    signedContent
        .keySet()
        .removeIf(id -> journal.claims(id.slot()).stream().noneMatch(c -> c.attempt().equals(id)));
    signedSlot.forEach(
        (key, slot) -> {
          if (!journal.find(key).flatMap(StoredTransfer::slot).equals(Optional.of(slot))) {
            lost.add(key);
          }
        });
    hostSlots.removeIf(slot -> journal.slot(slot).flatMap(StoredSlot::host).isEmpty());
    lostUnpaid.addAll(unpaid);
  }

  private long nextNonce(LaneId lane) {
    return journal.lane(lane).map(StoredLane::nextNonce).orElse(0L);
  }

  /** Whether the bytes of a lost journal for this key can never be mined: others took its nonce. */
  private boolean isGone(IdempotencyKey key) {
    SlotId slot = signedSlot.get(key);
    return lost.contains(key)
        && slot != null
        && chain.finalNonce(slot.lane().address()) > slot.nonce();
  }

  /** The chain did what no chain may do. */
  void finalityBroke() {
    finalityBroke = true;
    asked.forEach(
        (key, transfer) ->
            journal
                .find(key)
                .filter(stored -> stored.state().isUnpaid() && !rests(stored))
                .ifPresent(stored -> excused.add(transfer)));
  }

  /** How many debts were taken for unpaid, by blocks that are gone. */
  long excused() {
    return excused.size();
  }

  /** Whether the block that an end rests on is on the chain. */
  private boolean rests(StoredTransfer ended) {
    return ended
        .slot()
        .flatMap(journal::slot)
        .flatMap(StoredSlot::consumption)
        .map(took -> chain.isCanonical(took.block()))
        .orElse(ended.state() == TransferState.REJECTED);
  }

  /** What has ended by a block that is not on the chain: it may not stay so. */
  List<IdempotencyKey> unproven() {
    return asked.keySet().stream()
        .filter(
            key -> journal.find(key).filter(t -> t.state().isTerminal() && !rests(t)).isPresent())
        .toList();
  }

  /** Whether everybody has noticed what broke, and no nonce that was given out is open. */
  boolean isSettled(List<LaneId> lanes) {
    return unproven().isEmpty() && lanes.stream().allMatch(lane -> gap(lane) <= 0);
  }

  private long gap(LaneId lane) {
    long used = journal.lane(lane).map(StoredLane::nextNonce).orElse(0L);
    while (used > 0 && isReleased(new SlotId(lane, used - 1))) {
      used--; // nobody waits for what was given back above all others
    }
    return used - chain.nonce(lane.address());
  }

  private boolean isReleased(SlotId slot) {
    return journal.slot(slot).filter(s -> s.state() == SlotState.RELEASED).isPresent();
  }

  /** A process asks for a signature. */
  void asked(SigningRequest request, ProcessLife by) {
    LaneId lane = request.attempt().slot().lane();
    StoredLane stored = journal.lane(lane).orElseThrow();
    require(
        !isOwner(lane, by)
            || stored.state() != StoredLane.LaneState.FROZEN
            || stored.isBehindTheChain(), // of what it gave out, which an old backup knows too
        "8.3 nothing is signed for a frozen wallet",
        request.attempt() + " " + request.kind());
    require(
        request.kind() != AttemptKind.CANCEL
            || cancellable.contains(key(request))
            || stored(request).isBroken(),
        "7.4 nothing is cancelled at the word of some operators",
        () -> key(request) + " is " + stored(request).state() + " " + stored(request).reason());
  }

  /** The signer will not sign this: the nonce of a payment is left for its cancel. */
  void refused(SigningRequest request) {
    if (request.kind().pays()) {
      mayCancel(key(request));
    }
  }

  /** The signer made bytes. */
  void signed(SigningRequest request, SignedTransaction tx) {
    AttemptId id = request.attempt();
    require(
        request.kind() != AttemptKind.HOST,
        "I3 nobody but the host signs what it intended",
        id.toString());
    boolean stored =
        journal.claims(id.slot()).stream()
            .anyMatch(
                claim ->
                    claim.attempt().equals(id) && claim.transaction().equals(tx.transaction()));
    require(stored, "I2 nothing is signed before its intent is stored", id + " " + tx);
    UnsignedTransaction unsigned = tx.transaction();
    require(
        !unsigned.maxFee().isGreaterThan(maxFee),
        "I10 fees are bounded",
        id + " may cost " + unsigned.maxFee());
    if (request.kind().pays()) {
      IdempotencyKey key = key(request);
      SlotId before = signedSlot.putIfAbsent(key, id.slot());
      require(
          before == null || before.equals(id.slot()) || isGone(key),
          "I1 a key binds once",
          key + " was signed for " + before + " and " + id.slot());
      signedSlot.put(key, id.slot());
      IdempotencyKey owner = slotOwner.putIfAbsent(id.slot(), key);
      require(
          owner == null || owner.equals(key),
          "I3 a slot has one purpose",
          id.slot() + " was signed for " + owner + " and " + key);
      signedFor.put(tx.hash(), key);
    } else {
      Address self = id.slot().lane().address();
      require(
          unsigned.to().equals(self) && unsigned.value().isZero() && unsigned.data().isEmpty(),
          "I3 the only other use of a slot is a transfer of nothing to oneself",
          id + " " + unsigned);
    }
    UnsignedTransaction intent = signedContent.putIfAbsent(id, unsigned);
    require(
        intent == null || intent.equals(unsigned),
        "I2 an intent is signed as it was stored first",
        id + " was signed as " + intent + " and as " + unsigned);
    rising(id, unsigned);
  }

  private IdempotencyKey key(SigningRequest request) {
    return stored(request).key();
  }

  private StoredTransfer stored(SigningRequest request) {
    return journal.find(request.intent().orElseThrow().transfer()).orElseThrow();
  }

  private void rising(AttemptId id, UnsignedTransaction unsigned) {
    for (var claim : journal.claims(id.slot())) {
      if (claim.attempt().sequence() == id.sequence() - 1) {
        UnsignedTransaction older = claim.transaction();
        require(
            replaces(unsigned.maxFeePerGas(), older.maxFeePerGas())
                && replaces(unsigned.maxPriorityFeePerGas(), older.maxPriorityFeePerGas()),
            "I10 the fees of a replacement rise by the strictest rule of any pool",
            id + ": " + unsigned + " over " + older);
      }
    }
  }

  /** One wei above ten per cent more, rounded down: what all clients take together. */
  private static boolean replaces(Wei fee, Wei old) {
    BigInteger least =
        old.value().multiply(REPLACEMENT_PERCENT).divide(HUNDRED).add(BigInteger.ONE);
    return fee.value().compareTo(least) >= 0;
  }

  /** A process became the owner of a lane. */
  void took(LaneId lane, long epoch, ProcessLife owner) {
    Set<ProcessLife> under =
        owners
            .computeIfAbsent(lane, l -> new HashMap<>())
            .computeIfAbsent(epoch, e -> new LinkedHashSet<>());
    require(
        (under.add(owner) && under.size() == 1) || failedOver,
        "I8 an epoch is given out once",
        () -> lane + " epoch " + epoch);
  }

  private boolean isOwner(LaneId lane, ProcessLife process) {
    return owners
        .getOrDefault(lane, Map.of())
        .getOrDefault(journal.lane(lane).orElseThrow().epoch(), Set.of())
        .contains(process);
  }

  /** A process wrote to a lane. */
  void wrote(LaneId lane, ProcessLife writer, List<JournalChange> changes) {
    require(
        isOwner(lane, writer),
        "I8 only the last owner of a lane writes to it",
        lane + " was written by a former owner");
    long next = journal.lane(lane).orElseThrow().nextNonce();
    long before = nextNonces.getOrDefault(lane, 0L);
    require(
        next >= before, "I6 a nonce is given out once", lane + ": " + next + " after " + before);
    nextNonces.put(lane, next);
    for (JournalChange change : changes) {
      if (change instanceof JournalChange.SlotBound bound) {
        bound(bound.slot());
        excuse(bound.transfer(), lane, writer);
      } else if (change instanceof JournalChange.SlotReserved reserved) {
        bound(reserved.slot());
      } else if (change instanceof JournalChange.AttemptAdded added
          && added.kind() == AttemptKind.HOST) {
        require(
            hostSlots.add(added.attempt().slot()),
            "I3 a reserved nonce is for one transaction",
            added.toString());
      } else if (change instanceof JournalChange.AttemptSigned signed) {
        onceStored.add(signed.signed().hash());
      } else if (change instanceof JournalChange.TransferMoved moved && moved.to().isTerminal()) {
        ended(moved.transfer());
        if (moved.to() == TransferState.REJECTED) {
          rejections.put(key(moved.transfer()), new Rejection(lane, writer));
        }
      }
    }
  }

  /**
   * That a payment ended without a nonce is nowhere but in the journal. When a fail-over loses it,
   * only who had written it can know: from all others nothing else can be demanded than to pay.
   */
  private void excuse(TransferId id, LaneId lane, ProcessLife writer) {
    IdempotencyKey key = key(id);
    Transfer debt = asked.get(key);
    if (failedOver
        && debt != null
        && unpaid.contains(key.toString())
        && !new Rejection(lane, writer).equals(rejections.get(key))) {
      excused.add(debt);
      unpaid.remove(key.toString());
    }
  }

  private IdempotencyKey key(TransferId id) {
    return journal.find(id).orElseThrow().key();
  }

  /** Whoever asks the journal is told so from now on, also when no listener ever hears of it. */
  private void ended(TransferId id) {
    journal
        .find(id)
        .filter(transfer -> asked.containsKey(transfer.key()))
        .ifPresent(transfer -> holds(TransferStatus.of(journal, transfer)));
  }

  private void bound(SlotId slot) {
    long least =
        counts.getOrDefault(slot.lane(), new ArrayDeque<>()).stream()
            .mapToLong(Count::nonces)
            .min()
            .orElse(0);
    require(
        slot.nonce() >= least,
        "I12 nothing is bound while the journal is behind the chain",
        slot + " was bound, the chain has had " + least + " transactions for " + STALE);
    require(
        !hostSlots.contains(slot) && !slotOwner.containsKey(slot),
        "I3 a slot has one purpose",
        slot + " has an intent and was given out again");
    require(
        chain.nonce(slot.lane().address()) >= slot.nonce()
            || journal.slot(new SlotId(slot.lane(), slot.nonce() - 1)).isPresent(),
        "I11 no nonce is left out",
        slot + " was bound and the one below it was not");
  }

  /** Bytes are about to leave. */
  void sending(SignedTransaction tx, ProcessLife by) {
    LaneId lane = new LaneId(tx.transaction().chain(), tx.sender());
    SlotId slot = new SlotId(lane, tx.transaction().nonce());
    Optional<StoredAttempt> stored =
        journal.slot(slot).stream()
            .flatMap(s -> s.attempts().stream())
            .filter(a -> a.isHash(tx.hash()))
            .findFirst();
    if (stored.isEmpty() && failedOver && onceStored.contains(tx.hash())) {
      return; // by who knows more than the journal does
    }
    require(stored.isPresent(), "I2 nothing is sent before its bytes are stored", tx.toString());
    require(
        tx.transaction().equals(stored.orElseThrow().transaction()),
        "I14 what is sent is what was intended",
        tx + " instead of " + stored.get().transaction());
    boolean open = journal.slot(slot).orElseThrow().state() != SlotState.CONSUMED_FINAL;
    IdempotencyKey pays = signedFor.get(tx.hash());
    boolean harmless =
        lostUnpaid.contains(String.valueOf(pays)) && chain.finalNonce(tx.sender()) > slot.nonce();
    require(
        !open
            || pays == null
            || harmless
            || !unpaid.contains(pays.toString())
            || !isOwner(lane, by),
        "I15 what ended unpaid is never sent again",
        pays + " " + tx);
  }

  /**
   * A host is told something about a payment.
   *
   * @return whether it is proven unpaid, for the first time
   */
  boolean said(TransferStatus status) {
    boolean rests = holds(status);
    boolean fresh = status.verdict().safeToRefund() && unpaid.add(status.key().toString());
    if (fresh && !rests) {
      excused.add(status.transfer());
    }
    return fresh;
  }

  /**
   * What the journal says of a payment, which is what a host gets that asks, against the chain.
   *
   * @return false for an end whose block is gone, which was written before anybody could know: the
   *     end of the run asks whether it stayed so
   */
  private boolean holds(TransferStatus status) {
    Transfer transfer = asked.get(status.key());
    if (transfer == null) {
      throw violation("I9 every key was asked for", String.valueOf(status.key()));
    }
    require(
        transfer.equals(status.transfer()),
        "I9 a key means one request",
        status.key() + " became " + status.transfer());
    if (finalityBroke
        && status.state().isTerminal()
        && journal.find(status.key()).filter(stored -> !rests(stored)).isPresent()) {
      return false;
    }
    GroupSubmission group = groups.get(status.key());
    if (group != null) {
      saidOfMembers(group);
    } else if (status.verdict() instanceof Verdict.PaidFinal claim) {
      boolean excuse = excused.contains(transfer); // then another key of it may be paid too
      List<SimulatedPayment> paid =
          chain.payments(transfer.amount().asset(), transfer.to()).stream()
              .filter(each -> !excuse || each.hash().equals(claim.hash()))
              .toList();
      require(
          paid.size() == 1
              && paid.get(0).hash().equals(claim.hash())
              && chain.isFinal(claim.hash())
              && paid.get(0).moved().orElseThrow().amount().equals(transfer.amount())
              && status.key().equals(signedFor.get(claim.hash())),
          "I7 paid and final needs a final payment",
          status.key() + " claims " + claim + ", the chain has " + paid);
    }
    if (!status.verdict().safeToRefund()) {
      return true;
    }
    boolean proven =
        status.state() == TransferState.REJECTED
            ? !signedSlot.containsKey(status.key()) || isGone(status.key())
            : status.winner().map(this::isFinal).orElse(true)
                && status.nonce().orElse(Long.MAX_VALUE)
                    < chain.finalNonce(status.lane().address());
    require(proven, "I4 unpaid needs proof", status.key() + " " + status.verdict());
    require(
        chain.payments(transfer.amount().asset(), transfer.to()).stream()
            .noneMatch(paid -> status.key().equals(signedFor.get(paid.hash()))),
        "I4 what was paid is not unpaid",
        status.key() + " " + status.verdict());
    return true;
  }

  /** Of what delegated code did, no transaction tells, only the block. */
  private boolean isFinal(TransferStatus.Inclusion winner) {
    return winner.hash().equals(Consumption.UNNAMED)
        ? chain.isCanonical(winner.block())
            && winner.block().number() <= chain.finalizedHead().number()
        : chain.isFinal(winner.hash());
  }

  /** The host gave the money back by other means: from now on the chain may not pay it. */
  void refunded(Transfer debt) {
    refunded.add(debt);
    settledOnce(debt);
  }

  /** Faults have stopped long ago: everything must have come to an end. */
  void atTheEnd(List<LaneId> lanes) {
    List<IdempotencyKey> unproven = unproven();
    require(
        unproven.isEmpty(),
        "I7 what ended rests on a block of the chain",
        unproven + " ended by blocks that were replaced");
    for (IdempotencyKey key : List.copyOf(asked.keySet())) {
      Optional<StoredTransfer> stored = journal.find(key);
      if (stored.isEmpty() && abandoned.contains(key.toString())) {
        continue;
      }
      require(stored.isPresent(), "I16 no accepted key is lost", key.toString());
      ended(stored.orElseThrow());
      recorded(stored.get());
      if (said(TransferStatus.of(journal, stored.get()))) { // also what no listener was told
        refunded(stored.get().transfer());
      }
    }
    for (LaneId lane : lanes) {
      long gap = gap(lane);
      require(gap <= 0, "I11 no gap is left", lane + ": the chain lacks the last " + gap);
    }
  }

  private void ended(StoredTransfer transfer) {
    TransferState state = transfer.state();
    boolean waitsWithReason =
        (state == TransferState.QUARANTINED || state == TransferState.HELD)
            && !transfer.code().isEmpty();
    require(
        state.isTerminal() || waitsWithReason,
        "I16 every key ends terminal, or quarantined or held with a reason",
        transfer.key() + " is " + state + " " + transfer.code());
    require(
        !transfer.code().equals("NONCE_CONTRADICTION"),
        "8.2 what took a nonce is named",
        transfer.key() + " " + transfer.reason());
  }

  private static String end(TransferStore.JournalEvent event) {
    return switch (event.what()) {
      case "moved" -> event.detail();
      case "paid by orphan" -> " to " + TransferState.PAID_FINAL;
      default -> "";
    };
  }

  /** The history begins with the request and ends with the state. */
  private void recorded(StoredTransfer transfer) {
    List<TransferStore.JournalEvent> events = // its nonce may have an older history
        journal.events(transfer.id()).stream()
            .filter(event -> event.entity().startsWith("transfer/"))
            .toList();
    String last =
        events.stream()
            .map(Judge::end)
            .filter(end -> !end.isEmpty())
            .reduce("", (older, newer) -> newer);
    require(
        !events.isEmpty()
            && events.get(0).what().equals("accepted")
            && last.contains(" to " + transfer.state()),
        "I13 every transition has its event",
        transfer.key() + " is " + transfer.state() + ", its history ends with " + last);
  }

  /** Keeps the first violation, because what throws may be caught on its way. */
  void require(boolean holds, String invariant, String what) {
    require(holds, invariant, () -> what);
  }

  /** The same, where the text takes longer than the check. */
  private void require(boolean holds, String invariant, Supplier<String> what) {
    checks++;
    if (!holds) {
      throw violation(invariant, what.get());
    }
  }

  /** How often an invariant was checked. */
  long checks() {
    return checks;
  }

  Violation violation(String invariant, String what) {
    Violation violation = new Violation(invariant, what);
    if (first == null) {
      first = violation;
    }
    return violation;
  }
}
