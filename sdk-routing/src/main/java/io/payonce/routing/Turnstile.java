package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.routing.Node.Use;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;

/**
 * Who may go to one endpoint now: so many bodies at once, so many requests a second, and a line for
 * what has to wait. Broadcasts go before votes, votes before reads, and those before bulk reads;
 * nobody overtakes within a line. Reads never take the last fifth of the places, nor bulk reads the
 * one before. Each line is bounded, and whoever finds it full, or waits for longer than its
 * patience, is refused: nothing of it was sent.
 *
 * <p>Thread-safe; its monitor is held for a few assignments and never while calling out.
 */
final class Turnstile {
  /** A line that is longer than this would not move on within any deadline. */
  static final int WAITING_FOR_EACH_PLACE = 16;

  /** What {@link #enter} gives whom it lets in at once; compared by identity. */
  static final CompletableFuture<Boolean> ENTERED = CompletableFuture.completedFuture(true);

  private static final CompletableFuture<Boolean> REFUSED =
      CompletableFuture.completedFuture(false);

  /** Whether a request would be taken. */
  enum Room {
    NOW,
    /** It would wait in line. */
    LATER,
    NONE
  }

  private record Waiting(Use use, int requests, CompletableFuture<Boolean> admitted) {}

  private final Wiring wiring;

  @GuardedBy("this")
  private final RateGate rate;

  @GuardedBy("this")
  private final Map<Use, Deque<Waiting>> lines = new EnumMap<>(Use.class);

  /** Written under the monitor and read without it, as selection looks at every call. */
  private volatile int inside;

  private volatile int waiting;

  /** A rate that was learned is checked exactly from then on. */
  private volatile boolean isUnlimited;

  /** When the line is looked at again because of the rate. */
  @GuardedBy("this")
  private long lookAt;

  @GuardedBy("this")
  private boolean looks;

  /**
   * @param perSecond requests that the provider allows; infinity when it says nothing
   */
  Turnstile(Wiring wiring, double perSecond) {
    this.wiring = wiring;
    this.rate = new RateGate(perSecond);
    this.isUnlimited = perSecond == Double.POSITIVE_INFINITY;
    for (Use use : Use.values()) {
      lines.put(use, new ArrayDeque<>());
    }
  }

  /**
   * Lets a body of requests in, now or later. True takes a place, to be given back by {@link
   * #leave()}; false took nothing. What had to wait is told on the executor.
   */
  CompletableFuture<Boolean> enter(Use use, int requests, long patienceNanos) {
    Waiting mine;
    synchronized (this) {
      long now = wiring.now();
      if (isFirst(use) && hasPlace(now, use, requests)) {
        take(now, requests);
        return ENTERED;
      }
      Deque<Waiting> line = line(use);
      if (patienceNanos <= 0 || line.size() >= WAITING_FOR_EACH_PLACE * wiring.policy.bulkhead()) {
        return REFUSED;
      }
      mine = new Waiting(use, requests, new CompletableFuture<>());
      line.addLast(mine);
      waiting++;
    }
    ScheduledFuture<?> timer = wiring.after(patienceNanos, () -> giveUp(mine));
    letIn();
    return mine.admitted.whenComplete((in, none) -> timer.cancel(false));
  }

  /** One body is answered, or given up. */
  void leave() {
    synchronized (this) {
      inside--;
      if (waiting == 0) {
        return;
      }
    }
    letIn();
  }

  /** The endpoint takes nothing for now: whoever waits had better go elsewhere. */
  void turnAway() {
    List<Waiting> all = new ArrayList<>();
    synchronized (this) {
      for (Deque<Waiting> line : lines.values()) {
        all.addAll(line);
        line.clear();
      }
      waiting = 0;
    }
    all.forEach(one -> tell(one, false));
  }

  /** The provider asked for fewer requests. */
  synchronized void refused(long now) {
    rate.refused(now);
    isUnlimited = rate.limit() == Double.POSITIVE_INFINITY;
  }

  /** What {@link #enter} would say now. It may say otherwise a moment later. */
  Room room(long now, Use use) {
    return waiting == 0 && isUnlimited && inside < places(use) ? Room.NOW : exactRoom(now, use);
  }

  private synchronized Room exactRoom(long now, Use use) {
    if (isFirst(use) && hasPlace(now, use, 1)) {
      return Room.NOW;
    }
    boolean isFull = line(use).size() >= WAITING_FOR_EACH_PLACE * wiring.policy.bulkhead();
    return isFull ? Room.NONE : Room.LATER;
  }

  /** When the rate allows an ordinary read; zero for now. A place comes free with some answer. */
  synchronized long waitNanos(long now) {
    return rate.waitNanos(now, 1, Use.READ);
  }

  /** Bodies under way. */
  int inside() {
    return inside;
  }

  /** Bodies under way and in line. */
  int load() {
    return inside + waiting;
  }

  /** Whether nobody waits who goes before it. */
  @GuardedBy("this")
  private boolean isFirst(Use use) {
    if (waiting == 0) {
      return true;
    }
    for (Map.Entry<Use, Deque<Waiting>> line : lines.entrySet()) {
      if (line.getKey().compareTo(use) <= 0 && !line.getValue().isEmpty()) {
        return false;
      }
    }
    return true;
  }

  @GuardedBy("this")
  private Deque<Waiting> line(Use use) {
    return Objects.requireNonNull(lines.get(use));
  }

  @GuardedBy("this")
  private boolean hasPlace(long now, Use use, int requests) {
    return inside < places(use) && rate.allows(now, requests, use);
  }

  private int places(Use use) {
    int places = wiring.policy.bulkhead();
    return switch (use) {
      case WRITE, VOTE -> places;
      case READ -> Math.max(1, places - places / 5);
      case BULK -> Math.max(1, places - 2 * (places / 5));
    };
  }

  private synchronized void take(long now, int requests) {
    inside++;
    rate.took(now, requests);
  }

  private void giveUp(Waiting one) {
    synchronized (this) {
      if (!line(one.use).remove(one)) {
        return;
      }
      waiting--;
    }
    tell(one, false);
    letIn(); // a long batch may have kept shorter ones from what the rate allows
  }

  private void letIn() {
    List<Waiting> admitted = new ArrayList<>();
    long pause = 0;
    synchronized (this) {
      long now = wiring.now();
      for (Deque<Waiting> line : lines.values()) {
        while (!line.isEmpty() && hasPlace(now, line.getFirst().use, line.getFirst().requests)) {
          Waiting next = line.removeFirst();
          waiting--;
          take(now, next.requests);
          admitted.add(next);
        }
        if (!line.isEmpty()) {
          pause = lookLater(now, line.getFirst());
          break;
        }
      }
    }
    if (pause > 0) {
      wiring.later(pause, this::lookAgain);
    }
    admitted.forEach(one -> tell(one, true));
  }

  /** How long until the rate lets the first in line go; zero when something else will tell. */
  @GuardedBy("this")
  private long lookLater(long now, Waiting first) {
    if (inside >= places(first.use)) {
      return 0;
    }
    long pause = rate.waitNanos(now, first.requests, first.use);
    if (looks && lookAt - (now + pause) <= 0) {
      return 0;
    }
    looks = true;
    lookAt = now + pause;
    return pause;
  }

  private void lookAgain() {
    synchronized (this) {
      looks = false;
    }
    letIn();
  }

  private void tell(Waiting one, boolean in) {
    wiring.run(() -> one.admitted.complete(in));
  }
}
