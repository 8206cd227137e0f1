package io.payonce.routing;

import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to the host's metrics. Whoever has to work for a value asks {@link #isOn} first, so that
 * a pool without metrics pays a look at a field. Thread-safe; called under no monitor.
 */
final class Meters {
  private static final Logger LOG = LoggerFactory.getLogger(RpcPool.class);

  private final @Nullable RoutingMetrics host;
  private final AtomicLong failures = new AtomicLong();

  Meters(@Nullable RoutingMetrics host) {
    this.host = host;
  }

  boolean isOn() {
    return host != null;
  }

  void count(String name, long by, String... labels) {
    tell(metrics -> metrics.count(name, by, labels));
  }

  void gauge(String name, double value, String... labels) {
    tell(metrics -> metrics.gauge(name, value, labels));
  }

  void time(String name, long nanos, String... labels) {
    tell(metrics -> metrics.time(name, Duration.ofNanos(nanos), labels));
  }

  /** How often the host's code threw. */
  long failures() {
    return failures.get();
  }

  /** As a label. */
  static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private interface Told {
    void to(RoutingMetrics metrics);
  }

  private void tell(Told told) {
    if (host == null) {
      return;
    }
    try {
      told.to(Objects.requireNonNull(host));
    } catch (RuntimeException | Error broken) { // as of a registry in another version
      if (failures.getAndIncrement() == 0) {
        LOG.error("the host's metrics failed; further failures are only counted", broken);
      }
    }
  }
}
