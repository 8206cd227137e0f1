package io.payonce.routing.web3j;

import io.payonce.Ticker;
import io.payonce.rpc.CallOptions;
import java.time.Duration;

/** When the answer to a body is due, however many calls it takes. */
record Deadline(Ticker ticker, long endNanos, Duration whole) {
  static Deadline in(Duration whole, Ticker ticker) {
    return new Deadline(ticker, ticker.nanos() + whole.toNanos(), whole);
  }

  /** For the next call, which gets all that is left. Throws when nothing is. */
  CallOptions left() {
    long nanos = endNanos - ticker.nanos();
    if (nanos <= 0) {
      throw Failures.thrown(
          new RpcFailedException("no answer within " + whole.toMillis() + " ms", null));
    }
    return CallOptions.within(Duration.ofNanos(nanos));
  }
}
