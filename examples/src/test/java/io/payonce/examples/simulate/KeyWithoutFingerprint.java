package io.payonce.examples.simulate;

import io.payonce.store.AcceptResult;
import io.payonce.store.Intake;
import io.payonce.store.TransferStore;
import io.payonce.testing.MemoryTransferStore;
import java.time.Instant;
import java.util.List;

/**
 * A key is remembered without what it was asked for, so another request under it is taken for a
 * repetition: the second payee is told "already known" and never paid. Chainlink's TXM compares
 * nothing but the key.
 */
final class KeyWithoutFingerprint implements Seams {
  @Override
  public TransferStore store(TransferStore store, MemoryTransferStore medium) {
    return new ForwardingStore(store) {
      @Override
      public List<AcceptResult> acceptAll(List<Intake> intakes, Instant at) {
        return super.acceptAll(intakes, at).stream().map(result -> forgiven(result)).toList();
      }

      private AcceptResult forgiven(AcceptResult result) {
        return result instanceof AcceptResult.KeyConflict conflict
            ? new AcceptResult.AlreadyKnown(conflict.transfer())
            : result;
      }
    };
  }
}
