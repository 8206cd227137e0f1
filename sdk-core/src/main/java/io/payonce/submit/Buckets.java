package io.payonce.submit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.Ticker;
import io.payonce.store.Intake;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The token buckets of one instance. They live in memory: each instance has its own, and a restart
 * fills them. Thread-safe.
 */
final class Buckets {
  /** Buckets that are kept; one that was not used for long is full again and can be forgotten. */
  private static final int MAX_BUCKETS = 10_000;

  private final List<RateLimit> limits;
  private final Ticker ticker;

  @GuardedBy("this")
  private final Map<String, Bucket> buckets =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
          return size() > MAX_BUCKETS;
        }
      };

  /** So much was in it at that moment, counted in nanoseconds of refilling. */
  private record Bucket(long nanos, long at) {}

  Buckets(List<RateLimit> limits, Ticker ticker) {
    this.limits = List.copyOf(limits);
    this.ticker = ticker;
  }

  boolean isEmpty() {
    return limits.isEmpty();
  }

  /** Takes one from each bucket of the payment, or from none and says which one is empty. */
  synchronized Optional<SubmitResult> take(Intake intake) {
    long now = ticker.nanos();
    Map<String, Bucket> after = new LinkedHashMap<>();
    List<SubmitResult> refusals = new ArrayList<>();
    for (RateLimit limit : limits) {
      String name =
          limit
              .per()
              .group(
                  intake.submission().key().tenant(),
                  intake.lane(),
                  intake.submission().transfer().amount().asset());
      long full = limit.period().toNanos();
      long one = full / limit.burst();
      Bucket known = buckets.getOrDefault(limit + name, new Bucket(full, now));
      long has = Math.min(full, known.nanos() + (now - known.at()));
      if (has < one) {
        refusals.add(
            new SubmitResult.NotAccepted(
                "RATE_LIMITED",
                "%s: %s payments in %s are accepted here"
                    .formatted(name, limit.burst(), limit.period()),
                Duration.ofNanos(one - has)));
      }
      after.put(limit + name, new Bucket(has - one, now));
    }
    if (refusals.isEmpty()) {
      buckets.putAll(after);
    }
    return refusals.stream().findFirst();
  }
}
