package io.payonce.store.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;

/** Writes of several threads that wait for the same commit, and what they left behind. */
final class QueuedWrites {
  private QueuedWrites() {}

  /** Queues writes, in order, behind one that inserts 0 in a commit of its own. */
  @SafeVarargs
  static <T> List<T> together(SqliteConnection journal, Callable<T>... writes) throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    List<FutureTask<T>> all = new ArrayList<>();
    Thread first =
        new Thread(
            () ->
                journal.write(
                    s -> {
                      started.countDown();
                      awaitUninterrupted(go);
                      return s.update("INSERT INTO t VALUES (0)");
                    },
                    rows -> true));
    first.start();
    started.await();
    for (Callable<T> write : writes) {
      FutureTask<T> task = new FutureTask<>(write);
      Thread thread = new Thread(task);
      thread.start();
      while (thread.getState() != Thread.State.WAITING) { // for its turn
        if (task.isDone()) {
          throw new AssertionError("it did not wait: " + task.get());
        }
        Thread.onSpinWait();
      }
      all.add(task);
    }
    go.countDown();
    List<T> told = new ArrayList<>();
    first.join();
    for (FutureTask<T> task : all) {
      told.add(task.get());
    }
    return told;
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What is in the table {@code t} of numbers, in order. */
  static List<Integer> rows(Connection connection) {
    List<Integer> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT x FROM t ORDER BY x")) {
      while (row.next()) {
        rows.add(row.getInt(1));
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return rows;
  }
}
