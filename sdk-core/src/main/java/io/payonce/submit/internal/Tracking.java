package io.payonce.submit.internal;

import io.payonce.BlockRef;
import io.payonce.Settlement;
import io.payonce.SlotId;
import io.payonce.TransactionHash;
import io.payonce.rpc.Route;
import io.payonce.store.AttemptState;
import io.payonce.store.ConsumerClass;
import io.payonce.store.Consumption;
import io.payonce.store.JournalChange;
import io.payonce.store.SlotState;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredReservation;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.submit.internal.LaneEvent.Found;
import io.payonce.submit.internal.LaneEvent.Reading;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** P8 and P10: what took each nonce, whether it still stands, and when it is final. */
final class Tracking {
  static final String JOURNAL_BEHIND = StoredLane.JOURNAL_BEHIND;

  private static final int BATCH = 64;

  private final LaneMemory m;

  Tracking(LaneMemory memory) {
    this.m = memory;
  }

  /** Whether the chain knows of transactions that the journal never bound. */
  static boolean isBehindTheChain(Observation seen, long nextNonce) {
    return seen.countAtHead() > nextNonce || seen.pendingClaim() > nextNonce;
  }

  void observed(Observation observation) {
    if (observation.hasCode() && m.seen.filter(Observation::hasCode).isEmpty()) {
      m.alerts.add(
          "LANE_DELEGATED: the wallet delegates to code (EIP-7702), which can use its nonces and"
              + " its money; one payment at a time, until the delegation is taken back");
    }
    m.seen = Optional.of(observation);
    m.seenAt = m.now.nanos();
    m.loneClaims.hear(observation, m.view.lane().nextNonce()).ifPresent(m.alerts::add);
    long next = m.view.lane().nextNonce();
    if (isBehindTheChain(observation, next)) {
      m.freeze(
          JOURNAL_BEHIND
              + ": the chain has "
              + observation.countAtHead()
              + " transactions of this wallet, pools up to "
              + observation.pendingClaim()
              + ", the journal gave out "
              + next);
    }
  }

  /** The reads that are needed now, each at most once at a time. */
  void read(List<LaneCommand> out) {
    if (m.seen.isEmpty() || m.now.isBefore(m.readAgainAt)) {
      return;
    }
    Observation seen = m.seen.get();
    new BrokenFinality(m).read(out);
    Map<Long, List<TransactionHash>> consumed = new TreeMap<>();
    for (StoredSlot slot : m.open()) {
      if (slot.id().nonce() < seen.countAtHead() && consumed.size() < BATCH) {
        consumed.put(slot.id().nonce(), hashes(slot));
      }
    }
    if (!consumed.isEmpty() && m.reading.add(Reading.CONSUMERS)) {
      out.add(new LaneCommand.FindConsumers(seen.head(), consumed));
    }
    List<BlockRef> blocks = blocksToCheck(seen);
    if (!blocks.isEmpty() && m.reading.add(Reading.BLOCKS)) {
      out.add(new LaneCommand.CheckBlocks(blocks, seen.finalBlock().number()));
    }
  }

  /** Blocks that became final, and blocks that the head's count speaks against. */
  private List<BlockRef> blocksToCheck(Observation seen) {
    Set<BlockRef> blocks = new LinkedHashSet<>();
    for (StoredSlot slot : m.view.slots().values()) {
      if (slot.state() != SlotState.CONSUMED || blocks.size() >= BATCH) {
        continue;
      }
      BlockRef block = slot.consumption().orElseThrow().block();
      boolean isFinal = isFinal(slot, seen);
      boolean contradicted =
          slot.id().nonce() >= seen.countAtHead() && block.number() <= seen.head().number();
      boolean unverified = m.unverified.contains(block);
      if (isFinal || contradicted || unverified) {
        blocks.add(block);
      }
    }
    return new ArrayList<>(blocks);
  }

  private boolean isFinal(StoredSlot slot, Observation seen) {
    return m.finalsInDoubt.isEmpty()
        && slot.consumption().orElseThrow().block().number() <= seen.finalBlock().number()
        && slot.id().nonce() < seen.countAtFinal();
  }

  void consumed(List<Found> found) {
    for (Found consumer : found) {
      StoredSlot slot = m.view.slots().get(consumer.nonce());
      if (slot == null || !slot.state().isOpen()) {
        continue;
      }
      Optional<Consumption> explained =
          Consumers.consumption(m.context.proofs(), slot, m.transferOf(slot), consumer);
      if (explained.isEmpty()) {
        contradiction(slot, consumer);
        continue;
      }
      ConsumerClass by = explained.get().by();
      m.facts.add(
          new JournalChange.SlotMoved(slot.id(), slot.state(), SlotState.CONSUMED, explained));
      m.transferOf(slot)
          .map(
              t -> new JournalChange.MembersSeen(t.id(), settlements(t, explained.get(), consumer)))
          .filter(seen -> !seen.settlements().isEmpty())
          .ifPresent(m.facts::add);
      if (by.isForeign() && slot.state() == SlotState.RELEASED) {
        m.freeze(
            "FOREIGN_USE: %s took nonce %s, which was given to nobody"
                .formatted(named(explained.get()), slot.id().nonce()));
      }
      if (by == ConsumerClass.FOREIGN) {
        Consumers.orphan(slot.id(), consumer)
            .ifPresent(orphan -> m.facts.add(new JournalChange.OrphanFound(orphan)));
      }
      m.transferOf(slot)
          .ifPresent(
              transfer ->
                  included(by)
                      .filter(
                          to ->
                              transfer.state() != TransferState.CANCELLING
                                  && transfer.state() != TransferState.QUARANTINED)
                      .ifPresent(to -> m.move(transfer, to, "", "")));
    }
  }

  private List<Settlement> settlements(StoredTransfer group, Consumption took, Found found) {
    return Consumers.settlements(m.context.proofs(), group, took, found);
  }

  /** The chain counts a nonce as used, and its block does not say by what. */
  private void contradiction(StoredSlot slot, Found consumer) {
    boolean isFinal =
        m.seen.filter(s -> consumer.block().number() <= s.finalBlock().number()).isPresent();
    if (!isFinal || isFirstAt(m.seen.orElseThrow().head(), slot)) {
      return; // the chain may have moved between the reads; it is asked again
    }
    String what = "no transaction of block " + consumer.block() + " took nonce " + consumer.nonce();
    m.transferOf(slot)
        .filter(t -> t.state() != TransferState.QUARANTINED)
        .ifPresent(t -> m.move(t, TransferState.QUARANTINED, "NONCE_CONTRADICTION", what));
    if (m.work(slot).told.add("NONCE_CONTRADICTION")) { // a person who resumes the lane has read it
      m.freeze("NONCE_CONTRADICTION: " + what);
    }
  }

  /** One look never decides: another, as of a later head, must say the same. */
  private boolean isFirstAt(BlockRef head, StoredSlot slot) {
    SlotWork work = m.work(slot);
    boolean confirms = work.contradictedAt.filter(earlier -> !earlier.equals(head)).isPresent();
    work.contradictedAt = work.contradictedAt.or(() -> Optional.of(head));
    return !confirms;
  }

  private static Optional<TransferState> included(ConsumerClass by) {
    return switch (by) {
      case PAYMENT -> Optional.of(TransferState.INCLUDED);
      case REVERTED -> Optional.of(TransferState.REVERTED);
      case UNPROVEN, CANCEL, FILL, HOST, HOST_REVERTED, FOREIGN, AUTH_7702, CODE_7702 ->
          Optional.empty();
    };
  }

  void reorged(long ancestor, boolean belowFinal) {
    m.seen = Optional.empty();
    new BrokenFinality(m).reorged(ancestor, belowFinal);
    for (StoredSlot slot : m.view.slots().values()) {
      if (slot.state() == SlotState.CONSUMED
          && slot.consumption().orElseThrow().block().number() > ancestor) {
        reopen(slot);
      }
    }
  }

  void checked(Map<BlockRef, Boolean> canonical, long finalNumber) {
    if (m.seen.isEmpty()) {
      return; // a reorganisation came in between
    }
    for (StoredSlot slot : m.view.slots().values()) {
      if (slot.state() != SlotState.CONSUMED) {
        continue;
      }
      BlockRef block = slot.consumption().orElseThrow().block();
      Boolean stands = canonical.get(block);
      if (stands == null) {
        continue;
      }
      m.unverified.remove(block);
      if (!stands) {
        reopen(slot);
      } else if (block.number() <= finalNumber && isFinal(slot, m.seen.get())) {
        finish(slot);
      }
    }
    raiseFinalNonce();
  }

  /** What had been in a block is sent again with the newest bytes: any of them may win. */
  private void reopen(StoredSlot slot) {
    if (isPlanned(slot.id())) {
      return;
    }
    boolean signed = slot.attempts().stream().anyMatch(a -> a.hash().isPresent());
    // Without attempts it was somebody else's, and the host's are its own: its bytes are out there.
    boolean elsewhere =
        slot.attempts().isEmpty()
            || slot.consumption().filter(c -> c.by().isHost()).isPresent()
            || slot.reservation().flatMap(StoredReservation::exposedBy).isPresent();
    SlotState back = signed || elsewhere ? SlotState.EXPOSED : SlotState.INTENDED;
    m.facts.add(new JournalChange.SlotMoved(slot.id(), SlotState.CONSUMED, back, Optional.empty()));
    TransactionHash hash = slot.consumption().orElseThrow().hash();
    SlotWork work = m.work(slot);
    work.sendAgainAt = m.now.nanos();
    slot.attempts().stream()
        .filter(attempt -> attempt.isHash(hash))
        .forEach(attempt -> work.reorganised.add(attempt.id().sequence()));
    m.transferOf(slot)
        .filter(
            t ->
                t.state() == TransferState.INCLUDED
                    || t.state() == TransferState.SAFE
                    || t.state() == TransferState.REVERTED)
        .ifPresent(t -> m.move(t, TransferState.IN_FLIGHT, "REORGED", "its block was replaced"));
  }

  private void finish(StoredSlot slot) {
    if (isPlanned(slot.id())) {
      return;
    }
    Consumption consumption = slot.consumption().orElseThrow();
    m.facts.add(
        new JournalChange.SlotMoved(
            slot.id(), SlotState.CONSUMED, SlotState.CONSUMED_FINAL, Optional.of(consumption)));
    for (StoredAttempt attempt : slot.attempts()) {
      attempt
          .hash()
          .filter(hash -> !attempt.state().isEnded()) // before its slot's finality broke
          .ifPresent(
              hash ->
                  m.facts.add(
                      new JournalChange.AttemptEnded(
                          attempt.id(),
                          hash.equals(consumption.hash()) ? AttemptState.WON : AttemptState.LOST)));
    }
    if (!slot.attempts().isEmpty()) {
      m.facts.add(
          new JournalChange.FeeSettled(m.context.lane().chain(), slot.id(), consumption.fee()));
    }
    m.transferOf(slot)
        .map(transfer -> caughtUp(transfer, consumption.by()))
        .ifPresent(transfer -> end(transfer, consumption));
    if (slot.reservation().isPresent() && consumption.by().isForeign()) {
      m.freeze(
          "FOREIGN_USE: %s took nonce %s, which was reserved as %s, and is not what was intended"
              .formatted(named(consumption), slot.id().nonce(), slot.reservation().get().name()));
    }
  }

  /** For people: not each of them is a transaction of the wallet. */
  private static String named(Consumption taker) {
    return switch (taker.by()) {
      case AUTH_7702 -> "an authorization in " + taker.hash();
      case CODE_7702 -> "delegated code of the wallet in block " + taker.block();
      case PAYMENT, REVERTED, UNPROVEN, CANCEL, FILL, HOST, HOST_REVERTED, FOREIGN ->
          taker.hash().value();
    };
  }

  /**
   * The transfer as it should be beside its slot. A journal that has lost commits under a living
   * owner may have a nonce that is consumed and a payment that does not know it: the owner's memory
   * was ahead, so it moved the nonce alone.
   */
  private StoredTransfer caughtUp(StoredTransfer transfer, ConsumerClass by) {
    if (transfer.state() != TransferState.BOUND && transfer.state() != TransferState.IN_FLIGHT) {
      return transfer;
    }
    Optional<TransferState> missed =
        by == ConsumerClass.CANCEL ? Optional.of(TransferState.CANCELLING) : included(by);
    missed.ifPresent(to -> m.move(transfer, to, "", ""));
    return missed.map(to -> transfer.moved(to, "", "", m.now.wall())).orElse(transfer);
  }

  private void end(StoredTransfer transfer, Consumption consumption) {
    if (transfer.state() == TransferState.QUARANTINED) {
      return; // a person decides, with this slot as evidence
    }
    String hash = consumption.hash().value();
    switch (consumption.by()) {
      case PAYMENT -> m.move(transfer, TransferState.PAID_FINAL, "", "");
      case REVERTED -> m.move(transfer, TransferState.REVERTED_FINAL, "REVERTED", hash);
      case CANCEL ->
          m.move(
              transfer,
              TransferState.CANCELLED_FINAL,
              "CANCELLED",
              transfer.reason() + "; the cancel " + hash + " took the nonce");
      case UNPROVEN ->
          m.move(
              transfer,
              TransferState.QUARANTINED,
              StoredTransfer.PAYMENT_UNPROVEN,
              hash
                  + (transfer.group().isPresent()
                      ? " succeeded and does not show of each member whether it was paid"
                      : " succeeded without a Transfer log of exactly this amount to the payee"));
      case FOREIGN, FILL, HOST, HOST_REVERTED, AUTH_7702, CODE_7702 -> {
        String what = named(consumption);
        m.move(
            transfer,
            TransferState.QUARANTINED,
            "FOREIGN_USE",
            what + " took the nonce and is not known to the journal");
        m.freeze("FOREIGN_USE: " + what + " used the key outside this journal");
      }
    }
  }

  private void raiseFinalNonce() {
    long lowest =
        m.view.slots().values().stream()
            .filter(slot -> slot.state() != SlotState.CONSUMED_FINAL && !isEnding(slot.id()))
            .mapToLong(slot -> slot.id().nonce())
            .min()
            .orElse(m.view.lane().nextNonce());
    if (lowest > m.view.lane().finalNonce()) {
      m.facts.add(new JournalChange.FinalNonceRaised(lowest));
    }
  }

  private boolean isEnding(SlotId id) {
    return m.facts.stream()
        .anyMatch(
            change ->
                change instanceof JournalChange.SlotMoved moved
                    && moved.slot().equals(id)
                    && moved.to() == SlotState.CONSUMED_FINAL);
  }

  private boolean isPlanned(SlotId id) {
    return m.facts.stream()
        .anyMatch(
            change -> change instanceof JournalChange.SlotMoved moved && moved.slot().equals(id));
  }

  /** None of a private wallet: they are hints, and asking for them would give them away. */
  private List<TransactionHash> hashes(StoredSlot slot) {
    if (!(m.context.route() instanceof Route.Public)) {
      return List.of();
    }
    return slot.attempts().stream().flatMap(a -> a.hash().stream()).toList();
  }
}
