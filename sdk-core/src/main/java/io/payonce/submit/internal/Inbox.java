package io.payonce.submit.internal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.AttemptId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The events that wait for one lane, in order. What came while the lane was busy leaves together as
 * far as it is independent, so that one commit holds what follows from all of it: a disk makes few
 * commits a second and each may be large. Thread-safe.
 */
final class Inbox {
  /** Events at once: what one commit and one send hold with ease. */
  private static final int MOST = 256;

  /**
   * An event that waits.
   *
   * @param first runs right before the event is handled, after all that was told before it
   */
  record Told(LaneEvent event, Runnable first) {}

  @GuardedBy("waiting")
  private final Deque<Told> waiting = new ArrayDeque<>();

  void add(Told told) {
    synchronized (waiting) {
      waiting.add(told);
    }
  }

  /** The next events to handle together; none when an earlier call took them. */
  List<Told> next() {
    List<Told> together = new ArrayList<>();
    Set<Object> touched = new HashSet<>();
    synchronized (waiting) {
      while (together.size() < MOST && !waiting.isEmpty()) {
        Set<Object> touches = touches(waiting.peek().event());
        boolean independent = !touches.isEmpty() && touches.stream().noneMatch(touched::contains);
        if (!together.isEmpty() && !independent) {
          break;
        }
        together.add(waiting.remove());
        touched.addAll(touches);
        if (touches.isEmpty()) {
          break;
        }
      }
    }
    return together;
  }

  /** The slots or the transfer that an event is all about; nothing when it concerns the lane. */
  private static Set<Object> touches(LaneEvent event) {
    if (event instanceof LaneEvent.SignAnswered answer) {
      return Set.of(answer.attempt().slot());
    } else if (event instanceof LaneEvent.SendAnswered answer) {
      Set<Object> slots = new HashSet<>();
      for (AttemptId attempt : answer.attempts()) {
        slots.add(attempt.slot());
      }
      return slots;
    } else if (event instanceof LaneEvent.Prepared prepared) {
      return new HashSet<>(prepared.transfers());
    } else if (event instanceof LaneEvent.Arrived arrived) {
      return Set.of(arrived.transfer().id());
    }
    return Set.of();
  }
}
