package io.payonce.routing;

import java.util.Optional;

/**
 * Where a pool keeps what it shall know after a restart: credits of the month, quarantines, the
 * highest final block, the voters, what is private still, and what endpoints were found to lack or
 * to take no more of. Without one it knows them for as long as it lives.
 *
 * <p>One pool uses a store, one call at a time, on any thread; a call may block for as long as a
 * flush to disk takes. Quarantines, final blocks and what is sent in private are saved at once, all
 * else once a second at most.
 */
public interface RoutingStateStore {
  /**
   * What was saved last; empty when nothing ever was. Throws {@link RoutingStateException} when
   * there is something and it cannot be read as a whole: half of it is never given.
   */
  Optional<RoutingState> load();

  /**
   * Replaces what was saved before, wholly or not at all, and returns when it would survive a loss
   * of power. Throws {@link RoutingStateException} when it could not; what was saved before stays.
   */
  void save(RoutingState state);
}
