package io.payonce.submit.internal;

import java.util.List;

/**
 * The seam between engine and shell. Tests wrap it to plant bugs and see them caught; hosts have no
 * use for it.
 */
public interface LaneStep {
  /** Folds one event and answers what to do now. Confined: one call at a time. */
  List<LaneCommand> step(LaneEvent event, Moment now);

  /** The lane's committed state, for status questions; empty while it is not loaded. */
  java.util.Optional<io.payonce.store.StoredLane> lane();
}
