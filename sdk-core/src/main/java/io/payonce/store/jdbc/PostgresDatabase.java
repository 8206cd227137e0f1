package io.payonce.store.jdbc;

import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoreUnavailableException.Outcome;
import io.payonce.store.jdbc.Session.Work;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;
import org.postgresql.PGConnection;

/**
 * A PostgreSQL schema. Everything that a transaction needs it sets for itself alone, in the
 * transaction: connections carry no state from one to the next, so a pooler between may give each
 * transaction another one.
 */
final class PostgresDatabase implements Database {
  private static final int MAX_RUNS = 5;

  /** Snapshot of the whole read; the server refuses writes in it. */
  private static final String READ = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";

  /**
   * A transaction whose process hangs must not keep a lane for ever: the server ends it, and the
   * next instance goes on. Longer than any transaction of a healthy one.
   */
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  private final Connections connections;
  private final PostgresDialect dialect;
  private final Duration patience;
  private final boolean readOnly;
  private final String write;

  /** Half of the connections stay for the wallets, whatever transactions hosts leave open. */
  private final Semaphore accepting = new Semaphore(Connections.MAX / 2, true);

  PostgresDatabase(
      Connections connections, PostgresDialect dialect, Duration patience, boolean readOnly) {
    this.connections = connections;
    this.dialect = dialect;
    this.patience = patience;
    this.readOnly = readOnly;
    this.write =
        "SET TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE;"
            + " SET LOCAL lock_timeout = "
            + Math.max(1, patience.toMillis()) // 0 would be for ever
            + "; SET LOCAL idle_in_transaction_session_timeout = "
            + LONGEST_PAUSE.toMillis();
  }

  @Override
  public <T> T read(Work<T> work) {
    return retrying(READ, work, result -> false);
  }

  @Override
  public <T> T write(Work<T> work, Predicate<T> keep) {
    if (readOnly) {
      throw new IllegalStateException("journal is open read-only");
    }
    return retrying(write, work, keep);
  }

  @Override
  public <T> T accept(Work<T> work, Predicate<T> keep) {
    Connections.acquire(
        accepting, patience, "all connections for accepting were busy, or waited for keys,");
    try {
      return write(work, keep);
    } finally {
      accepting.release();
    }
  }

  /** A connection may have died unseen while it was idle, so one that is lost is replaced once. */
  private <T> T retrying(String begin, Work<T> work, Predicate<T> keep) {
    boolean lost = false;
    for (int runs = 1; ; runs++) {
      try {
        return run(begin, work, keep);
      } catch (SQLException e) {
        boolean lostNow = PostgresErrors.isLostConnection(e);
        boolean again = PostgresErrors.isWorthAnotherRun(e) || (lostNow && !lost);
        if (!again || runs == MAX_RUNS) {
          throw unavailable(Outcome.NOT_APPLIED, e);
        }
        lost |= lostNow;
      }
    }
  }

  /** Throws {@link SQLException} only when nothing was applied. */
  private <T> T run(String begin, Work<T> work, Predicate<T> keep) throws SQLException {
    Connection connection = connections.borrow();
    boolean sound = false;
    try {
      Borrowed borrowed = Borrowed.begin(connection);
      Session session = new Session(connection, dialect);
      T result = work(connection, session, begin, work, keep);
      sound = borrowed.end(session);
      return result;
    } finally {
      if (sound) {
        connections.giveBack(connection);
      } else {
        connections.discard(connection);
      }
    }
  }

  private static <T> T work(
      Connection connection, Session session, String begin, Work<T> work, Predicate<T> keep)
      throws SQLException {
    T result;
    boolean kept;
    try {
      session.execute(begin);
      result = work.run(session);
      kept = keep.test(result);
      if (kept) {
        session.flush();
      }
    } catch (SQLException | RuntimeException e) {
      rollBack(connection, e);
      throw e;
    }
    if (kept) {
      commit(connection);
    } else {
      connection.rollback();
    }
    return result;
  }

  private static void commit(Connection connection) throws SQLException {
    try {
      connection.commit();
    } catch (SQLException e) {
      if (PostgresErrors.isUndone(e)) {
        throw e;
      }
      throw unavailable(Outcome.UNKNOWN, e);
    }
  }

  private static void rollBack(Connection connection, Exception cause) {
    try {
      connection.rollback(); // frees the locks now, not when the server notices the lost connection
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }

  /** How the driver treated a connection before; a pool may lend it to others afterwards. */
  private record Borrowed(Connection connection, boolean autoCommit, int prepareThreshold) {
    static Borrowed begin(Connection connection) throws SQLException {
      PGConnection driver = connection.unwrap(PGConnection.class);
      Borrowed before =
          new Borrowed(connection, connection.getAutoCommit(), driver.getPrepareThreshold());
      connection.setAutoCommit(false);
      driver.setPrepareThreshold(0); // a statement kept by the server would be state of a session
      return before;
    }

    /** Answers whether it is as it was. Throws nothing: the transaction is over and stands. */
    boolean end(Session session) {
      try {
        session.forgetStatements();
        connection.unwrap(PGConnection.class).setPrepareThreshold(prepareThreshold);
        connection.setAutoCommit(autoCommit);
        return true;
      } catch (SQLException e) {
        return false;
      }
    }
  }

  @Override
  public void close() {
    connections.close();
  }

  static StoreUnavailableException unavailable(Outcome outcome, SQLException e) {
    return new StoreUnavailableException(outcome, "journal: " + e.getMessage(), e);
  }
}
