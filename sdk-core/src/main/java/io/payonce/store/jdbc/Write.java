package io.payonce.store.jdbc;

import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoreUnavailableException.Outcome;
import io.payonce.store.jdbc.Session.Work;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One write that may share a commit with others, and what became of it. Written by the thread that
 * makes the commit, read by its own after its turn.
 */
final class Write<T> {
  /** What the thread of a write that waited does next. */
  enum Turn {
    /** Make the next commit, this write in it. */
    LEAD,
    /** Another thread committed or refused it. */
    SETTLED
  }

  private final Work<T> work;
  private final Predicate<T> keep;
  private final CompletableFuture<Turn> turn = new CompletableFuture<>();
  private @Nullable T result;
  private @Nullable RuntimeException failure;

  Write(Work<T> work, Predicate<T> keep) {
    this.work = work;
    this.keep = keep;
  }

  /** Runs it; answers whether its effect is to be kept. */
  boolean run(Session session) {
    try {
      T answer = work.run(session);
      session.flush(); // what is refused there is refused to this write
      result = answer;
      return keep.test(answer);
    } catch (SQLException e) {
      failure = SqliteConnection.unavailable(Outcome.NOT_APPLIED, e);
    } catch (RuntimeException e) {
      failure = e;
    }
    return false;
  }

  boolean hasFailed() {
    return failure != null;
  }

  /**
   * Its commit did not succeed. That holds for a write that was refused, too: what it was refused
   * for may be gone with the commit. One that failed by itself keeps its own reason.
   */
  void fail(RuntimeException why) {
    if (failure == null) {
      failure = why;
    }
  }

  void turn(Turn next) {
    boolean unused = turn.complete(next);
  }

  Turn awaitTurn() {
    return turn.join();
  }

  T result() {
    RuntimeException failed = failure;
    if (failed != null) {
      throw failed;
    }
    T answer = result;
    if (answer == null) {
      throw new StoreUnavailableException(
          Outcome.UNKNOWN, "journal: the commit broke off in the work of another thread");
    }
    return answer;
  }
}
