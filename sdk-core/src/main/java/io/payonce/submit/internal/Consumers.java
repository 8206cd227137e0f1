package io.payonce.submit.internal;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Block;
import io.payonce.Erc20Calls;
import io.payonce.Receipt;
import io.payonce.Transfer;
import io.payonce.UnsignedTransaction;
import io.payonce.signing.AttemptKind;
import io.payonce.store.ConsumerClass;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import java.util.Optional;

/** What a transaction that took a nonce was: pure, from the transaction and its receipt alone. */
final class Consumers {
  private Consumers() {}

  static ConsumerClass classify(
      Address lane,
      StoredSlot slot,
      Optional<StoredTransfer> transfer,
      Block.Entry entry,
      Receipt receipt) {
    Optional<AttemptKind> kind = attemptKind(slot, entry);
    if (kind.isEmpty()) {
      return ConsumerClass.FOREIGN;
    }
    return switch (kind.get()) {
      case CANCEL -> ConsumerClass.CANCEL;
      case FILL -> ConsumerClass.FILL;
      case PAYMENT, REPLACEMENT -> payment(lane, transfer.orElseThrow().transfer(), receipt);
    };
  }

  /**
   * The kind of our attempt that this is: by hash, or else by content, because bytes may have been
   * signed that are not in the journal.
   */
  private static Optional<AttemptKind> attemptKind(StoredSlot slot, Block.Entry entry) {
    for (StoredAttempt attempt : slot.attempts()) {
      if (attempt.signed().filter(s -> s.hash().equals(entry.hash())).isPresent()
          || sameContent(attempt.transaction(), entry)) {
        return Optional.of(attempt.kind());
      }
    }
    return Optional.empty();
  }

  static boolean sameContent(UnsignedTransaction ours, Block.Entry entry) {
    return entry.to().filter(ours.to()::equals).isPresent()
        && entry.value().equals(ours.value())
        && entry.data().equals(ours.data());
  }

  private static ConsumerClass payment(Address lane, Transfer transfer, Receipt receipt) {
    if (!receipt.succeeded()) {
      return ConsumerClass.REVERTED;
    }
    if (transfer.amount().asset() instanceof Asset.Erc20 token) {
      boolean moved =
          Erc20Calls.moved(receipt, token.contract(), lane, transfer.to())
              .equals(transfer.amount().units());
      return moved ? ConsumerClass.PAYMENT : ConsumerClass.UNPROVEN;
    }
    return ConsumerClass.PAYMENT;
  }
}
