package io.payonce.store.jdbc;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * How a journal is opened. What belongs to one database alone says so.
 *
 * @param random SQLite: names a new journal; 128 bits are drawn once in its life
 * @param busyTimeout how long a transaction waits for a lock, and on PostgreSQL for one of the
 *     connections too, 0 to 60 s; a longer wait would hide a tool that hangs
 * @param clock SQLite: by which leases end; on PostgreSQL that is the clock of the server
 * @param schema PostgreSQL: where the tables are, 1 to 63 lower-case letters, digits and
 *     underscores
 * @param login PostgreSQL: who opens a journal that is named by a URL
 */
public record JournalOptions(
    RandomGenerator random,
    Duration busyTimeout,
    Clock clock,
    String schema,
    Optional<Login> login) {
  static final String DEFAULT_SCHEMA = "payonce";
  private static final Duration MAX_BUSY = Duration.ofSeconds(60);

  public JournalOptions {
    if (busyTimeout.isNegative() || busyTimeout.compareTo(MAX_BUSY) > 0) {
      throw new IllegalArgumentException(
          "busyTimeout " + busyTimeout + " must be 0 to " + MAX_BUSY);
    }
    if (!schema.matches("[a-z_][a-z0-9_]{0,62}")) {
      throw new IllegalArgumentException(
          "schema '"
              + schema
              + "' must be 1 to 63 lower-case letters, digits and underscores, no digit first");
    }
  }

  /**
   * Name and password of a database role.
   *
   * @param password left out of {@link #toString()}
   */
  public record Login(String user, String password) {
    @Override
    public String toString() {
      return "Login[user=" + user + ", password=***]";
    }
  }

  /** A secure random name, 5 s of patience, the system's clock, schema {@code payonce}. */
  public static JournalOptions defaults() {
    return new JournalOptions(
        new SecureRandom(),
        Duration.ofSeconds(5),
        Clock.systemUTC(),
        DEFAULT_SCHEMA,
        Optional.empty());
  }

  /** The same with other patience. */
  public JournalOptions withBusyTimeout(Duration patience) {
    return new JournalOptions(random, patience, clock, schema, login);
  }

  /** The same with another clock for leases. */
  public JournalOptions withClock(Clock leaseClock) {
    return new JournalOptions(random, busyTimeout, leaseClock, schema, login);
  }

  /** The same with the tables in another schema. */
  public JournalOptions withSchema(String name) {
    return new JournalOptions(random, busyTimeout, clock, name, login);
  }

  /** The same for this role. */
  public JournalOptions withLogin(String user, String password) {
    return new JournalOptions(
        random, busyTimeout, clock, schema, Optional.of(new Login(user, password)));
  }
}
