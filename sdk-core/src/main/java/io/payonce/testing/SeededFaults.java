package io.payonce.testing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.EnumMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Faults by rate: the n-th request that asks gets the n-th draw, so one seed and one order of
 * requests are one run. Thread-safe; it then serves requests in the order in which they ask.
 */
public final class SeededFaults implements FaultPolicy {
  private final Map<Fault, Integer> percent;

  @GuardedBy("this")
  private final RandomGenerator random;

  private SeededFaults(RandomGenerator random, Map<Fault, Integer> percent) {
    this.random = random;
    this.percent = percent;
  }

  /** Starts with no faults; the generator is used by this policy alone from now on. */
  public static Builder builder(RandomGenerator random) {
    return new Builder(random);
  }

  @Override
  public Fault decide(ProxiedRequest request) {
    int drawn;
    synchronized (this) {
      drawn = random.nextInt(100);
    }
    for (Map.Entry<Fault, Integer> each : percent.entrySet()) {
      drawn -= each.getValue();
      if (drawn < 0) {
        return each.getKey();
      }
    }
    return Fault.PASS;
  }

  /** The rates; what remains to 100 per cent passes. Used by one thread. */
  public static final class Builder {
    private final RandomGenerator random;
    private final Map<Fault, Integer> percent = new EnumMap<>(Fault.class);

    private Builder(RandomGenerator random) {
      this.random = random;
    }

    /**
     * Sets the share of requests that meet this fault.
     *
     * @param rate per cent, 0 to 100
     */
    public Builder percent(Fault fault, int rate) {
      if (rate < 0 || rate > 100) {
        throw new IllegalArgumentException("rate of " + fault + ", " + rate + ", must be 0 to 100");
      }
      percent.put(fault, rate);
      return this;
    }

    public SeededFaults build() {
      int sum = percent.values().stream().mapToInt(Integer::intValue).sum();
      if (sum > 100) {
        throw new IllegalArgumentException("rates " + percent + " must sum to at most 100");
      }
      return new SeededFaults(random, new EnumMap<>(percent));
    }
  }
}
