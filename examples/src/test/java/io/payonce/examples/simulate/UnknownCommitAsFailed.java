package io.payonce.examples.simulate;

import io.payonce.store.AcceptResult;
import io.payonce.store.Intake;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoreUnavailableException.Outcome;
import io.payonce.store.TransferStore;
import io.payonce.testing.MemoryTransferStore;
import java.time.Instant;
import java.util.List;

/**
 * A connection that breaks in COMMIT is reported as a failed request, as by nearly every database
 * layer. The host takes a new key, and the payment under the first one is made too.
 */
final class UnknownCommitAsFailed implements Seams {
  @Override
  public TransferStore store(TransferStore store, MemoryTransferStore medium) {
    return new ForwardingStore(store) {
      @Override
      public List<AcceptResult> acceptAll(List<Intake> intakes, Instant at) {
        try {
          return super.acceptAll(intakes, at);
        } catch (StoreUnavailableException broken) {
          throw new StoreUnavailableException(Outcome.NOT_APPLIED, "the request failed");
        }
      }
    };
  }
}
