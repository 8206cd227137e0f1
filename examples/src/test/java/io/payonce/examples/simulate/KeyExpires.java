package io.payonce.examples.simulate;

import io.payonce.IdempotencyKey;
import io.payonce.Transfer;
import io.payonce.store.AcceptResult;
import io.payonce.store.TransferStore;
import io.payonce.testing.MemoryTransferStore;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * A key is forgotten some time after its payment, as rows behind a retention rule or a cache's time
 * to live: a host that asks again under it pays again. Chainlink's TXM forgets after 168 hours.
 */
final class KeyExpires implements Seams {
  private static final Duration LIFE = Duration.ofSeconds(60);

  @Override
  public TransferStore store(TransferStore store, MemoryTransferStore medium) {
    return new TwicePayable(store, medium) {
      @Override
      public AcceptResult accept(
          IdempotencyKey key, Transfer transfer, Map<String, String> metadata, Instant at) {
        AcceptResult result = super.accept(key, transfer, metadata, at);
        return result instanceof AcceptResult.AlreadyKnown known
                && known.transfer().acceptedAt().plus(LIFE).isBefore(at)
            ? new AcceptResult.Accepted(payAgain(known.transfer(), at))
            : result;
      }
    };
  }
}
