package io.payonce.submit;

import io.payonce.LaneId;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How an instance left its lanes to others.
 *
 * @param took from the call to the last lane
 * @param unsent for each lane how many nonces were given out and not signed and sent yet; the next
 *     owner of the lane does that. Zeros, unless the time was over first.
 */
public record DrainReport(Duration took, Map<LaneId, Integer> unsent) {
  public DrainReport {
    unsent = Collections.unmodifiableMap(new LinkedHashMap<>(unsent));
  }

  /** Whether every nonce that was given out here was also signed and sent here. */
  public boolean isClean() {
    return unsent.values().stream().allMatch(count -> count == 0);
  }
}
