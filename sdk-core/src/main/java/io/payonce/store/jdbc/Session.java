package io.payonce.store.jdbc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoreUnavailableException.Outcome;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One connection with its prepared statements and its lock. Transactions are explicit statements,
 * so that it is always known whether a failure came before or from the COMMIT. Thread-safe: one
 * transaction at a time.
 */
final class Session implements AutoCloseable {
  /** What runs inside a transaction, on the session it is given to. */
  interface Work<T> {
    T run(Session session) throws SQLException;
  }

  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Connection connection;

  @GuardedBy("lock")
  private final Map<String, PreparedStatement> statements = new HashMap<>();

  @GuardedBy("lock")
  private boolean closed;

  Session(Connection connection) {
    this.connection = connection;
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
      return work.run(this);
    } catch (SQLException e) {
      throw unavailable(Outcome.NOT_APPLIED, e);
    } finally {
      lock.unlock();
    }
  }

  /** The statement of this text, prepared once; only for the thread that runs {@link Work}. */
  PreparedStatement prepared(String sql) throws SQLException {
    lock.lock();
    try {
      PreparedStatement known = statements.get(sql);
      if (known == null) {
        known = connection.prepareStatement(sql);
        statements.put(sql, known);
      }
      return known;
    } finally {
      lock.unlock();
    }
  }

  /** The statement of this text with its parameters set. */
  PreparedStatement bound(String sql, @Nullable Object... values) throws SQLException {
    PreparedStatement statement = prepared(sql);
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
    return statement;
  }

  /** Runs a statement that writes; answers how many rows. */
  int update(String sql, @Nullable Object... values) throws SQLException {
    return bound(sql, values).executeUpdate();
  }

  /** Runs a statement that has no parameters and no result. */
  void execute(String sql) throws SQLException {
    lock.lock();
    try {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
      }
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
        execute("ROLLBACK");
      }
      return result;
    } catch (SQLException e) {
      throw unavailable(Outcome.NOT_APPLIED, e);
    } finally {
      lock.unlock();
    }
  }

  private <T> T body(String begin, Work<T> work) throws SQLException {
    execute(begin);
    try {
      return work.run(this);
    } catch (SQLException | RuntimeException e) {
      rollBack(e);
      throw e;
    }
  }

  private void commit() throws SQLException {
    try {
      execute("COMMIT");
    } catch (SQLException e) {
      rollBack(e);
      throw unavailable(
          SqliteErrors.commitRecordIsIncomplete(e) ? Outcome.NOT_APPLIED : Outcome.UNKNOWN, e);
    }
  }

  private void rollBack(Exception cause) {
    try {
      forgetStatements();
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
    try {
      execute("ROLLBACK");
    } catch (SQLException e) {
      // SQLite ends a transaction by itself after some errors: then there is nothing to roll back.
      // If one stayed open all the same, the next BEGIN fails, and nothing is written.
      cause.addSuppressed(e);
    }
  }

  /** A statement that a failure left half executed would fail again in the next transaction. */
  private void forgetStatements() throws SQLException {
    lock.lock();
    try {
      for (PreparedStatement statement : statements.values()) {
        statement.close();
      }
      statements.clear();
    } finally {
      lock.unlock();
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
