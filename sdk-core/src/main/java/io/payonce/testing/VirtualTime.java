package io.payonce.testing;

import io.payonce.Ticker;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Time that passes only when it is told to: one queue of events, run one after the other on the
 * calling thread, ordered by (instant, order of submission). The same calls give the same run, on
 * every JDK.
 *
 * <p>Everything under test takes its clock, ticker, scheduler and executor from here. What must be
 * able to crash, stall or have a wrong clock on its own is given a {@link Process}; the methods of
 * this class that hand out time belong to a process of their own, which can do none of this.
 *
 * <p>An exception that leaves a task is a defect and comes out of the method that drives time.
 * Confined to the thread that first uses it; another thread is refused.
 */
public final class VirtualTime {
  /** Events at one instant, beyond which a run is taken for an endless loop. */
  public static final int MAX_EVENTS_PER_INSTANT = 5_000_000;

  private final EventQueue queue = new EventQueue();
  private final Instant start;
  private final Process world = new Process(Duration.ZERO);
  private @Nullable Thread owner;
  private long nowNanos;
  private long eventsRun;
  private int eventsAtInstant;

  /** Starts at 2026-01-01T00:00:00Z. */
  public VirtualTime() {
    this(Instant.parse("2026-01-01T00:00:00Z"));
  }

  public VirtualTime(Instant start) {
    this.start = start;
  }

  /** A new process with a right clock. */
  public Process newProcess() {
    return newProcess(Duration.ZERO);
  }

  /**
   * A new process.
   *
   * @param skew how far its clock is ahead; negative when behind
   */
  public Process newProcess(Duration skew) {
    return new Process(skew);
  }

  public Clock clock() {
    return world.clock();
  }

  public Ticker ticker() {
    return world.ticker();
  }

  public ScheduledExecutorService scheduler() {
    return world.scheduler();
  }

  /** Runs tasks at the current instant, after those already queued for it; never inline. */
  public Executor executor() {
    return world.executor();
  }

  /** Plans something to happen in the world around the processes. */
  public void after(Duration delay, Runnable task) {
    inWorld(delay.toNanos(), task);
  }

  /** Moves {@link #clock()}, forward or back; timers, the ticker and {@link #now()} stay. */
  public void jumpClock(Duration by) {
    world.jumpClock(by);
  }

  /** The true time, which no jump or skew touches. */
  public Instant now() {
    return start.plusNanos(nowNanos);
  }

  /** How many events were run. */
  public long eventsRun() {
    return eventsRun;
  }

  /** Runs the next event, moving time to it; false when nothing can ever happen. */
  public boolean runNext() {
    return runNextBefore(Long.MAX_VALUE);
  }

  /** Runs what is due within {@code duration}, then stands exactly at its end. */
  public void runFor(Duration duration) {
    long end = Math.addExact(nowNanos, duration.toNanos());
    while (runNextBefore(end)) {
      // the work is in the condition
    }
    moveTo(end);
  }

  /**
   * Runs events until the condition holds; it is looked at after each event.
   *
   * @throws IllegalStateException when it does not hold within the limit of virtual time
   */
  public void runUntil(BooleanSupplier condition, Duration limit) {
    long end = Math.addExact(nowNanos, limit.toNanos());
    while (!condition.getAsBoolean()) {
      if (!runNextBefore(end)) {
        String why = queue.peek() == null ? "nothing is left to happen" : limit + " have passed";
        throw new IllegalStateException("condition does not hold at " + now() + ": " + why);
      }
    }
  }

  /** Runs events until the future is complete; its value, or its exception as join() throws it. */
  public <T> T await(CompletableFuture<T> future, Duration limit) {
    runUntil(future::isDone, limit);
    return future.join();
  }

  private boolean runNextBefore(long endNanos) {
    confine();
    for (EventQueue.Event next = queue.peek();
        next != null && next.timeNanos <= endNanos;
        next = queue.peek()) {
      queue.remove(next);
      if (next.owner.paused) {
        next.owner.held.add(next);
        continue;
      }
      moveTo(next.timeNanos);
      eventsRun++;
      if (++eventsAtInstant > MAX_EVENTS_PER_INSTANT) {
        throw new IllegalStateException(
            "more than " + MAX_EVENTS_PER_INSTANT + " events at " + now() + ": an endless loop");
      }
      next.fire();
      return true;
    }
    return false;
  }

  private void moveTo(long nanos) {
    if (nanos > nowNanos) {
      nowNanos = nanos;
      eventsAtInstant = 0;
    }
  }

  private void confine() {
    Thread current = Thread.currentThread();
    if (owner == null) {
      owner = current;
    } else if (owner != current) {
      throw new IllegalStateException(
          "virtual time belongs to thread " + owner.getName() + ", called by " + current.getName());
    }
  }

  /** Queues an event of a process; one of a dead process is forgotten. */
  void schedule(EventQueue.Event event, long delayNanos) {
    confine();
    if (!event.owner.killed) {
      queue.add(event, Math.addExact(nowNanos, Math.max(0, delayNanos)));
    }
  }

  void unschedule(EventQueue.Event event) {
    confine();
    if (!queue.remove(event)) {
      event.owner.held.remove(event);
    }
  }

  long nowNanos() {
    return nowNanos;
  }

  /** Runs {@code task} after a delay, as part of the world around the processes. */
  void inWorld(long delayNanos, Runnable task) {
    schedule(new Plain(world, task), delayNanos);
  }

  private static final class Plain extends EventQueue.Event {
    private final Runnable task;

    Plain(Process owner, Runnable task) {
      super(owner);
      this.task = task;
    }

    @Override
    void fire() {
      task.run();
    }
  }

  /**
   * One operating system process in virtual time: its own clock, and timers and tasks that share
   * its fate. Confined like {@link VirtualTime}.
   */
  @SuppressWarnings("JavaLangClash") // Deliberate: always written VirtualTime.Process
  public final class Process {
    private final Clock clock = new SkewedClock(this, ZoneOffset.UTC);
    private final ScheduledExecutorService scheduler = new VirtualScheduler(VirtualTime.this, this);
    private final List<EventQueue.Event> held = new ArrayList<>();
    private Duration skew;
    private boolean paused;
    private boolean killed;

    private Process(Duration skew) {
      this.skew = skew;
    }

    /** The wall clock: true time, skew and jumps. */
    public Clock clock() {
      return clock;
    }

    /** Monotonic; it runs on while the process is paused, as that of a stopped process does. */
    public Ticker ticker() {
      return VirtualTime.this::nowNanos;
    }

    /**
     * Timers and tasks. The exception of a {@code Callable} goes to its future, that of a {@code
     * Runnable} also out of the method that drives time. Waiting on a future that is not complete
     * is refused: nobody else could complete it.
     */
    public ScheduledExecutorService scheduler() {
      return scheduler;
    }

    /** Runs tasks at the current instant, after those already queued for it; never inline. */
    public Executor executor() {
      return task -> schedule(new Plain(this, task), 0);
    }

    /** Moves the wall clock, forward or back, and nothing else. */
    public void jumpClock(Duration by) {
      skew = skew.plus(by);
    }

    /** Stops at once, as signal 9 does: nothing that is pending or submitted later ever runs. */
    public void kill() {
      confine();
      if (this == world) {
        throw new IllegalStateException("the world cannot be killed");
      }
      killed = true;
      held.clear();
      queue.removeAll(event -> event.owner == this);
    }

    public boolean isKilled() {
      return killed;
    }

    /** Holds all events from now on, as SIGSTOP does. */
    public void pause() {
      paused = true;
    }

    /**
     * Runs what became due meanwhile, in its old order and at the present instant, then goes on.
     */
    public void resume() {
      confine();
      paused = false;
      held.forEach(queue::restore);
      held.clear();
    }

    /** Runs {@code task} after a delay, with the fate of this process. */
    void after(long delayNanos, Runnable task) {
      schedule(new Plain(this, task), delayNanos);
    }
  }

  private final class SkewedClock extends Clock {
    private final Process process;
    private final ZoneId zone;

    SkewedClock(Process process, ZoneId zone) {
      this.process = process;
      this.zone = zone;
    }

    @Override
    public ZoneId getZone() {
      return zone;
    }

    @Override
    public Clock withZone(ZoneId other) {
      return new SkewedClock(process, other);
    }

    @Override
    public Instant instant() {
      return now().plus(process.skew);
    }
  }
}
