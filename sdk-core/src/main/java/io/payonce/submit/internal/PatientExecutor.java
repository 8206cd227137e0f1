package io.payonce.submit.internal;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An executor of the host that may be full at times: what it rejects, or throws anything else for,
 * is offered again soon. There are few such tasks, as each lane and each follower has one at a
 * time, and one that got lost would be its last. A pool that has no memory for one more thread
 * throws though it keeps the task, so a task that is offered twice runs once. Once closed, what is
 * rejected is rejected. Thread-safe.
 */
public final class PatientExecutor implements Executor, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PatientExecutor.class);
  private static final long PAUSE_MILLIS = 100;

  private final Executor executor;
  private final ScheduledExecutorService scheduler;
  private final AtomicBoolean told = new AtomicBoolean();
  private volatile boolean closed;

  public PatientExecutor(Executor executor, ScheduledExecutorService scheduler) {
    this.executor = executor;
    this.scheduler = scheduler;
  }

  @Override
  public void execute(Runnable task) {
    offer(new Once(task));
  }

  private void offer(Once task) {
    try {
      executor.execute(task);
    } catch (RuntimeException | Error full) {
      if (closed) {
        throw full;
      }
      if (told.compareAndSet(false, true)) {
        log.warn("the executor rejects tasks; they are offered again: {}", full.toString());
      }
      var unused = scheduler.schedule(() -> again(task), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void again(Once task) {
    try {
      offer(task);
    } catch (RejectedExecutionException ended) {
      log.debug("closed with a task that the executor rejects"); // the journal has what matters
    }
  }

  @Override
  public void close() {
    closed = true;
  }

  /** A task that runs once, however often it is started. */
  private static final class Once implements Runnable {
    private final AtomicReference<@Nullable Runnable> task;

    Once(Runnable task) {
      this.task = new AtomicReference<>(task);
    }

    @Override
    public void run() {
      Runnable left = task.getAndSet(null);
      if (left != null) {
        left.run();
      }
    }
  }
}
