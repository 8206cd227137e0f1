package io.payonce.store.jdbc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.store.jdbc.Session.Work;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;

/**
 * Lets the writes of many threads share commits: a disk makes few of them a second, and each may be
 * large. What comes while a commit is flushed goes into the next one, which the first that waits
 * makes for all. Nobody waits for company: a write that is alone is committed at once.
 *
 * <p>Thread-safe. The monitor guards the queue; nothing runs under it.
 */
final class GroupCommit {
  /** Writes of one commit: the last to come must not wait for too many others. */
  static final int MOST = 64;

  /** Runs writes in one transaction and settles each of them; throws nothing that is expected. */
  interface Committer {
    void commit(List<Write<?>> group);
  }

  private final Committer committer;

  @GuardedBy("waiting")
  private final Deque<Write<?>> waiting = new ArrayDeque<>();

  /** Some thread commits, or was told to: whoever comes now waits for its turn. */
  @GuardedBy("waiting")
  private boolean led;

  GroupCommit(Committer committer) {
    this.committer = committer;
  }

  /** Runs one write, in a commit that it may share; throws what became of it. */
  <T> T write(Work<T> work, Predicate<T> keep) {
    Write<T> mine = new Write<>(work, keep);
    boolean first;
    synchronized (waiting) {
      waiting.add(mine);
      first = !led;
      led = true;
    }
    if (first || mine.awaitTurn() == Write.Turn.LEAD) {
      lead();
    }
    return mine.result();
  }

  /** Called by the thread whose write is the first in the queue. */
  private void lead() {
    List<Write<?>> group = new ArrayList<>();
    synchronized (waiting) {
      while (group.size() < MOST && !waiting.isEmpty()) {
        group.add(waiting.remove());
      }
    }
    try {
      committer.commit(group);
    } finally {
      passOn();
      group.forEach(write -> write.turn(Write.Turn.SETTLED));
    }
  }

  private void passOn() {
    Write<?> next;
    synchronized (waiting) {
      next = waiting.peek();
      led = next != null;
    }
    if (next != null) {
      next.turn(Write.Turn.LEAD);
    }
  }
}
