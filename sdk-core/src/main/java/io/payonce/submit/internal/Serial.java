package io.payonce.submit.internal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs tasks one after the other, in order, on a shared executor; holds no lock while they run. */
final class Serial implements Executor {
  private static final Logger log = LoggerFactory.getLogger(Serial.class);

  private final Executor executor;

  @GuardedBy("waiting")
  private final Deque<Runnable> waiting = new ArrayDeque<>();

  @GuardedBy("waiting")
  private boolean running;

  Serial(Executor executor) {
    this.executor = executor;
  }

  @Override
  public void execute(Runnable task) {
    synchronized (waiting) {
      waiting.add(task);
      if (running) {
        return;
      }
      running = true;
    }
    executor.execute(this::runAll);
  }

  private void runAll() {
    while (true) {
      Runnable task;
      synchronized (waiting) {
        task = waiting.poll();
        if (task == null) {
          running = false;
          return;
        }
      }
      try {
        task.run();
      } catch (RuntimeException defect) {
        log.error("a task failed unexpectedly; the next ones go on", defect);
      }
    }
  }
}
