package io.payonce.submit;

import io.payonce.Asset;
import io.payonce.LaneId;
import java.time.Duration;

/**
 * How many payments are accepted: a bucket of {@code burst} that refills with {@code burst} per
 * {@code period}, for each tenant, wallet or asset apart.
 *
 * @param burst 1 to 1,000,000
 * @param period 1 s to 24 h
 */
public record RateLimit(Per per, int burst, Duration period) {
  private static final int MAX_BURST = 1_000_000;
  private static final Duration MIN = Duration.ofSeconds(1);
  private static final Duration MAX = Duration.ofHours(24);

  /** What has a limit of its own. */
  public enum Per {
    TENANT,
    LANE,
    ASSET;

    /** The name of the group that a payment is in. */
    String group(String tenant, LaneId lane, Asset asset) {
      return switch (this) {
        case TENANT -> this + " '" + tenant + "'";
        case LANE -> this + " " + lane;
        case ASSET -> this + " " + asset + " of chain " + asset.chain();
      };
    }
  }

  public RateLimit {
    if (burst < 1 || burst > MAX_BURST) {
      throw new IllegalArgumentException("burst " + burst + " must be 1 to " + MAX_BURST);
    }
    if (period.compareTo(MIN) < 0 || period.compareTo(MAX) > 0) {
      throw new IllegalArgumentException("period " + period + " must be " + MIN + " to " + MAX);
    }
  }
}
