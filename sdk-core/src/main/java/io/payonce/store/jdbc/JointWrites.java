package io.payonce.store.jdbc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoreUnavailableException.Outcome;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets callers of one kind share a write: whoever comes while a write of it waits for its turn
 * joins it, and is told its own answers. Many rows of a table cost little more than one.
 *
 * <p>A shared write that is not applied is done once more for each of its callers alone, so that
 * nobody is refused for the sake of another.
 *
 * <p>Thread-safe. The monitor guards which items are together; nothing runs under it.
 */
final class JointWrites<I, T> {
  /** Items of one write: those of other writes in the same commit wait for them. */
  static final int MOST = 256;

  /** Work on items at once. */
  interface Work<I, T> {
    /** One answer for each item, in their order; may run more than once. */
    List<T> run(Session session, List<I> items) throws SQLException;
  }

  private final Database database;
  private final Work<I, T> work;
  private final Predicate<T> keep;

  /** Takes more until it is its turn; none after that. */
  @GuardedBy("this")
  private @Nullable Lot<I, T> open;

  /**
   * Writes of one kind.
   *
   * @param keep whether an answer is of something that was written; without any the write is rolled
   *     back
   */
  JointWrites(Database database, Work<I, T> work, Predicate<T> keep) {
    this.database = database;
    this.work = work;
    this.keep = keep;
  }

  /** Items of one or more callers, and what becomes of them. */
  private static final class Lot<I, T> {
    private final List<I> items = new ArrayList<>();
    private final CompletableFuture<List<T>> answers = new CompletableFuture<>();
    private boolean shared;
  }

  /** One answer for each item, in their order; durable on return. */
  List<T> write(List<I> items) {
    Lot<I, T> lot;
    int from;
    boolean first;
    synchronized (this) {
      Lot<I, T> waiting = open;
      if (waiting != null && waiting.items.size() + items.size() <= MOST) {
        lot = waiting;
        lot.shared = true;
        first = false;
      } else {
        lot = new Lot<>();
        open = lot;
        first = true;
      }
      from = lot.items.size();
      lot.items.addAll(items);
    }
    if (first) {
      lead(lot);
    }
    try {
      return lot.answers.join().subList(from, from + items.size());
    } catch (CompletionException e) {
      return again(lot, items, Objects.requireNonNull(e.getCause()));
    }
  }

  private void lead(Lot<I, T> lot) {
    try {
      List<T> answers = run(() -> close(lot));
      boolean unused = lot.answers.complete(answers);
    } catch (RuntimeException | Error e) {
      List<I> unusedItems = close(lot); // its turn may not have come
      boolean unused = lot.answers.completeExceptionally(e); // told to each caller, this one too
    }
  }

  private List<T> run(Supplier<List<I>> items) {
    return database.accept(
        session -> work.run(session, items.get()), answers -> answers.stream().anyMatch(keep));
  }

  /** The items of a lot whose turn has come: nobody joins it any more. */
  private synchronized List<I> close(Lot<I, T> lot) {
    if (open == lot) {
      open = null;
    }
    return lot.items;
  }

  private List<T> again(Lot<I, T> lot, List<I> items, Throwable why) {
    if (why instanceof StoreUnavailableException e && e.outcome() == Outcome.UNKNOWN) {
      // Each thread throws an exception of its own.
      throw new StoreUnavailableException(e.outcome(), String.valueOf(e.getMessage()), e);
    }
    if (isShared(lot)) {
      return run(() -> items);
    }
    if (why instanceof Error e) {
      throw e;
    }
    throw (RuntimeException) why;
  }

  private synchronized boolean isShared(Lot<I, T> lot) {
    return lot.shared;
  }
}
