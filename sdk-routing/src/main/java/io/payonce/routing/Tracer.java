package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.routing.DecisionTrace.Candidate;
import io.payonce.routing.DecisionTrace.Step;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The traces of the last calls. Thread-safe. */
final class Tracer {
  /** All candidates of one trace; a call among many endpoints keeps fewer choices. */
  static final int MOST_CANDIDATES = 512;

  private final int most;
  private final Wiring wiring;

  @GuardedBy("this")
  private final Deque<DecisionTrace> last = new ArrayDeque<>();

  @GuardedBy("this")
  private long count;

  /**
   * @param most traces that are kept; none are made for 0
   */
  Tracer(int most, Wiring wiring) {
    this.most = most;
    this.wiring = wiring;
  }

  boolean isOn() {
    return most > 0;
  }

  /** A trace to be; null when none are made. */
  @Nullable Pen begin() {
    return isOn() ? new Pen() : null;
  }

  /** The oldest first. */
  synchronized List<DecisionTrace> last() {
    return List.copyOf(last);
  }

  private synchronized void add(
      String method, int requests, List<Step> steps, Duration took, boolean answered) {
    if (last.size() == most) {
      last.removeFirst();
    }
    last.addLast(new DecisionTrace(++count, method, requests, steps, took, answered));
  }

  /** Writes the trace of one call. Thread-safe. */
  final class Pen {
    private final long start = wiring.now();

    @GuardedBy("this")
    private final List<Step> steps = new ArrayList<>();

    @GuardedBy("this")
    private int candidates;

    synchronized void chosen(List<Candidate> among, List<Integer> lots, int place) {
      candidates += among.size();
      if (candidates <= MOST_CANDIDATES) {
        String name = place == Selection.NOBODY ? "" : among.get(place).endpoint();
        add(new Step.Chosen(wiring.changes(), among, lots, name));
      }
    }

    void waited(long nanos) {
      add(new Step.Waited(Duration.ofNanos(nanos)));
    }

    void attempted(String endpoint, String outcome, long nanos) {
      add(new Step.Attempted(endpoint, outcome, Duration.ofNanos(nanos)));
    }

    private synchronized void add(Step step) {
      if (steps.size() < DecisionTrace.MOST_STEPS) {
        steps.add(step);
      }
    }

    void end(String method, int requests, boolean answered) {
      List<Step> all;
      synchronized (this) {
        all = List.copyOf(steps);
      }
      Tracer.this.add(method, requests, all, Duration.ofNanos(wiring.now() - start), answered);
    }
  }
}
