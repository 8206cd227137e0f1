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

  /** An event, or the place of something else that runs between two of them. */
  private sealed interface Place {
    record Event(LaneEvent event) implements Place {}

    record Barrier() implements Place {}
  }

  @GuardedBy("waiting")
  private final Deque<Place> waiting = new ArrayDeque<>();

  void add(LaneEvent event) {
    synchronized (waiting) {
      waiting.add(new Place.Event(event));
    }
  }

  /** Keeps what is told from now on apart until {@link #pass}. */
  void addBarrier() {
    synchronized (waiting) {
      waiting.add(new Place.Barrier());
    }
  }

  /** Removes the barrier that is first. */
  void pass() {
    synchronized (waiting) {
      if (!(waiting.poll() instanceof Place.Barrier)) {
        throw new IllegalStateException("events before a barrier were not handled");
      }
    }
  }

  /** The next events to handle together; none when an earlier call took them. */
  List<LaneEvent> next() {
    List<LaneEvent> together = new ArrayList<>();
    Set<Object> touched = new HashSet<>();
    synchronized (waiting) {
      while (together.size() < MOST && waiting.peek() instanceof Place.Event place) {
        Set<Object> touches = touches(place.event());
        boolean independent = !touches.isEmpty() && touches.stream().noneMatch(touched::contains);
        if (!together.isEmpty() && !independent) {
          break;
        }
        together.add(place.event());
        touched.addAll(touches);
        waiting.remove();
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
      return Set.of(prepared.transfer());
    } else if (event instanceof LaneEvent.Arrived arrived) {
      return Set.of(arrived.transfer().id());
    }
    return Set.of();
  }
}
