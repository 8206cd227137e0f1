package io.payonce.examples.simulate;

import io.payonce.SlotId;
import io.payonce.store.SlotState;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.testing.MemoryTransferStore;
import java.util.List;
import java.util.Optional;

/** The journal of an implementation that takes back nonces for which signed bytes exist. */
final class FreedNonces {
  private FreedNonces() {}

  /** Forgets what was signed for a nonce, the guard's claims too; the next payment gets it. */
  static void free(MemoryTransferStore medium, SlotId slot) {
    medium.overwrite(
        new StoredSlot(slot, SlotState.RELEASED, Optional.empty(), List.of(), Optional.empty()));
  }

  /** Puts a payment back into the queue, as if it had never had a nonce. */
  static void queueAgain(MemoryTransferStore medium, StoredTransfer payment, String code) {
    medium.overwrite(
        new StoredTransfer(
            payment.id(),
            payment.key(),
            payment.fingerprint(),
            payment.transfer(),
            payment.options(),
            payment.lane(),
            TransferState.HELD,
            code,
            "",
            Optional.empty(),
            payment.cancelRequested(),
            payment.acceptedAt(),
            payment.updatedAt(),
            payment.group()));
  }
}
