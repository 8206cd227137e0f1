package io.payonce.examples.simulate;

import io.payonce.store.AcceptResult;
import io.payonce.store.Intake;
import io.payonce.store.TransferStore;
import io.payonce.testing.MemoryTransferStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

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
      public List<AcceptResult> acceptAll(List<Intake> intakes, Instant at) {
        return super.acceptAll(intakes, at).stream().map(result -> aged(result, at)).toList();
      }

      private AcceptResult aged(AcceptResult result, Instant at) {
        return result instanceof AcceptResult.AlreadyKnown known
                && known.transfer().acceptedAt().plus(LIFE).isBefore(at)
            ? new AcceptResult.Accepted(payAgain(known.transfer(), at))
            : result;
      }
    };
  }
}
