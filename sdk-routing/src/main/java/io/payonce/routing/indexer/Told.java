package io.payonce.routing.indexer;

import java.util.List;

/**
 * One hint and who says it. A source that has not come to its block is in neither list.
 *
 * @param by sources that say it
 * @param against sources that cover its block and do not say it
 */
public record Told<H extends Hint>(H hint, List<String> by, List<String> against) {
  public Told {
    by = List.copyOf(by);
    against = List.copyOf(against);
  }

  /** Whether a source that must know it does not say it. */
  public boolean isDisputed() {
    return !against.isEmpty();
  }
}
