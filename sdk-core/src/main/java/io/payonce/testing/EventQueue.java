package io.payonce.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A binary heap ordered by (time, sequence), with removal from the middle. Confined. */
final class EventQueue {
  /** Something that happens once, at an instant. */
  abstract static class Event {
    private static final int NOT_QUEUED = -1;

    long timeNanos;
    private long sequence;
    private int index = NOT_QUEUED;
    final VirtualTime.Process owner;

    Event(VirtualTime.Process owner) {
      this.owner = owner;
    }

    abstract void fire();

    boolean isQueued() {
      return index != NOT_QUEUED;
    }

    private boolean isBefore(Event other) {
      return timeNanos != other.timeNanos ? timeNanos < other.timeNanos : sequence < other.sequence;
    }
  }

  private @Nullable Event[] heap = new Event[256];
  private int size;
  private long nextSequence;

  /** Queues an event behind all others of its instant. */
  void add(Event event, long timeNanos) {
    event.timeNanos = timeNanos;
    event.sequence = nextSequence++;
    restore(event);
  }

  /** Puts an event that was removed back to where it stood. */
  void restore(Event event) {
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, size * 2);
    }
    siftUp(size++, event);
  }

  @Nullable Event peek() {
    return heap[0];
  }

  /** Returns whether the event was queued. */
  boolean remove(Event event) {
    int hole = event.index;
    if (hole == Event.NOT_QUEUED) {
      return false;
    }
    event.index = Event.NOT_QUEUED;
    Event last = at(--size);
    heap[size] = null;
    if (hole < size) {
      if (hole > 0 && last.isBefore(at((hole - 1) >>> 1))) {
        siftUp(hole, last);
      } else {
        siftDown(hole, last);
      }
    }
    return true;
  }

  /** Removes all matching events. */
  void removeAll(Predicate<Event> matches) {
    List<Event> removed = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      if (matches.test(at(i))) {
        removed.add(at(i));
      }
    }
    removed.forEach(this::remove);
  }

  private Event at(int index) {
    Event event = heap[index];
    if (event == null) {
      throw new IllegalStateException("no event at " + index + " of " + size);
    }
    return event;
  }

  private void siftUp(int from, Event event) {
    int hole = from;
    while (hole > 0) {
      int parent = (hole - 1) >>> 1;
      Event above = at(parent);
      if (!event.isBefore(above)) {
        break;
      }
      place(hole, above);
      hole = parent;
    }
    place(hole, event);
  }

  private void siftDown(int from, Event event) {
    int hole = from;
    while (2 * hole + 1 < size) {
      int child = 2 * hole + 1;
      if (child + 1 < size && at(child + 1).isBefore(at(child))) {
        child++;
      }
      if (!at(child).isBefore(event)) {
        break;
      }
      place(hole, at(child));
      hole = child;
    }
    place(hole, event);
  }

  private void place(int index, Event event) {
    heap[index] = event;
    event.index = index;
  }
}
