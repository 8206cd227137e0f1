package io.payonce.examples.simulate;

import io.payonce.Address;
import io.payonce.AttemptId;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.SignedTransaction;
import io.payonce.SlotId;
import io.payonce.Transfer;
import io.payonce.TransferId;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.signing.SigningRequest;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredLane;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.submit.TransferStatus;
import io.payonce.submit.Verdict;
import io.payonce.testing.SimulatedChain;
import io.payonce.testing.SimulatedPayment;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Checks the invariants of submission after every step, from the chain's own ledger and from what
 * passed by, never from the engine's word. The names are those of the specification.
 */
final class Judge {
  private static final BigInteger REPLACEMENT_PERCENT = BigInteger.valueOf(110);
  private static final BigInteger HUNDRED = BigInteger.valueOf(100);

  private final SimulatedChain chain;
  private final TransferStore journal;
  private final Wei maxFee;
  private final Map<IdempotencyKey, Transfer> payments = new LinkedHashMap<>();
  private final Set<String> refunded = new TreeSet<>();
  private final Map<TransferId, SlotId> signedSlot = new HashMap<>();
  private final Map<SlotId, TransferId> slotOwner = new HashMap<>();
  private final Map<LaneId, ProcessLife> owners = new HashMap<>();
  private final Map<AttemptId, UnsignedTransaction> signedContent = new HashMap<>();
  private long seenChanges = -1;
  private @Nullable Violation first;

  /** A broken invariant; ends the run. */
  static final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Violation(String invariant, String what) {
      super(invariant + ": " + what);
    }
  }

  Judge(SimulatedChain chain, TransferStore journal, Wei maxFee) {
    this.chain = chain;
    this.journal = journal;
    this.maxFee = maxFee;
  }

  void expect(IdempotencyKey key, Transfer transfer) {
    payments.put(key, transfer);
  }

  /** After every event: only the canonical ledger counts, and only when it changed. */
  void afterStep() {
    if (first != null) {
      throw first;
    }
    if (chain.chainChanges() == seenChanges) {
      return;
    }
    seenChanges = chain.chainChanges();
    payments.forEach(
        (key, transfer) -> {
          List<SimulatedPayment> paid = chain.payments(transfer.amount().asset(), transfer.to());
          int given = paid.size() + (refunded.contains(key.toString()) ? 1 : 0);
          if (given > 1) {
            throw violation(
                "I15 payments and refunds of one key are at most one",
                key
                    + " was paid "
                    + paid.size()
                    + " times: "
                    + paid
                    + (given > paid.size() ? ", and refunded" : ""));
          }
        });
  }

  /** The signer made bytes. */
  void signed(SigningRequest request, SignedTransaction tx) {
    AttemptId id = request.attempt();
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
      TransferId transfer = request.intent().orElseThrow().transfer();
      SlotId before = signedSlot.putIfAbsent(transfer, id.slot());
      require(
          before == null || before.equals(id.slot()),
          "I1 a key binds once",
          "transfer " + transfer + " was signed for " + before + " and " + id.slot());
      TransferId owner = slotOwner.putIfAbsent(id.slot(), transfer);
      require(
          owner == null || owner.equals(transfer),
          "I3 a slot has one purpose",
          id.slot() + " was signed for transfers " + owner + " and " + transfer);
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

  /** A process became the owner of a lane. */
  void took(LaneId lane, ProcessLife owner) {
    owners.put(lane, owner);
  }

  /** A process wrote to a lane. */
  void wrote(LaneId lane, ProcessLife writer) {
    require(
        writer.equals(owners.get(lane)),
        "I8 only the last owner of a lane writes to it",
        lane + " was written by a former owner");
  }

  /** One wei above ten per cent more, rounded down: what all clients take together. */
  private static boolean replaces(Wei fee, Wei old) {
    BigInteger least =
        old.value().multiply(REPLACEMENT_PERCENT).divide(HUNDRED).add(BigInteger.ONE);
    return fee.value().compareTo(least) >= 0;
  }

  /** Bytes are about to leave. */
  void sending(SignedTransaction tx) {
    LaneId lane = new LaneId(tx.transaction().chain(), tx.sender());
    SlotId slot = new SlotId(lane, tx.transaction().nonce());
    boolean stored =
        journal.slot(slot).stream()
            .flatMap(s -> s.attempts().stream())
            .map(StoredAttempt::signed)
            .flatMap(Optional::stream)
            .anyMatch(known -> known.raw().equals(tx.raw()));
    require(stored, "I2 nothing is sent before its bytes are stored", tx.toString());
  }

  /** The engine said something about a payment. */
  void said(TransferStatus status) {
    Transfer transfer = payments.get(status.key());
    if (transfer == null) {
      throw violation("I9 every key was asked for", String.valueOf(status.key()));
    }
    require(
        transfer.equals(status.transfer()),
        "I9 a key means one request",
        status.key() + " became " + status.transfer());
    List<SimulatedPayment> paid = chain.payments(transfer.amount().asset(), transfer.to());
    if (status.verdict() instanceof Verdict.PaidFinal claim) {
      require(
          paid.size() == 1
              && paid.get(0).hash().equals(claim.hash())
              && chain.isFinal(claim.hash())
              && paid.get(0).moved().orElseThrow().amount().equals(transfer.amount()),
          "I7 paid and final needs a final payment",
          status.key() + " claims " + claim + ", the chain has " + paid);
    }
    if (status.verdict().safeToRefund()) {
      if (status.state() != TransferState.REJECTED) {
        boolean proven = status.winner().filter(w -> chain.isFinal(w.hash())).isPresent();
        require(proven, "I4 unpaid needs proof", status.key() + " " + status.verdict());
      }
      refunded.add(status.key().toString());
      seenChanges = -1; // from now on the chain may not pay it
      afterStep();
    }
  }

  /** Faults have stopped long ago: everything must have come to an end. */
  void atTheEnd(List<LaneId> lanes) {
    payments.forEach(
        (key, transfer) -> {
          var stored = journal.find(key);
          require(stored.isPresent(), "I16 no accepted key is lost", key.toString());
          TransferState state = stored.orElseThrow().state();
          boolean waitsWithReason =
              (state == TransferState.QUARANTINED || state == TransferState.HELD)
                  && !stored.get().code().isEmpty();
          boolean ended = state.isTerminal() || waitsWithReason;
          require(
              ended,
              "I16 every key ends terminal, or quarantined or held with a reason",
              key + " is " + state + " " + stored.get().code());
          said(TransferStatus.of(journal, stored.get())); // also what no listener was told
        });
    for (LaneId lane : lanes) {
      long used = journal.lane(lane).map(StoredLane::nextNonce).orElse(0L);
      require(
          chain.nonce(lane.address()) >= used,
          "I11 no gap is left",
          "the journal gave out " + used + " nonces, the chain has " + chain.nonce(lane.address()));
    }
  }

  /** Keeps the first violation, because what throws may be caught on its way. */
  void require(boolean holds, String invariant, String what) {
    if (!holds) {
      throw violation(invariant, what);
    }
  }

  Violation violation(String invariant, String what) {
    Violation violation = new Violation(invariant, what);
    if (first == null) {
      first = violation;
    }
    return violation;
  }
}
