package io.payonce.examples.simulate;

import io.payonce.LaneId;
import io.payonce.store.CommitResult;
import io.payonce.store.JournalChange;
import io.payonce.store.TransferStore;
import io.payonce.testing.MemoryTransferStore;
import java.time.Instant;
import java.util.List;

/** Who once had the lease writes on, as with a lock that has no fencing token. */
final class LeaseWithoutEpoch implements Seams {
  @Override
  public TransferStore store(TransferStore store, MemoryTransferStore medium) {
    return new ForwardingStore(store) {
      @Override
      public CommitResult commit(LaneId lane, long epoch, List<JournalChange> changes, Instant at) {
        return super.commit(lane, medium.lane(lane).orElseThrow().epoch(), changes, at);
      }
    };
  }
}
