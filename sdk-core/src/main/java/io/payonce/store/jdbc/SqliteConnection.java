package io.payonce.store.jdbc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoreUnavailableException.Outcome;
import io.payonce.store.jdbc.Session.Work;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * One connection to a file and its lock. Transactions are explicit statements, so that it is always
 * known whether a failure came before or from the COMMIT. Thread-safe: one transaction at a time.
 */
final class SqliteConnection implements AutoCloseable {
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Connection connection;

  @GuardedBy("lock")
  private final Session session;

  @GuardedBy("lock")
  private boolean closed;

  SqliteConnection(Connection connection, Dialect dialect) {
    this.connection = connection;
    this.session = new Session(connection, dialect);
  }

  /** Runs reads on one snapshot. */
  <T> T read(Work<T> work) {
    return transaction("BEGIN", work, result -> false);
  }

  /** Runs one write transaction; a result that {@code keep} refuses is rolled back. */
  <T> T write(Work<T> work, Predicate<T> keep) {
    return transaction("BEGIN IMMEDIATE", work, keep);
  }

  /** Runs statements that must stand outside a transaction. */
  <T> T outside(Work<T> work) {
    lock.lock();
    try {
      open();
      return work.run(session);
    } catch (SQLException e) {
      throw unavailable(Outcome.NOT_APPLIED, e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        connection.close(); // with its statements
      }
    } catch (SQLException e) {
      throw unavailable(Outcome.NOT_APPLIED, e);
    } finally {
      lock.unlock();
    }
  }

  private <T> T transaction(String begin, Work<T> work, Predicate<T> keep) {
    lock.lock();
    try {
      open();
      T result = body(begin, work);
      if (keep.test(result)) {
        commit();
      } else {
        session.execute("ROLLBACK");
      }
      return result;
    } catch (SQLException e) {
      throw unavailable(Outcome.NOT_APPLIED, e);
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private <T> T body(String begin, Work<T> work) throws SQLException {
    session.execute(begin);
    try {
      return work.run(session);
    } catch (SQLException | RuntimeException e) {
      rollBack(e);
      throw e;
    }
  }

  @GuardedBy("lock")
  private void commit() throws SQLException {
    try {
      session.execute("COMMIT");
    } catch (SQLException e) {
      rollBack(e);
      throw unavailable(
          SqliteErrors.commitRecordIsIncomplete(e) ? Outcome.NOT_APPLIED : Outcome.UNKNOWN, e);
    }
  }

  @GuardedBy("lock")
  private void rollBack(Exception cause) {
    try {
      session.forgetStatements();
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
    try {
      session.execute("ROLLBACK");
    } catch (SQLException e) {
      // SQLite ends a transaction by itself after some errors: then there is nothing to roll back.
      // If one stayed open all the same, the next BEGIN fails, and nothing is written.
      cause.addSuppressed(e);
    }
  }

  @GuardedBy("lock")
  private void open() {
    if (closed) {
      throw new IllegalStateException("journal is closed");
    }
  }

  private static StoreUnavailableException unavailable(Outcome outcome, SQLException e) {
    return new StoreUnavailableException(outcome, "journal: " + e.getMessage(), e);
  }
}
