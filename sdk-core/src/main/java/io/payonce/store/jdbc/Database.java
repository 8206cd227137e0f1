package io.payonce.store.jdbc;

import io.payonce.store.jdbc.Session.Work;
import java.util.function.Predicate;

/** Runs transactions on a journal. Thread-safe. */
interface Database extends AutoCloseable {
  /** Runs reads on one snapshot. */
  <T> T read(Work<T> work);

  /**
   * Runs one write transaction; a result that {@code keep} refuses is rolled back. The work may run
   * more than once, each time on the state of then.
   *
   * @throws IllegalStateException when the journal is open read-only or closed
   */
  <T> T write(Work<T> work, Predicate<T> keep);

  /**
   * The same for work that stores keys. Such a write may wait for a transaction of the host that
   * stores the same key, as long as that stays open; so those that wait never take all there is.
   */
  default <T> T accept(Work<T> work, Predicate<T> keep) {
    return write(work, keep);
  }

  @Override
  void close();
}
