package io.payonce.routing;

import io.payonce.routing.Endpoint.Tier;
import io.payonce.rpc.Operator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Why one call went where it went: what was chosen among whom, what was waited for, and what became
 * of each attempt. It holds names of endpoints and methods, and no value, address, hash, URL or
 * word of a node.
 *
 * @param number counts the traced calls of a pool, from 1
 * @param method of the request; of a batch the first one
 * @param requests how many there were in the call
 * @param steps in their order, at most {@link #MOST_STEPS}; what is beyond is left out
 * @param took from the start of the call to its end
 * @param answered whether every request has an answer that a node means
 */
public record DecisionTrace(
    long number, String method, int requests, List<Step> steps, Duration took, boolean answered) {
  /** So many steps are kept of one call: 8 attempts have 24, and the rest are pauses. */
  public static final int MOST_STEPS = 64;

  public DecisionTrace {
    steps = List.copyOf(steps);
  }

  /** What happened. */
  public sealed interface Step {
    /**
     * An endpoint was chosen, or none.
     *
     * @param snapshot the version of the states that the candidates were taken from
     * @param among as they stood, in the order of the configuration
     * @param lots what was drawn, in turn
     * @param chosen its name; empty when nobody might be asked
     */
    record Chosen(int snapshot, List<Candidate> among, List<Integer> lots, String chosen)
        implements Step {
      public Chosen {
        among = List.copyOf(among);
        lots = List.copyOf(lots);
      }
    }

    /** Nobody could be asked, or everybody had been: a pause. */
    record Waited(Duration pause) implements Step {}

    /**
     * An endpoint answered, or did not.
     *
     * @param outcome as in {@link RoutingMetrics}, {@code attempts}
     */
    record Attempted(String endpoint, String outcome, Duration took) implements Step {}
  }

  /**
   * How one endpoint stood when one was chosen.
   *
   * @param tried whether this call asked it before
   * @param rank 0 is best; above 5 it may not be asked
   * @param skip why it is not of the best rank, as in {@link RoutingMetrics}, {@code
   *     selection.skips}; empty for rank 0
   * @param share its part of the load in percent, below 100 for a while after it came back
   * @param cost the expected wait for its answer, in nanoseconds
   */
  public record Candidate(
      String endpoint,
      Operator operator,
      Tier tier,
      boolean tried,
      int rank,
      String skip,
      int share,
      long cost) {}

  /** The endpoints that were chosen, in their order; an empty name where there was none. */
  public List<String> plan() {
    List<String> plan = new ArrayList<>();
    for (Step step : steps) {
      if (step instanceof Step.Chosen chosen) {
        plan.add(chosen.chosen());
      }
    }
    return plan;
  }

  /**
   * Makes each choice again from what was recorded, by the rules that the pool itself goes by: the
   * same as {@link #plan}, unless the trace is of another version of them.
   */
  public List<String> replay() {
    List<String> plan = new ArrayList<>();
    for (Step step : steps) {
      if (step instanceof Step.Chosen chosen) {
        List<Integer> lots = new ArrayList<>(chosen.lots());
        int place =
            Selection.forRead(chosen.among(), bound -> lots.isEmpty() ? 0 : lots.remove(0) % bound);
        plan.add(place == Selection.NOBODY ? "" : chosen.among().get(place).endpoint());
      }
    }
    return plan;
  }
}
