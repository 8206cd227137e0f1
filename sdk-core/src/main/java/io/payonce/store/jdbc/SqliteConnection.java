package io.payonce.store.jdbc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoreUnavailableException.Outcome;
import io.payonce.store.jdbc.Session.Work;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a file and its lock. Transactions are explicit statements, so that it is always
 * known whether a failure came before or from the COMMIT. Thread-safe: one transaction at a time.
 *
 * <p>Writes that come together share a transaction, each in a savepoint of its own: one that fails
 * or is refused leaves no trace and harms no other, and each is told its own answer. They share the
 * COMMIT: when that fails, it failed for every one of them.
 */
final class SqliteConnection implements AutoCloseable {
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Connection connection;

  @GuardedBy("lock")
  private final Session session;

  @GuardedBy("lock")
  private boolean closed;

  @GuardedBy("lock")
  private @Nullable FilesInPlace files;

  private final GroupCommit writes = new GroupCommit(this::writeTogether);

  SqliteConnection(Connection connection, Dialect dialect) {
    this.connection = connection;
    this.session = new Session(connection, dialect);
  }

  /** From now on writes are refused while these files have strayed. */
  void writeOnlyInto(FilesInPlace files) {
    lock.lock();
    try {
      this.files = files;
    } finally {
      lock.unlock();
    }
  }

  /** Runs reads on one snapshot. */
  <T> T read(Work<T> work) {
    lock.lock();
    try {
      open();
      session.execute("BEGIN");
      T result = body(work);
      session.execute("ROLLBACK");
      return result;
    } catch (SQLException e) {
      throw unavailable(Outcome.NOT_APPLIED, e);
    } finally {
      lock.unlock();
    }
  }

  /** Runs one write, durable on return; a result that {@code keep} refuses is rolled back. */
  <T> T write(Work<T> work, Predicate<T> keep) {
    return writes.write(work, keep);
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

  @GuardedBy("lock")
  private <T> T body(Work<T> work) throws SQLException {
    try {
      return work.run(session);
    } catch (SQLException | RuntimeException e) {
      rollBack(e);
      throw e;
    }
  }

  /** Writes of one transaction, in order; each is settled in the end. */
  private void writeTogether(List<Write<?>> group) {
    lock.lock();
    try {
      open();
      demandInPlace(Outcome.NOT_APPLIED);
      session.execute("BEGIN IMMEDIATE");
      if (run(group)) {
        commit();
        demandInPlace(Outcome.UNKNOWN);
      } else {
        session.execute("ROLLBACK");
      }
    } catch (SQLException e) {
      group.forEach(write -> write.fail(unavailable(Outcome.NOT_APPLIED, e)));
    } catch (StoreUnavailableException e) {
      group.forEach(write -> write.fail(shared(e)));
    } catch (IllegalStateException closed) {
      group.forEach(write -> write.fail(closed));
    } finally {
      lock.unlock();
    }
  }

  /** Answers whether there is anything to commit. */
  @GuardedBy("lock")
  private boolean run(List<Write<?>> group) throws SQLException {
    try {
      boolean anything = false;
      for (Write<?> write : group) {
        anything |= group.size() == 1 ? runAlone(write) : runInSavepoint(write);
      }
      return anything;
    } catch (SQLException | RuntimeException | Error e) {
      rollBack(e);
      throw e;
    }
  }

  @GuardedBy("lock")
  private boolean runAlone(Write<?> write) throws SQLException {
    boolean keep = write.run(session);
    if (write.hasFailed()) {
      session.forgetStatements();
    }
    return keep;
  }

  /**
   * After some errors SQLite ends the whole transaction by itself. Then there is no savepoint to go
   * back to, which fails here, and with it every write of the transaction.
   */
  @GuardedBy("lock")
  private boolean runInSavepoint(Write<?> write) throws SQLException {
    session.execute("SAVEPOINT one_write");
    boolean keep = runAlone(write);
    if (!keep) {
      session.execute("ROLLBACK TO one_write");
    }
    session.execute("RELEASE one_write");
    return keep;
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
  private void rollBack(Throwable cause) {
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

  @GuardedBy("lock")
  private void demandInPlace(Outcome outcome) {
    if (files != null) {
      files.demand(outcome);
    }
  }

  static StoreUnavailableException unavailable(Outcome outcome, SQLException e) {
    return new StoreUnavailableException(outcome, "journal: " + e.getMessage(), e);
  }

  /** Each thread throws an exception of its own. */
  private static StoreUnavailableException shared(StoreUnavailableException e) {
    return new StoreUnavailableException(e.outcome(), String.valueOf(e.getMessage()), e);
  }
}
