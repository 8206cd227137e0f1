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
import org.jspecify.annotations.Nullable;

/**
 * Who may go to one endpoint now: so many bodies at once, so many requests a second, and a line for
 * what has to wait. Broadcasts go before votes, votes before reads, and those before bulk reads;
 * nobody overtakes within a line. But no line is passed over for ever: while it waits, a vote is
 * due after eight times as many requests of broadcasts, a read after sixteen times as many of both.
 * An engine that sees nothing of the chain sends the same bytes again and again. Reads together
 * never hold the last fifth of the places, nor bulk reads the one before. A body takes a place for
 * each 16 of its requests: 64 long batches at once would all be answered late, and be sent again.
 * Each line is bounded, and whoever finds it full, or waits for longer than its patience, is
 * refused: nothing of it was sent.
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

  private static final int REQUESTS_OF_A_PLACE = 16;

  /** What a line is owed at most while it waits, in requests, so that its turn ends. */
  private static final int MOST_OWED = 1_024;

  /** Who waits for one use. Only touched under the turnstile's monitor. */
  private static final class Line {
    final Deque<Waiting> waiting = new ArrayDeque<>();

    /** Requests that went before this line while it waited, less what it had for them. */
    int owed;

    /** Whether its first one may go before those of the lines before it. */
    boolean isDue() {
      return owed >= price(waiting.getFirst());
    }

    void pays(Waiting served) {
      owed = waiting.isEmpty() ? 0 : Math.max(0, owed - price(served));
    }

    void letPass(Waiting served) {
      owed = waiting.isEmpty() ? 0 : Math.min(MOST_OWED, owed + served.requests);
    }

    /** How many requests go before it, when those of other lines wait too. */
    private static int price(Waiting one) {
      int each =
          switch (one.use) {
            case WRITE -> 0;
            case VOTE -> 8;
            case READ -> 16;
            case BULK -> 32;
          };
      return Math.min(MOST_OWED, each * one.requests);
    }
  }

  private record Waiting(Use use, int requests, CompletableFuture<Boolean> admitted) {}

  private final Wiring wiring;

  @GuardedBy("this")
  private final RateGate rate;

  @GuardedBy("this")
  private final Map<Use, Line> lines = new EnumMap<>(Use.class);

  /** Written under the monitor and read without it, as selection looks at every call. */
  private volatile int inside;

  /** Those of them that are no broadcasts and no votes. */
  private volatile int reads;

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
      lines.put(use, new Line());
    }
  }

  /**
   * Lets a body of requests in, now or later. True takes places, to be given back by {@link
   * #leave}; false took nothing. What had to wait is told on the executor.
   */
  CompletableFuture<Boolean> enter(Use use, int requests, long patienceNanos) {
    Waiting mine;
    synchronized (this) {
      long now = wiring.now();
      if (isFirst(use) && mayGo(now, use, requests)) {
        take(now, use, requests);
        return ENTERED;
      }
      Deque<Waiting> line = line(use).waiting;
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
  void leave(Use use, int requests) {
    synchronized (this) {
      inside -= places(requests);
      reads -= use.isUrgent() ? 0 : places(requests);
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
      for (Line line : lines.values()) {
        all.addAll(line.waiting);
        line.waiting.clear();
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
    return waiting == 0 && isUnlimited && hasPlace(use) ? Room.NOW : exactRoom(now, use);
  }

  private synchronized Room exactRoom(long now, Use use) {
    if (isFirst(use) && mayGo(now, use, 1)) {
      return Room.NOW;
    }
    boolean isFull = line(use).waiting.size() >= WAITING_FOR_EACH_PLACE * wiring.policy.bulkhead();
    return isFull ? Room.NONE : Room.LATER;
  }

  /** When the rate allows an ordinary read; zero for now. A place comes free with some answer. */
  synchronized long waitNanos(long now) {
    return rate.waitNanos(now, 1, Use.READ);
  }

  /** Places taken: bodies under way, and more for long ones. */
  int inside() {
    return inside;
  }

  /** Places taken, and bodies in line. */
  int load() {
    return inside + waiting;
  }

  /** Whether nobody waits who goes before it. */
  @GuardedBy("this")
  private boolean isFirst(Use use) {
    if (waiting == 0) {
      return true;
    }
    for (Map.Entry<Use, Line> line : lines.entrySet()) {
      if (line.getKey().compareTo(use) <= 0 && !line.getValue().waiting.isEmpty()) {
        return false;
      }
    }
    return true;
  }

  @GuardedBy("this")
  private Line line(Use use) {
    return Objects.requireNonNull(lines.get(use));
  }

  @GuardedBy("this")
  private boolean mayGo(long now, Use use, int requests) {
    return hasPlace(use) && rate.allows(now, requests, use);
  }

  private static int places(int requests) {
    return (requests + REQUESTS_OF_A_PLACE - 1) / REQUESTS_OF_A_PLACE;
  }

  /** A body that takes several places goes when one is free: it must not wait for a lull. */
  private boolean hasPlace(Use use) {
    int places = wiring.policy.bulkhead();
    return inside < places
        && switch (use) {
          case WRITE, VOTE -> true;
          case READ -> reads < Math.max(1, places - places / 5);
          case BULK -> reads < Math.max(1, places - 2 * (places / 5));
        };
  }

  private synchronized void take(long now, Use use, int requests) {
    inside += places(requests);
    reads += use.isUrgent() ? 0 : places(requests);
    rate.took(now, requests);
  }

  private void giveUp(Waiting one) {
    synchronized (this) {
      if (!line(one.use).waiting.remove(one)) {
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
      Waiting next = next(now);
      while (next != null && mayGo(now, next.use, next.requests)) {
        line(next.use).waiting.removeFirst();
        waiting--;
        take(now, next.use, next.requests);
        passOver(next);
        admitted.add(next);
        next = next(now);
      }
      if (next != null) {
        pause = lookLater(now, next);
      }
    }
    if (pause > 0) {
      wiring.later(pause, this::lookAgain);
    }
    admitted.forEach(one -> tell(one, true));
  }

  /**
   * Whose turn it is, by the places alone; null when none of those who wait finds one. It is the
   * first in the first line, unless another line is owed as much as its first costs and it may go
   * now.
   */
  @GuardedBy("this")
  private @Nullable Waiting next(long now) {
    Waiting first = null;
    Waiting overdue = null;
    for (Line line : lines.values()) {
      Waiting head = line.waiting.peekFirst();
      if (head == null || !hasPlace(head.use)) {
        continue;
      }
      if (first == null) {
        first = head;
      } else if (overdue == null && line.isDue() && mayGo(now, head.use, head.requests)) {
        overdue = head;
      }
    }
    return overdue == null ? first : overdue;
  }

  @GuardedBy("this")
  private void passOver(Waiting served) {
    lines.forEach(
        (use, line) -> {
          int order = use.compareTo(served.use);
          if (order == 0) {
            line.pays(served);
          } else if (order > 0) {
            line.letPass(served);
          }
        });
  }

  /** How long until the rate lets this one go, which has a place. */
  @GuardedBy("this")
  private long lookLater(long now, Waiting first) {
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
