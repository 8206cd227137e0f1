package io.payonce.store;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What the clock brings to the unbound transfers of a lane.
 *
 * @param expired those whose deadline has passed, the earliest first
 * @param next when the next one may be bound or expires; not before that does the agenda change by
 *     itself
 */
public record Agenda(List<StoredTransfer> expired, Optional<Instant> next) {
  public Agenda {
    expired = List.copyOf(expired);
  }
}
