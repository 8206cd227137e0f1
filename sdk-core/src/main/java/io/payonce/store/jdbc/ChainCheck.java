package io.payonce.store.jdbc;

import java.util.Optional;

/**
 * What a walk over the event chain found.
 *
 * @param intact how many events from the first on are as they were written
 * @param firstBroken the sequence of the first that is not; empty when all are
 */
public record ChainCheck(long intact, Optional<Long> firstBroken) {
  public boolean isIntact() {
    return firstBroken.isEmpty();
  }
}
