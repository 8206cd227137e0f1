package io.payonce.event;

import java.time.Duration;

/**
 * How a relay works.
 *
 * @param pollInterval between looks at the journal while nothing happens, 10 ms to 60 s; 250 ms, as
 *     the submitter looks for work of others
 * @param maxInFlight events that the sink has been given and not answered, 1 to 1,000; 64
 * @param deliveryTimeout after which an event counts as not taken, 100 ms to 10 min; 30 s
 */
public record RelaySettings(Duration pollInterval, int maxInFlight, Duration deliveryTimeout) {
  private static final int MOST_IN_FLIGHT = 1_000;

  public RelaySettings {
    check("pollInterval", pollInterval, Duration.ofMillis(10), Duration.ofSeconds(60));
    check("deliveryTimeout", deliveryTimeout, Duration.ofMillis(100), Duration.ofMinutes(10));
    if (maxInFlight < 1 || maxInFlight > MOST_IN_FLIGHT) {
      throw new IllegalArgumentException(
          "maxInFlight " + maxInFlight + " must be 1 to " + MOST_IN_FLIGHT);
    }
  }

  public static RelaySettings defaults() {
    return new RelaySettings(Duration.ofMillis(250), 64, Duration.ofSeconds(30));
  }

  public RelaySettings withPollInterval(Duration interval) {
    return new RelaySettings(interval, maxInFlight, deliveryTimeout);
  }

  public RelaySettings withMaxInFlight(int events) {
    return new RelaySettings(pollInterval, events, deliveryTimeout);
  }

  public RelaySettings withDeliveryTimeout(Duration timeout) {
    return new RelaySettings(pollInterval, maxInFlight, timeout);
  }

  private static void check(String name, Duration value, Duration min, Duration max) {
    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      throw new IllegalArgumentException(name + " " + value + " must be " + min + " to " + max);
    }
  }
}
