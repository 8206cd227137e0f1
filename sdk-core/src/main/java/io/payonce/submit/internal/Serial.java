package io.payonce.submit.internal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** Runs tasks one after the other, in order, on a shared executor; holds no lock while they run. */
final class Serial implements Executor {
  private final Executor executor;
  private final Consumer<Throwable> onDefect;

  @GuardedBy("waiting")
  private final Deque<Runnable> waiting = new ArrayDeque<>();

  @GuardedBy("waiting")
  private boolean running;

  /**
   * A runner of its own order.
   *
   * @param onDefect told when a task throws; the tasks behind it run all the same
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
      } catch (Error defect) { // goes to the thread's owner, and the order goes on behind it
        goOn(() -> onDefect.accept(defect));
        throw defect;
      } catch (Exception defect) {
        onDefect.accept(defect);
      }
    }
  }

  private void goOn(Runnable next) {
    synchronized (waiting) {
      waiting.addFirst(next);
    }
    executor.execute(this::runAll);
  }
}
