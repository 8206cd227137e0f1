package io.payonce.testing;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Delayed;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The scheduler of one process. After {@code shutdown} new tasks are rejected, periodic ones end
 * and delayed ones still run, as with the JDK's own.
 */
final class VirtualScheduler extends AbstractExecutorService implements ScheduledExecutorService {
  private final VirtualTime time;
  private final VirtualTime.Process process;
  private final Set<Task<?>> pending = new LinkedHashSet<>();
  private boolean shutdown;

  VirtualScheduler(VirtualTime time, VirtualTime.Process process) {
    this.time = time;
    this.process = process;
  }

  @Override
  public void execute(Runnable command) {
    enqueue(new Task<>(callable(command), true, 0), 0);
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    return start(new Task<>(callable(command), true, 0), unit.toNanos(delay));
  }

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
    return start(new Task<>(callable, false, 0), unit.toNanos(delay));
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable command, long initialDelay, long period, TimeUnit unit) {
    return periodic(command, initialDelay, period, unit);
  }

  /** The same as at a fixed rate: tasks take no virtual time. */
  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable command, long initialDelay, long delay, TimeUnit unit) {
    return periodic(command, initialDelay, delay, unit);
  }

  private ScheduledFuture<?> periodic(Runnable command, long initial, long period, TimeUnit unit) {
    if (period <= 0) {
      throw new IllegalArgumentException("period " + period + " must be above 0");
    }
    return start(new Task<>(callable(command), true, unit.toNanos(period)), unit.toNanos(initial));
  }

  private <V> Task<V> start(Task<V> task, long delayNanos) {
    enqueue(task, delayNanos);
    return task;
  }

  private void enqueue(Task<?> task, long delayNanos) {
    if (shutdown) {
      throw new RejectedExecutionException("scheduler is shut down");
    }
    pending.add(task);
    time.schedule(task, delayNanos);
  }

  private static Callable<@Nullable Void> callable(Runnable command) {
    return () -> {
      command.run();
      return null;
    };
  }

  @Override
  public void shutdown() {
    shutdown = true;
    for (Task<?> task : new ArrayList<>(pending)) {
      if (task.periodNanos > 0) {
        task.cancel(false);
      }
    }
  }

  @Override
  public List<Runnable> shutdownNow() {
    shutdown = true;
    List<Runnable> never = new ArrayList<>();
    for (Task<?> task : new ArrayList<>(pending)) {
      task.cancel(false);
      never.add(task::fire);
    }
    return never;
  }

  @Override
  public boolean isShutdown() {
    return shutdown;
  }

  @Override
  public boolean isTerminated() {
    return shutdown && pending.isEmpty();
  }

  /** Answers at once: while a caller waits, virtual time stands still. */
  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return isTerminated();
  }

  private enum State {
    WAITING,
    SUCCEEDED,
    FAILED,
    CANCELLED
  }

  private final class Task<V> extends EventQueue.Event implements ScheduledFuture<V> {
    private final Callable<? extends @Nullable V> body;
    private final boolean throwing;
    private final long periodNanos;
    private State state = State.WAITING;
    private @Nullable V result;
    private @Nullable Throwable failure;

    Task(Callable<? extends @Nullable V> body, boolean throwing, long periodNanos) {
      super(process);
      this.body = body;
      this.throwing = throwing;
      this.periodNanos = periodNanos;
    }

    @Override
    void fire() {
      if (state != State.WAITING) {
        return;
      }
      try {
        result = body.call();
      } catch (Throwable thrown) {
        failed(thrown);
        return;
      }
      if (state != State.WAITING) {
        return; // it cancelled itself
      }
      if (periodNanos > 0) {
        time.schedule(this, periodNanos);
      } else {
        finish(State.SUCCEEDED);
      }
    }

    private void failed(Throwable thrown) {
      failure = thrown;
      finish(State.FAILED);
      if (throwing || thrown instanceof Error) {
        rethrow(thrown);
      }
    }

    private void finish(State end) {
      state = end;
      pending.remove(this);
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      if (state != State.WAITING) {
        return false;
      }
      finish(State.CANCELLED);
      time.unschedule(this);
      return true;
    }

    @Override
    public boolean isCancelled() {
      return state == State.CANCELLED;
    }

    @Override
    public boolean isDone() {
      return state != State.WAITING;
    }

    @Override
    @SuppressWarnings("NullAway") // a Runnable's result is null, as ScheduledFuture<?> promises
    public V get() throws ExecutionException {
      return switch (state) {
        case WAITING ->
            throw new IllegalStateException("waiting inside virtual time would never end");
        case CANCELLED -> throw new CancellationException();
        case FAILED -> throw new ExecutionException(failure);
        case SUCCEEDED -> result;
      };
    }

    @Override
    public V get(long timeout, TimeUnit unit) throws ExecutionException {
      return get();
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(timeNanos - time.nowNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  @SuppressWarnings("unchecked") // the exception of a Runnable is unchecked
  private static <E extends Throwable> void rethrow(Throwable thrown) throws E {
    throw (E) thrown;
  }
}
