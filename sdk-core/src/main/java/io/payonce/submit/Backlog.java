package io.payonce.submit;

import io.payonce.Ticker;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many payments have not ended: counted in the journal once a minute, and by what this instance
 * accepted since. So the limit holds on one instance, and may be passed by what several accept in a
 * minute: it guards the disk, not money. Thread-safe.
 */
final class Backlog {
  private static final Duration COUNT_EVERY = Duration.ofMinutes(1);

  private final TransferStore store;
  private final Ticker ticker;
  private final long max;
  private final AtomicLong open = new AtomicLong();
  private volatile long nextCount;

  Backlog(TransferStore store, Ticker ticker, long max) {
    this.store = store;
    this.ticker = ticker;
    this.max = max;
    this.nextCount = ticker.nanos();
  }

  boolean isFull() {
    return open.get() >= max;
  }

  SubmitResult refusal() {
    return new SubmitResult.NotAccepted(
        "BACKLOG_FULL",
        "maxBacklog " + max + " payments have not ended yet",
        Duration.ofNanos(Math.max(1, nextCount - ticker.nanos())));
  }

  void accepted() {
    open.incrementAndGet();
  }

  /** Called by one thread at a time. */
  void round() {
    if (ticker.nanos() - nextCount < 0) {
      return;
    }
    long sum = 0;
    for (Map.Entry<TransferState, Long> count : store.counts().entrySet()) {
      sum += count.getKey().isTerminal() ? 0 : count.getValue();
    }
    open.set(sum);
    nextCount = ticker.nanos() + COUNT_EVERY.toNanos();
  }
}
