package io.payonce.submit.internal;

import io.payonce.LaneId;
import io.payonce.store.LaneOffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A pool of wallets as one of them sees it.
 *
 * @param unsure the wallets of the pool that were not compared with the chain yet, or that the
 *     chain is ahead of, for people; empty when there are none. The journal may be an old backup,
 *     and such a wallet may have paid what waits in another's queue.
 * @param offers what the others could take on, in the order of the configuration
 */
public record PoolView(String unsure, Map<LaneId, LaneOffer> offers) {
  public PoolView {
    offers = Collections.unmodifiableMap(new LinkedHashMap<>(offers));
  }

  boolean isSure() {
    return unsure.isEmpty();
  }
}
