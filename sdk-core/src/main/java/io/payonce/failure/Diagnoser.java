package io.payonce.failure;

import io.payonce.Wei;
import io.payonce.failure.Diagnosis.Evidence;
import io.payonce.failure.Diagnosis.Source;
import io.payonce.store.AttemptState;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds the reason for a payment's state from facts alone: the first question of a fixed order that
 * can be answered decides, and what cannot be proven is {@link DiagnosisCode#UNKNOWN_SOURCES}.
 *
 * <p>The order: known, ended, wallet stopped, held, bound, sent, in a pool, in a block. Pure; one
 * use.
 */
public final class Diagnoser {
  private final JournalFacts journal;
  private final ChainFacts chain;
  private final Refusals refusals;
  private final List<Evidence> evidence = new ArrayList<>();

  private Diagnoser(JournalFacts journal, ChainFacts chain) {
    this.journal = journal;
    this.chain = chain;
    this.refusals = new Refusals(journal.answers());
  }

  public static Diagnosis diagnose(JournalFacts journal, ChainFacts chain) {
    return new Diagnoser(journal, chain).run();
  }

  private Diagnosis run() {
    DiagnosisCode code = journal.transfer().map(this::code).orElseGet(this::unknownKey);
    return Diagnosis.of(code, evidence);
  }

  private DiagnosisCode unknownKey() {
    byJournal("no transfer has this key");
    return DiagnosisCode.UNKNOWN_KEY;
  }

  private DiagnosisCode code(StoredTransfer transfer) {
    byJournal(
        "state "
            + transfer.state()
            + " since "
            + transfer.updatedAt()
            + (transfer.code().isEmpty() ? "" : ", " + transfer.code() + ": " + transfer.reason()));
    journal
        .slot()
        .flatMap(StoredSlot::consumption)
        .ifPresent(
            c -> byJournal("nonce taken by " + c.by() + " " + c.hash() + " in " + c.block()));
    Optional<DiagnosisCode> stopped = laneStopped();
    return switch (transfer.state()) {
      case PAID_FINAL -> DiagnosisCode.PAID;
      case REJECTED, CANCELLED_FINAL -> DiagnosisCode.CANCELLED;
      case REVERTED, REVERTED_FINAL -> DiagnosisCode.CONTRACT_REVERTED;
      case UNPAID_FINAL ->
          transfer.code().equals("GIVEN_UP")
              ? DiagnosisCode.NONCE_FOREIGN
              : DiagnosisCode.CANCELLED;
      case QUARANTINED ->
          transfer.code().equals("FOREIGN_USE")
              ? DiagnosisCode.NONCE_FOREIGN
              : DiagnosisCode.OUTCOME_CONTRADICTORY;
      case INCLUDED, SAFE -> DiagnosisCode.NOT_YET_FINAL;
      case CANCELLING -> DiagnosisCode.CANCEL_RACES;
      case HELD ->
          transfer.code().equals("POSSIBLE_DUPLICATE")
              ? DiagnosisCode.OUTCOME_CONTRADICTORY
              : stopped.orElseGet(() -> held(transfer));
      case ACCEPTED, READY -> stopped.or(this::noQuorum).orElse(DiagnosisCode.QUEUED);
      case BOUND, IN_FLIGHT -> stopped.or(this::noQuorum).orElseGet(() -> bound(transfer));
    };
  }

  private Optional<DiagnosisCode> laneStopped() {
    Optional<StoredLane> stopped =
        journal.lane().filter(lane -> lane.state() != StoredLane.LaneState.ACTIVE);
    stopped.ifPresent(lane -> byJournal("wallet " + lane.state() + ": " + lane.incident()));
    return stopped.map(
        lane -> {
          if (lane.state() == StoredLane.LaneState.PAUSED) {
            return DiagnosisCode.LANE_PAUSED;
          }
          String incident = lane.incident().split(":", 2)[0];
          return switch (incident) {
            case "JOURNAL_BEHIND" -> DiagnosisCode.JOURNAL_BEHIND;
            case "FOREIGN_USE" -> DiagnosisCode.NONCE_FOREIGN;
            case "SIGNER_SUSPECT", "SIGNER_REFUSED" -> DiagnosisCode.SIGNER_SUSPECT;
            case "NONCE_CONTRADICTION", "FINALITY_BROKEN" -> DiagnosisCode.OUTCOME_CONTRADICTORY;
            default -> DiagnosisCode.UNKNOWN_SOURCES;
          };
        });
  }

  private DiagnosisCode held(StoredTransfer transfer) {
    if (chain instanceof ChainFacts.Seen seen) {
      byQuorum(seen, "the wallet has " + seen.balance().toCoins() + " of the native coin");
    }
    return switch (transfer.code()) {
      case "FUNDS_SHORT" -> DiagnosisCode.FUNDS_SHORT;
      case "GAS_SHORT" -> DiagnosisCode.GAS_SHORT;
      case "CAP_BELOW_MARKET", "BUDGET_PAYMENT", "GAS_LIMIT_TOO_LARGE" ->
          DiagnosisCode.FEE_CAP_REACHED;
      case "BUDGET_WINDOW" -> DiagnosisCode.LIMIT_REACHED;
      case "PRECHECK_REFUSED" -> DiagnosisCode.CONTRACT_REVERTED;
      case "TOKEN_UNREADABLE" -> DiagnosisCode.WRONG_TOKEN;
      case "NETWORK_DEGRADED" -> DiagnosisCode.NETWORK_DEGRADED;
      case "POOL_UNSURE" -> DiagnosisCode.OUTCOME_CONTRADICTORY;
      default -> DiagnosisCode.UNKNOWN_SOURCES;
    };
  }

  private Optional<DiagnosisCode> noQuorum() {
    if (chain instanceof ChainFacts.NotAgreed none) {
      evidence.add(
          new Evidence(Source.NODE, "no quorum: " + none.reason(), none.at(), Optional.empty()));
      return Optional.of(DiagnosisCode.NETWORK_DEGRADED);
    }
    return Optional.empty();
  }

  private DiagnosisCode bound(StoredTransfer transfer) {
    StoredSlot slot = journal.slot().orElseThrow();
    Optional<StoredAttempt> newest =
        slot.attempts().stream().filter(a -> a.hash().isPresent()).reduce((a, b) -> b);
    if (newest.isEmpty()) {
      byJournal("nonce " + slot.id().nonce() + " is taken, no signed bytes are stored");
      return DiagnosisCode.SIGNER_DOWN;
    }
    StoredAttempt attempt = newest.get();
    byJournal(
        "nonce "
            + slot.id().nonce()
            + ", newest transaction "
            + attempt.hash().orElseThrow()
            + " "
            + attempt.state()
            + ", "
            + slot.attempts().size()
            + " so far");
    evidence.addAll(refusals.evidence());
    return chain instanceof ChainFacts.Seen seen
        ? onChain(transfer, slot, attempt, seen)
        : byJournalAlone(transfer, attempt);
  }

  private DiagnosisCode byJournalAlone(StoredTransfer transfer, StoredAttempt newest) {
    if (transfer.state() == TransferState.IN_FLIGHT && transfer.code().equals("REORGED")) {
      return DiagnosisCode.REORGED;
    }
    if (journal.earlier().isPresent()) {
      StoredSlot earlier = journal.earlier().get();
      byJournal("nonce " + earlier.id().nonce() + " is " + earlier.state() + " and comes first");
      earlier
          .reservation()
          .ifPresent(
              held ->
                  byJournal(
                      "%s reserved it as %s until %s: %s"
                          .formatted(held.actor(), held.name(), held.expiresAt(), held.reason())));
      return DiagnosisCode.BLOCKED_BY_EARLIER;
    }
    return newest.state() == AttemptState.SENT
        ? DiagnosisCode.ON_ITS_WAY
        : refusals.code().orElse(DiagnosisCode.BROADCAST_UNCERTAIN);
  }

  private DiagnosisCode onChain(
      StoredTransfer transfer, StoredSlot slot, StoredAttempt newest, ChainFacts.Seen seen) {
    long nonce = slot.id().nonce();
    byQuorum(seen, "the next nonce of the wallet is " + seen.transactions());
    if (seen.included().isPresent()) {
      byQuorum(seen, seen.included().get() + " is in the chain");
      return DiagnosisCode.NOT_YET_FINAL;
    }
    if (seen.transactions() > nonce) {
      byQuorum(seen, "none of its transactions is in the chain, yet its nonce is used");
      return DiagnosisCode.NONCE_FOREIGN;
    }
    if (transfer.code().equals("REORGED")) {
      return DiagnosisCode.REORGED;
    }
    if (seen.transactions() < nonce) {
      return DiagnosisCode.BLOCKED_BY_EARLIER;
    }
    boolean feeTooLow =
        seen.baseFee()
            .filter(base -> base.isGreaterThan(newest.transaction().maxFeePerGas()))
            .isPresent();
    if (feeTooLow) {
      byQuorum(
          seen,
          "base fee "
              + seen.baseFee().orElseThrow()
              + " is above its cap "
              + newest.transaction().maxFeePerGas());
      return DiagnosisCode.FEE_TOO_LOW;
    }
    return tooLittle(newest, seen).orElseGet(() -> inPool(newest, seen));
  }

  private Optional<DiagnosisCode> tooLittle(StoredAttempt newest, ChainFacts.Seen seen) {
    Wei value = newest.transaction().value();
    Wei needed = value.plus(newest.transaction().maxFee());
    if (!needed.isGreaterThan(seen.balance())) {
      return Optional.empty();
    }
    byQuorum(
        seen,
        "the wallet has "
            + seen.balance().toCoins()
            + " of the native coin, and the transaction may need "
            + needed.toCoins());
    return Optional.of(
        value.isGreaterThan(seen.balance()) ? DiagnosisCode.FUNDS_SHORT : DiagnosisCode.GAS_SHORT);
  }

  private DiagnosisCode inPool(StoredAttempt newest, ChainFacts.Seen seen) {
    if (seen.inPool().isEmpty()) {
      if (!seen.notLookedUp().isEmpty()) {
        byJournal("no node was asked for it: " + seen.notLookedUp());
      }
      return byJournalAlone(journal.transfer().orElseThrow(), newest);
    }
    boolean has = seen.inPool().get();
    evidence.add(
        new Evidence(
            Source.NODE,
            has ? "a node has it in its pool" : "a node does not have it",
            seen.at(),
            Optional.of(seen.head())));
    if (has) {
      return DiagnosisCode.ON_ITS_WAY;
    }
    return newest.state() == AttemptState.SENT
        ? DiagnosisCode.DROPPED
        : refusals.code().orElse(DiagnosisCode.BROADCAST_UNCERTAIN);
  }

  private void byJournal(String text) {
    evidence.add(new Evidence(Source.JOURNAL, text, journal.readAt(), Optional.empty()));
  }

  private void byQuorum(ChainFacts.Seen seen, String text) {
    evidence.add(new Evidence(Source.QUORUM, text, seen.at(), Optional.of(seen.head())));
  }
}
