package io.payonce.store.jdbc;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How a journal is opened.
 *
 * @param random names a new journal; 128 bits are drawn once in its life
 * @param busyTimeout how long a write waits for a backup or another tool that holds the database, 0
 *     to 60 s; a longer wait would hide a tool that hangs
 * @param clock by which leases end
 */
public record JournalOptions(RandomGenerator random, Duration busyTimeout, Clock clock) {
  private static final Duration MAX_BUSY = Duration.ofSeconds(60);

  public JournalOptions {
    if (busyTimeout.isNegative() || busyTimeout.compareTo(MAX_BUSY) > 0) {
      throw new IllegalArgumentException(
          "busyTimeout " + busyTimeout + " must be 0 to " + MAX_BUSY);
    }
  }

  /** A secure random name, 5 s of patience, the system's clock. */
  public static JournalOptions defaults() {
    return new JournalOptions(new SecureRandom(), Duration.ofSeconds(5), Clock.systemUTC());
  }

  /** The same with other patience. */
  public JournalOptions withBusyTimeout(Duration patience) {
    return new JournalOptions(random, patience, clock);
  }

  /** The same with another clock for leases. */
  public JournalOptions withClock(Clock leaseClock) {
    return new JournalOptions(random, busyTimeout, leaseClock);
  }
}
