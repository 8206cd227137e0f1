package io.payonce.examples.simulate;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Block;
import io.payonce.Bytes;
import io.payonce.Erc20Calls;
import io.payonce.Log;
import io.payonce.Receipt;
import io.payonce.SlotId;
import io.payonce.Transfer;
import io.payonce.UnsignedTransaction;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.LaneEvent.Found;
import io.payonce.submit.internal.LaneEvent.Taker;
import io.payonce.submit.internal.LaneStep;
import io.payonce.testing.MemoryTransferStore;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A payment is called paid for less than the proof: because the wallet's count has passed its nonce
 * (Chainlink's TXM v2), or because its receipt has status 1 (nearly everybody). A cancel, a revert
 * or a token that lies does both.
 */
final class PaidByBelief implements Seams {
  private final boolean evenWithoutReceipt;
  private @Nullable MemoryTransferStore journal;

  private PaidByBelief(boolean evenWithoutReceipt) {
    this.evenWithoutReceipt = evenWithoutReceipt;
  }

  /** Nothing but the count is looked at. */
  static PaidByBelief countPassed() {
    return new PaidByBelief(true);
  }

  /** The receipt is looked at, its logs are not. */
  static PaidByBelief statusOne() {
    return new PaidByBelief(false);
  }

  @Override
  public TransferStore store(TransferStore store, MemoryTransferStore medium) {
    journal = medium;
    return store;
  }

  @Override
  public LaneStep engine(LaneStep engine) {
    MemoryTransferStore medium = Objects.requireNonNull(journal);
    return new ConsumersRead(engine) {
      @Override
      Found read(Found found) {
        Optional<StoredSlot> slot =
            lane().flatMap(lane -> medium.slot(new SlotId(lane.id(), found.nonce())));
        Optional<Transfer> payment =
            slot.flatMap(StoredSlot::transfer).flatMap(medium::find).map(StoredTransfer::transfer);
        return payment.isPresent() && found.by() instanceof Taker.Transaction tx
            ? believed(found, tx, slot.orElseThrow().attempts().get(0), payment.get())
            : found;
      }
    };
  }

  private Found believed(
      Found found, Taker.Transaction took, StoredAttempt first, Transfer payment) {
    Receipt receipt = took.receipt();
    Block.Entry entry = took.entry();
    if (!evenWithoutReceipt) {
      return receipt.succeeded() ? by(found, entry, logged(receipt, payment)) : found;
    }
    UnsignedTransaction tx = first.transaction();
    Block.Entry ours =
        new Block.Entry(
            entry.hash(),
            entry.type(),
            entry.from(),
            entry.nonce(),
            Optional.of(tx.to()),
            tx.value(),
            tx.data(),
            entry.authorizations());
    return by(found, ours, logged(receipt, payment));
  }

  private static Found by(Found found, Block.Entry entry, Receipt receipt) {
    return new Found(
        found.nonce(), new Taker.Transaction(entry, receipt), found.block(), found.blockTime());
  }

  /** The receipt that the believer imagines. */
  private static Receipt logged(Receipt receipt, Transfer payment) {
    List<Log> logs =
        payment.amount().asset() instanceof Asset.Erc20 token
            ? List.of(
                new Log(
                    token.contract(),
                    List.of(
                        Erc20Calls.TRANSFER_EVENT,
                        word((Address) payment.from()),
                        word(payment.to())),
                    Bytes.of(units(payment)),
                    0))
            : List.of();
    return new Receipt(
        receipt.hash(),
        receipt.block(),
        receipt.from(),
        true,
        receipt.gasUsed(),
        receipt.effectiveGasPrice(),
        logs);
  }

  private static Bytes word(Address address) {
    byte[] word = new byte[32];
    System.arraycopy(address.toArray(), 0, word, 12, 20);
    return Bytes.of(word);
  }

  private static byte[] units(Transfer payment) {
    byte[] big = payment.amount().units().toByteArray();
    byte[] word = new byte[32];
    System.arraycopy(big, 0, word, 32 - big.length, big.length);
    return word;
  }
}
