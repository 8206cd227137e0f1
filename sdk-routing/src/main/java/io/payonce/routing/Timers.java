package io.payonce.routing;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The pool's own timer thread.
 *
 * <p>Every call sets timers that it cancels a moment later. Each would be the earliest one, and
 * wake the thread to look at it. While timers are set, one of 5 ms is therefore kept before them:
 * the thread wakes 200 times a second then, and not for each call.
 */
final class Timers extends ScheduledThreadPoolExecutor {
  private static final long BEAT_MILLIS = 5;

  private final AtomicBoolean beats = new AtomicBoolean();
  private volatile boolean used;

  Timers() {
    super(1, RpcPool.daemons("payonce-timer"));
    setRemoveOnCancelPolicy(true); // most timers are cancelled long before they are due
    setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
    if (!used) {
      used = true;
    }
    if (!beats.get() && beats.compareAndSet(false, true)) {
      ScheduledFuture<?> unused = super.schedule(this::beat, BEAT_MILLIS, TimeUnit.MILLISECONDS);
    }
    return super.schedule(task, delay, unit);
  }

  private void beat() {
    if (used && !isShutdown()) {
      used = false;
      ScheduledFuture<?> unused = super.schedule(this::beat, BEAT_MILLIS, TimeUnit.MILLISECONDS);
    } else {
      beats.set(false);
    }
  }
}
