package io.payonce.submit;

import io.payonce.BlockRef;
import io.payonce.SlotId;
import io.payonce.TransactionHash;
import io.payonce.store.ConsumerClass;
import io.payonce.store.Consumption;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Builds the status of a transfer from what the journal holds. */
final class Statuses {
  private Statuses() {}

  static TransferStatus of(TransferStore store, StoredTransfer transfer) {
    return of(transfer, transfer.slot().flatMap(store::slot));
  }

  /**
   * The status of a payment.
   *
   * @param slot the nonce that it is bound to
   */
  static TransferStatus of(StoredTransfer transfer, Optional<StoredSlot> slot) {
    List<TransactionHash> hashes =
        slot.stream()
            .flatMap(s -> s.attempts().stream())
            .flatMap(attempt -> attempt.hash().stream())
            .toList();
    Optional<Consumption> consumption = slot.flatMap(StoredSlot::consumption);
    return new TransferStatus(
        transfer.key(),
        transfer.id(),
        transfer.transfer(),
        transfer.state(),
        verdict(transfer, consumption),
        transfer.code(),
        transfer.reason(),
        transfer.lane(),
        transfer.slot().map(SlotId::nonce).map(OptionalLong::of).orElse(OptionalLong.empty()),
        hashes,
        consumption.map(
            c ->
                new TransferStatus.Inclusion(
                    c.hash(), c.block(), c.blockTime(), c.gasUsed(), c.fee())),
        transfer.options().metadata(),
        transfer.updatedAt());
  }

  private static Verdict verdict(StoredTransfer transfer, Optional<Consumption> consumption) {
    TransferState state = transfer.state();
    return switch (state) {
      case ACCEPTED, HELD, READY, BOUND, IN_FLIGHT -> {
        if (transfer.code().equals("POSSIBLE_DUPLICATE")) {
          yield new Verdict.Undecided(
              transfer.code() + ": " + transfer.reason() + ": a person decides");
        }
        yield consumption
            .filter(c -> c.by() != ConsumerClass.PAYMENT)
            .<Verdict>map(c -> new Verdict.Undecided("nonce taken by " + c.by() + ", not final"))
            .orElseGet(Verdict.Pending::new);
      }
      case INCLUDED, SAFE -> new Verdict.PaidProbable(hash(consumption), block(consumption));
      case PAID_FINAL -> new Verdict.PaidFinal(hash(consumption), block(consumption));
      case REVERTED -> new Verdict.Undecided("reverted in a block that is not final yet");
      case CANCELLING -> new Verdict.Undecided("a cancel races; the final block decides");
      case QUARANTINED -> new Verdict.Undecided(transfer.code() + ": a person decides");
      case REJECTED, REVERTED_FINAL, CANCELLED_FINAL, UNPAID_FINAL ->
          new Verdict.NotPaidFinal(transfer.code() + ": " + transfer.reason());
    };
  }

  private static TransactionHash hash(Optional<Consumption> consumption) {
    return consumption.map(Consumption::hash).orElseThrow();
  }

  private static BlockRef block(Optional<Consumption> consumption) {
    return consumption.map(Consumption::block).orElseThrow();
  }
}
