package io.payonce.submit.internal;

import io.payonce.Asset;
import io.payonce.failure.FailureClassifier;
import io.payonce.failure.SendAction;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastEvidence.Answer;
import io.payonce.rpc.BroadcastEvidence.Verdict;
import io.payonce.store.AttemptState;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredSlot;
import io.payonce.store.TransferState;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/**
 * What the answers to sent bytes may cause besides sending the same again, and nothing else. A
 * refusal is worth nothing where another operator took the bytes. What a text says of the chain
 * (nonces, balance) is not believed: each head brings what a quorum says.
 *
 * <ul>
 *   <li>pool full, rate limit: half as many nonces at once that nobody took yet, and twice as many
 *       again when a node takes one; either once a head;
 *   <li>a nonce is said to be missing: everything below is sent again, the lowest first;
 *   <li>funds: nonce and bytes stay, a person is told the balance that a quorum has, and they are
 *       sent at once when it suffices;
 *   <li>configuration (fee cap of the node, transaction type, chain id): a person is told once
 *       every operator refuses so;
 *   <li>payload (gas limit, size, would fail): once every configured operator has refused so at two
 *       heads, and nobody ever took any bytes of the nonce, a cancel takes the nonce;
 *   <li>words that no rule knows: a person sees them, once.
 * </ul>
 */
final class SendAnswers {
  private final LaneMemory m;

  SendAnswers(LaneMemory memory) {
    this.m = memory;
  }

  /** The answers to the newest bytes of a slot, or to older ones. */
  void heard(StoredSlot slot, BroadcastEvidence evidence) {
    SlotWork work = m.work(slot);
    if (evidence.outcome() == BroadcastEvidence.Outcome.ACCEPTED) {
      work.feeRefused = false;
      work.fundsShort = false;
      work.refusedAtHead = Optional.empty();
      work.refusedByAll = Optional.empty();
      widen();
      return;
    }
    work.feeRefused = says(evidence, SendAction.REPLACE_SAME_NONCE).isPresent();
    work.fundsShort = says(evidence, SendAction.HOLD_FUNDS).isPresent();
    if (work.fundsShort) {
      tell(slot, "HOLD_FUNDS", "a node finds too little; a quorum has " + balance());
    }
    if (says(evidence, SendAction.WAIT_AND_RESEND).isPresent()) {
      narrow();
    }
    if (says(evidence, SendAction.FILL_LOWER_NONCES).isPresent()) {
      resendBelow(slot);
    }
    evidence.answers().stream()
        .filter(answer -> answer.action().filter(SendAction.UNKNOWN::equals).isPresent())
        .findFirst()
        .ifPresent(answer -> tell(slot, "UNKNOWN", words(answer)));
    refusedByAll(evidence, SendAction.HOLD_CONFIG)
        .filter(answer -> work.toEveryone)
        .ifPresent(
            answer ->
                tell(
                    slot,
                    "HOLD_CONFIG",
                    "every operator refuses it; look at their settings and"
                        + " the wallet's: "
                        + words(answer)));
    payload(slot, evidence);
  }

  /** One operator's refusal, or those at one head, may be a lie or a mistake of the moment. */
  private void payload(StoredSlot slot, BroadcastEvidence evidence) {
    SlotWork work = m.work(slot);
    Optional<Answer> refusal =
        refusedByAll(evidence, SendAction.HOLD_PAYLOAD).filter(answer -> work.toEveryone);
    if (refusal.isEmpty() || m.seen.isEmpty()) {
      work.refusedAtHead = Optional.empty();
      work.refusedByAll = Optional.empty();
      return;
    }
    long head = m.seen.get().head().number();
    if (work.refusedAtHead.isEmpty()) {
      work.refusedAtHead = Optional.of(head);
    } else if (head > work.refusedAtHead.get()) {
      work.refusedByAll = refusal.map(SendAnswers::words);
      tell(slot, "HOLD_PAYLOAD", "every operator refused it at two heads: " + words(refusal.get()));
    }
  }

  /** A new head: what it makes up for, and what it makes certain. */
  void observed() {
    m.windowMoved = false;
    for (StoredSlot slot : m.open()) {
      SlotWork work = m.work(slot);
      if (work.fundsShort && isFunded(slot)) {
        work.fundsShort = false;
        work.sendAgainAt = m.now.nanos();
      }
    }
  }

  /**
   * Why the nonce can only be cancelled: what it may be told by all operators, and only while
   * nothing speaks for its bytes.
   */
  Optional<String> cancelReason(StoredSlot slot) {
    boolean mayBeTaken =
        slot.attempts().stream().anyMatch(a -> a.state() == AttemptState.SENT)
            || m.seen.map(Observation::pendingClaim).orElse(Long.MAX_VALUE) > slot.id().nonce();
    boolean paying =
        m.transferOf(slot).filter(t -> t.state() == TransferState.IN_FLIGHT).isPresent();
    return mayBeTaken || !paying
        ? Optional.empty()
        : m.work(slot).refusedByAll.map(words -> "HOLD_PAYLOAD: " + words);
  }

  private void narrow() {
    if (!m.windowMoved) {
      m.windowMoved = true;
      m.sendWindow = Math.max(1, m.sendWindow / 2);
    }
  }

  private void widen() {
    if (!m.windowMoved) {
      m.windowMoved = true;
      m.sendWindow = Math.min(m.context.settings().sendWindow(), 2 * m.sendWindow);
    }
  }

  private void resendBelow(StoredSlot slot) {
    for (StoredSlot lower : m.open()) {
      if (lower.id().nonce() >= slot.id().nonce()) {
        return;
      }
      SlotWork work = m.work(lower);
      if (!work.missed) { // once, until it was sent
        work.missed = true;
        work.sendAgainAt = m.now.nanos();
      }
    }
  }

  private boolean isFunded(StoredSlot slot) {
    Optional<BigInteger> needed =
        LaneMemory.newest(slot)
            .map(StoredAttempt::transaction)
            .map(tx -> tx.maxFee().plus(tx.value()).value());
    return needed.isPresent() && balance().compareTo(needed.get()) >= 0;
  }

  /** Of the native coin, by the quorum at the last head; 0 when nobody knows. */
  private BigInteger balance() {
    return m.seen
        .map(Observation::balances)
        .map(all -> all.get(new Asset.Native(m.context.lane().chain())))
        .orElse(BigInteger.ZERO);
  }

  /** Told once for the newest bytes of a slot. */
  private void tell(StoredSlot slot, String code, String what) {
    if (m.work(slot).told.add(code)) {
      m.alerts.add("nonce " + slot.id().nonce() + " waits: " + code + ": " + what);
    }
  }

  private static Optional<Answer> says(BroadcastEvidence evidence, SendAction action) {
    return evidence.answers().stream()
        .filter(answer -> answer.verdict() == Verdict.REJECTED && action(answer) == action)
        .findFirst();
  }

  /** Present when nobody answered anything else, and nobody was silent. */
  private static Optional<Answer> refusedByAll(BroadcastEvidence evidence, SendAction action) {
    List<Answer> all = evidence.answers();
    boolean everybody =
        all.stream().allMatch(each -> each.verdict() == Verdict.REJECTED && action(each) == action);
    return everybody ? all.stream().findFirst() : Optional.empty();
  }

  /** A client that does not tell knows nothing of the node: its words are read as anybody's. */
  private static SendAction action(Answer answer) {
    return answer
        .action()
        .orElseGet(
            () -> FailureClassifier.standard().classify(answer.code(), answer.message()).action());
  }

  private static String words(Answer answer) {
    return answer.endpoint() + " said " + answer.code() + " " + answer.message();
  }
}
