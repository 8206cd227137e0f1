package io.payonce.examples.simulate;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Finds few faults that are enough to break the same invariant: delta debugging over the names of
 * those that struck (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input").
 */
final class Shrinker {
  private final Function<Predicate<String>, SeedResult> run;
  private final String invariant;
  private int runsLeft;

  private Shrinker(Function<Predicate<String>, SeedResult> run, String invariant, int runs) {
    this.run = run;
    this.invariant = invariant;
    this.runsLeft = runs;
  }

  /**
   * Shrinks.
   *
   * @param run of the seed with those faults only whose names it is given
   * @param broken the run with all of them
   * @param runs the most runs, after which the fewest found so far are the answer
   */
  static List<String> shrink(
      Function<Predicate<String>, SeedResult> run, SeedResult broken, int runs) {
    return new Shrinker(run, broken.invariant(), runs).shrink(broken.happened());
  }

  private List<String> shrink(List<String> all) {
    List<String> faults = all;
    int parts = 2;
    while (!faults.isEmpty() && runsLeft > 0) {
      int size = (faults.size() + parts - 1) / parts;
      List<String> smaller = without(faults, size);
      if (smaller.size() < faults.size()) {
        faults = smaller;
        parts = Math.max(parts - 1, 2);
      } else if (size == 1) {
        return faults;
      } else {
        parts = Math.min(faults.size(), parts * 2);
      }
    }
    return faults;
  }

  /** Leaves out the first part that is not needed; all of them when each is. */
  private List<String> without(List<String> faults, int size) {
    for (int from = 0; from < faults.size() && runsLeft > 0; from += size) {
      List<String> rest = new ArrayList<>(faults.subList(0, from));
      rest.addAll(faults.subList(Math.min(from + size, faults.size()), faults.size()));
      if (stillBreaks(rest)) {
        return rest;
      }
    }
    return faults;
  }

  private boolean stillBreaks(List<String> faults) {
    runsLeft--;
    Set<String> kept = new HashSet<>(faults);
    return run.apply(kept::contains).invariant().equals(invariant);
  }
}
