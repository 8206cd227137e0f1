package io.payonce.store.jdbc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoreUnavailableException.Outcome;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/**
 * The connections of one journal, at most eight: more would not commit faster, and fifty senders
 * have exhausted servers before.
 *
 * <p>Two sources. A pool of the host's own: each transaction borrows from it and gives back, so
 * that the host's limits, metrics and checks stay in force. Or plain connections of the driver, of
 * which idle ones are kept. That needs no library: a journal's transactions are short, and a
 * connection that failed is closed, never repaired, so that there is nothing to test, to evict or
 * to time, and no thread to stop. Thread-safe.
 */
final class Connections implements AutoCloseable {
  static final int MAX = 8;

  private final DataSource source;
  private final boolean keepsIdle;
  private final Duration patience;
  private final Semaphore permits = new Semaphore(MAX, true);
  private final Object lock = new Object();

  @GuardedBy("lock")
  private final Deque<Connection> idle = new ArrayDeque<>();

  @GuardedBy("lock")
  private boolean closed;

  /**
   * Connections of this source.
   *
   * @param keepsIdle whether a connection is kept when nobody needs it; not for a pool
   * @param patience how long a caller waits for one of the eight
   */
  Connections(DataSource source, boolean keepsIdle, Duration patience) {
    this.source = source;
    this.keepsIdle = keepsIdle;
    this.patience = patience;
  }

  /** A connection for one transaction; given back with {@link #giveBack} or {@link #discard}. */
  Connection borrow() throws SQLException {
    acquire(permits, patience, "all " + MAX + " connections were busy");
    try {
      synchronized (lock) {
        if (closed) {
          throw new IllegalStateException("journal is closed");
        }
        Connection known = idle.pollFirst();
        if (known != null) {
          return known;
        }
      }
      return source.getConnection();
    } catch (SQLException | RuntimeException e) {
      permits.release();
      throw e;
    }
  }

  /** Takes one permit, or says what was short for so long. */
  static void acquire(Semaphore permits, Duration patience, String shortage) {
    try {
      if (!permits.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new StoreUnavailableException(
            Outcome.NOT_APPLIED, "journal: " + shortage + " for " + patience);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new StoreUnavailableException(
          Outcome.NOT_APPLIED, "journal: interrupted while waiting for a connection", interrupted);
    }
  }

  /** For a connection on which every transaction ended as it should. */
  void giveBack(Connection connection) {
    try {
      synchronized (lock) {
        if (keepsIdle && !closed) {
          idle.addFirst(connection);
          return;
        }
      }
      close(connection);
    } finally {
      permits.release();
    }
  }

  /**
   * For a connection that failed: whatever state it is in, nobody gets it again, nor those that are
   * idle: what ended one, like a restart of the server, ended all as a rule.
   */
  void discard(Connection connection) {
    closeIdle();
    try {
      // A pool tests it, or throws it away; aborting also ends a transaction that is still open.
      connection.abort(Runnable::run);
    } catch (SQLException | RuntimeException e) {
      // It is broken already; the server rolls back what it did not commit.
    } finally {
      close(connection);
      permits.release();
    }
  }

  private static void close(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      // Nothing depends on it any more: its transaction has ended, one way or the other.
    }
  }

  /** Idempotent. Idle connections close now, busy ones when their transaction ends. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
    }
    closeIdle();
  }

  private void closeIdle() {
    List<Connection> all;
    synchronized (lock) {
      all = List.copyOf(idle);
      idle.clear();
    }
    all.forEach(Connections::close);
  }
}
