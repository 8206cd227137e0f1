package io.payonce.examples.cli;

import io.payonce.rpc.HeadEvent;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Heads that wait to be shown, at most 256: whoever stops the output for long is told of a gap, and
 * nothing piles up. One thread takes them.
 */
final class HeadInbox implements Flow.Subscriber<HeadEvent> {
  private static final int MOST = 256;

  private final BlockingQueue<HeadEvent> events = new ArrayBlockingQueue<>(MOST);
  private volatile Flow.@Nullable Subscription subscription;

  /** The next event; null when there was none for so long. */
  @Nullable HeadEvent next(long nanos) throws InterruptedException {
    HeadEvent event = events.poll(nanos, TimeUnit.NANOSECONDS);
    if (event != null) {
      Objects.requireNonNull(subscription).request(1);
    }
    return event;
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    subscription = given;
    given.request(MOST);
  }

  @Override
  public void onNext(HeadEvent event) {
    events.add(event); // there is room for as many as were asked for
  }

  @Override
  public void onError(Throwable failure) {
    throw new IllegalStateException(failure); // only for a wrong request, which is above
  }

  @Override
  public void onComplete() {
    // The pool was closed by the command.
  }
}
