package io.payonce.testing;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/** A clock that stands still until it is set. Thread-safe. */
public final class ManualClock extends Clock {
  private final AtomicReference<Instant> instant;
  private final ZoneId zone;

  private ManualClock(AtomicReference<Instant> instant, ZoneId zone) {
    this.instant = instant;
    this.zone = zone;
  }

  public static ManualClock at(Instant instant) {
    return new ManualClock(new AtomicReference<>(instant), ZoneOffset.UTC);
  }

  /** Sets it, forward or back. */
  public void set(Instant to) {
    instant.set(to);
  }

  /** Moves it, forward or back. */
  public void advance(Duration by) {
    instant.updateAndGet(now -> now.plus(by));
  }

  @Override
  public Instant instant() {
    return Objects.requireNonNull(instant.get());
  }

  @Override
  public ZoneId getZone() {
    return zone;
  }

  /** The same clock in another zone: setting one sets both. */
  @Override
  public Clock withZone(ZoneId other) {
    return new ManualClock(instant, other);
  }
}
