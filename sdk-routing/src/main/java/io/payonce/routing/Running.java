package io.payonce.routing;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What callers wait for, and what goes on after they have their answer: a pool that was closed is
 * released when the last of it ends. Thread-safe.
 */
final class Running {
  private static final CompletableFuture<Void> NO_REST = CompletableFuture.completedFuture(null);

  private final Wiring wiring;
  private final Runnable onWake;
  private final Runnable release;
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicBoolean released = new AtomicBoolean();

  /**
   * For one pool.
   *
   * @param onWake is called when the pool is used again after a rest
   * @param release is called once, when the pool is closed and nothing runs any more
   */
  Running(Wiring wiring, Runnable onWake, Runnable release) {
    this.wiring = wiring;
    this.onWake = onWake;
    this.release = release;
  }

  /** Starts what counts as running until its future is complete. */
  interface Work<T> {
    CompletableFuture<T> start();
  }

  /** A copy for the caller; nothing goes on after the answer. */
  <T> CompletableFuture<T> tracked(Work<T> work) {
    return tracked(work, NO_REST);
  }

  /** The future itself, for a caller that does nothing with it but wait. */
  <T> CompletableFuture<T> awaited(Work<T> work) {
    return begun(work).whenComplete((value, defect) -> ended());
  }

  /**
   * A copy for the caller, so that cancelling it reaches nothing in here.
   *
   * @param rest what goes on after the caller has the answer
   */
  <T> CompletableFuture<T> tracked(Work<T> work, CompletableFuture<Void> rest) {
    CompletableFuture<T> forCaller = new CompletableFuture<>();
    CompletableFuture<?> unused =
        begun(work)
            .whenComplete(
                (value, defect) -> {
                  if (rest == NO_REST) {
                    ended();
                  } else {
                    Wiring.detach(rest.thenRun(this::ended));
                  }
                  if (LentThread.isCurrent()) {
                    // The thread is somebody else's: what hangs on the future may take long.
                    wiring.run(() -> pass(value, defect, forCaller));
                  } else {
                    pass(value, defect, forCaller);
                  }
                });
    return forCaller;
  }

  private <T> CompletableFuture<T> begun(Work<T> work) {
    count.incrementAndGet();
    if (wiring.wakes()) {
      onWake.run();
    }
    try {
      requireOpen();
      return work.start();
    } catch (RuntimeException refused) {
      ended();
      throw refused;
    }
  }

  private static <T> void pass(
      T value, @Nullable Throwable defect, CompletableFuture<T> forCaller) {
    if (defect == null) {
      forCaller.complete(value);
    } else {
      forCaller.completeExceptionally(defect);
    }
  }

  /** Throws when the pool takes nothing new. */
  void requireOpen() {
    if (wiring.isClosed()) {
      throw new IllegalStateException("the pool is closed");
    }
  }

  private void ended() {
    count.decrementAndGet();
    releaseWhenIdle();
  }

  /** Now, or when the last of what runs has ended. */
  void releaseWhenIdle() {
    if (wiring.isClosed() && count.get() == 0 && released.compareAndSet(false, true)) {
      release.run();
    }
  }
}
