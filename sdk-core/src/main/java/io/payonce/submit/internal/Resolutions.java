package io.payonce.submit.internal;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Bytes;
import io.payonce.Erc20Calls;
import io.payonce.LaneId;
import io.payonce.Log;
import io.payonce.Receipt;
import io.payonce.SlotId;
import io.payonce.TransactionHash;
import io.payonce.store.ConsumerClass;
import io.payonce.store.Consumption;
import io.payonce.store.JournalChange;
import io.payonce.store.SlotState;
import io.payonce.store.StoredOrphan;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.submit.Resolution;
import io.payonce.submit.ResolveResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Exits from quarantine and from behind an orphan: what each needs, and what it leads to. */
final class Resolutions {
  private final LaneMemory m;
  private final StoredTransfer transfer;
  private final LaneEvent.ResolveAsked asked;
  private boolean handsOver;

  Resolutions(LaneMemory memory, LaneEvent.ResolveAsked asked) {
    this.m = memory;
    this.asked = asked;
    this.transfer = m.view.transfers().getOrDefault(asked.transfer().id(), asked.transfer());
  }

  /** Plans the changes; the answer holds once they are committed. */
  ResolveResult plan() {
    ResolveResult answer = answer();
    if (!(answer instanceof ResolveResult.NotYet) || handsOver) {
      m.view.put(transfer); // else not: it may have ended since it was read for this request
    }
    return answer;
  }

  private ResolveResult answer() {
    asked.orphans().forEach(this::learn);
    m.recall(asked.slot());
    Resolution how = asked.how();
    if (how instanceof Resolution.PaymentConfirmed confirmed) {
      return confirmed(confirmed);
    } else if (how instanceof Resolution.NotPaid notPaid) {
      return notPaid(notPaid);
    } else if (how instanceof Resolution.PaidByOrphan orphan) {
      return paidByOrphan(orphan);
    } else if (how instanceof Resolution.NotADuplicate) {
      return notADuplicate();
    }
    return asFinal();
  }

  /** An orphan only ever comes to hold less, so what was read a moment ago may be older. */
  private void learn(StoredOrphan read) {
    Optional<StoredOrphan> known =
        m.view.orphansTo(read.payee()).stream().filter(read::isSame).findFirst();
    if (known.isEmpty() || (known.get().claimedBy().isEmpty() && read.claimedBy().isPresent())) {
      m.view.put(read);
    }
  }

  private ResolveResult confirmed(Resolution.PaymentConfirmed how) {
    Optional<String> missing = unproven(how.transaction());
    return missing.isPresent()
        ? new ResolveResult.NotYet(missing.get())
        : close(TransferState.PAID_FINAL, "CONFIRMED");
  }

  private ResolveResult notPaid(Resolution.NotPaid how) {
    if (transfer.group().isPresent()) {
      return new ResolveResult.NotYet("its members have ends of their own, some may be paid");
    }
    Optional<String> missing = unproven(how.transaction());
    if (missing.isPresent()) {
      return new ResolveResult.NotYet(missing.get());
    }
    Optional<Receipt> receipt =
        asked.receipt().filter(read -> read.hash().equals(how.transaction()));
    if (receipt.isEmpty()) {
      return new ResolveResult.NotYet("the chain has no receipt of " + how.transaction());
    }
    if (!(transfer.transfer().amount().asset() instanceof Asset.Erc20)
        || receipt.get().logs().stream().anyMatch(this::mayHavePaid)) {
      return new ResolveResult.NotYet(
          how.transaction() + " moved something to the payee: it was paid, if not in full");
    }
    return close(TransferState.UNPAID_FINAL, "NOT_PAID");
  }

  /**
   * Whoever wrote it and from whom: tokens have their events written by other contracts, pay out of
   * them, or write them in forms of their own.
   */
  private boolean mayHavePaid(Log log) {
    Address payee = transfer.transfer().to();
    return Erc20Calls.transferLog(log)
        .map(move -> move.to().equals(payee) && move.units().signum() > 0)
        .orElseGet(() -> isTransferOfOwnForm(log) && words(log).anyMatch(payee::equals));
  }

  private static boolean isTransferOfOwnForm(Log log) {
    return !log.topics().isEmpty() && log.topics().get(0).equals(Erc20Calls.TRANSFER_EVENT);
  }

  /** Each word as an account, whatever stands before it. */
  private static Stream<Address> words(Log log) {
    List<byte[]> words = new ArrayList<>();
    log.topics().stream().skip(1).map(Bytes::toArray).forEach(words::add);
    byte[] data = log.data().toArray();
    for (int at = 0; at + 32 <= data.length; at += 32) {
      words.add(Arrays.copyOfRange(data, at, at + 32));
    }
    return words.stream().map(word -> Address.of(Arrays.copyOfRange(word, 12, 32)));
  }

  /** What is missing for a ruling on an unproven payment. */
  private Optional<String> unproven(TransactionHash named) {
    if (!isQuarantined("PAYMENT_UNPROVEN") && !transfer.isBroken()) {
      return Optional.of("it is " + transfer.state() + " " + transfer.code());
    }
    Optional<Consumption> took = finalConsumer();
    if (took.filter(c -> c.by() == ConsumerClass.UNPROVEN).isEmpty()) {
      return Optional.of("no final transaction of it is unproven");
    }
    return took.get().hash().equals(named)
        ? Optional.empty()
        : Optional.of("its nonce was taken by " + took.get().hash() + ", not by " + named);
  }

  private ResolveResult paidByOrphan(Resolution.PaidByOrphan how) {
    Optional<StoredOrphan> orphan =
        holding().stream().filter(held -> held.hash().equals(how.transaction())).findFirst();
    if (transfer.state() != TransferState.HELD || orphan.isEmpty()) {
      return new ResolveResult.NotYet("it does not wait for an orphan " + how.transaction());
    }
    LaneId sender = orphan.get().slot().lane();
    boolean own = sender.equals(m.context.lane());
    if (!own && !asked.slotOfPool()) {
      return new ResolveResult.NotYet(
          how.transaction() + " was sent by " + sender + ", not by its wallet");
    }
    Optional<StoredSlot> slot = evidence(orphan.get().slot());
    boolean isFinal =
        slot.filter(s -> s.state() == SlotState.CONSUMED_FINAL)
            .flatMap(StoredSlot::consumption)
            .filter(c -> c.hash().equals(how.transaction()))
            .isPresent();
    if (!isFinal) {
      return new ResolveResult.NotYet(how.transaction() + " is not in a final block");
    }
    if (!own) {
      return handOver(sender);
    }
    m.facts.add(new JournalChange.OrphanClaimed(orphan.get(), transfer.id()));
    m.facts.add(ruled());
    return new ResolveResult.Closed();
  }

  /**
   * A transfer takes a nonce of the lane that it is in, under the lock of that lane: so it goes to
   * the wallet that sent the orphan first, and is claimed there.
   */
  private ResolveResult handOver(LaneId sender) {
    if (!m.preparing.contains(transfer.id())) {
      m.facts.add(new JournalChange.TransferHandedOver(transfer.id(), sender));
      handsOver = true;
    }
    return new ResolveResult.NotYet("the wallet that sent the transaction takes it over");
  }

  /** Whether the answer, though it is none yet, holds only after a commit. */
  boolean handsOver() {
    return handsOver;
  }

  private ResolveResult notADuplicate() {
    List<StoredOrphan> orphans = holding();
    if (transfer.state() != TransferState.HELD || orphans.isEmpty()) {
      return new ResolveResult.NotYet("it does not wait for an orphan");
    }
    orphans.forEach(
        orphan -> m.facts.add(new JournalChange.OrphanDismissed(orphan, transfer.id())));
    m.facts.add(ruled());
    m.heldUntil.remove(transfer.id());
    m.move(transfer, TransferState.READY, "", "");
    return new ResolveResult.Resumed();
  }

  private ResolveResult asFinal() {
    if (transfer.state() != TransferState.QUARANTINED) {
      return new ResolveResult.NotYet("it is " + transfer.state());
    }
    Optional<Consumption> took = finalConsumer();
    if (took.isEmpty()) {
      return new ResolveResult.NotYet("no final block has taken its nonce");
    }
    String hash = took.get().hash().value();
    return switch (took.get().by()) {
      case PAYMENT -> close(TransferState.PAID_FINAL, "");
      case REVERTED -> close(TransferState.REVERTED_FINAL, "REVERTED");
      case CANCEL -> close(TransferState.CANCELLED_FINAL, "CANCELLED");
      case UNPROVEN ->
          new ResolveResult.NotYet("whether " + hash + " paid is for a person to confirm");
      case FILL, HOST, HOST_REVERTED, FOREIGN, AUTH_7702, CODE_7702 ->
          new ResolveResult.NotYet("something foreign took its nonce: confirm that by giveUp");
    };
  }

  private Optional<Consumption> finalConsumer() {
    return transfer
        .slot()
        .flatMap(this::evidence)
        .filter(stored -> stored.state() == SlotState.CONSUMED_FINAL)
        .flatMap(StoredSlot::consumption);
  }

  /** As it is now: it may have opened again since it was read for the request. */
  private Optional<StoredSlot> evidence(SlotId id) {
    return m.view.slot(id).or(() -> asked.slot().filter(stored -> stored.id().equals(id)));
  }

  private boolean isQuarantined(String code) {
    return transfer.state() == TransferState.QUARANTINED && transfer.code().equals(code);
  }

  private List<StoredOrphan> holding() {
    return m.view.orphansTo(transfer.transfer().to()).stream()
        .filter(orphan -> orphan.isLike(transfer) && orphan.holds(transfer.id()))
        .toList();
  }

  private ResolveResult close(TransferState to, String code) {
    m.facts.add(ruled());
    m.move(transfer, to, code, by());
    return new ResolveResult.Closed();
  }

  private JournalChange ruled() {
    return new JournalChange.Ruled(
        transfer.id(), asked.how().getClass().getSimpleName(), asked.actor().name(), reason());
  }

  private String by() {
    return new Decision(asked.actor(), reason()).toString();
  }

  private String reason() {
    return asked.how().reason();
  }
}
