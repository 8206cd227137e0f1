package io.payonce.submit.internal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs tasks one after the other, in order, on a shared executor; holds no lock while they run. */
final class Serial implements Executor {
  private static final Logger log = LoggerFactory.getLogger(Serial.class);

  private final Executor executor;
  private final Consumer<Throwable> onDefect;

  @GuardedBy("waiting")
  private final Deque<Runnable> waiting = new ArrayDeque<>();

  @GuardedBy("waiting")
  private boolean running;

  /**
   * A runner of its own order.
   *
   * @param onDefect told when a task throws, whatever it throws; the tasks behind it run all the
   *     same
   */
  Serial(Executor executor, Consumer<Throwable> onDefect) {
    this.executor = executor;
    this.onDefect = onDefect;
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
      } catch (Throwable defect) { // an Error too: the tasks behind it have to come
        tell(defect);
      }
    }
  }

  private void tell(Throwable defect) {
    try {
      onDefect.accept(defect);
    } catch (Throwable another) {
      log.error("a defect could not be told; it was {}", defect, another);
    }
  }
}
