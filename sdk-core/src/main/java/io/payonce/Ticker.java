package io.payonce;

/** Monotonic time for deadlines and durations; a wall clock may jump. */
@FunctionalInterface
public interface Ticker {
  /** Nanoseconds since an arbitrary origin, never decreasing. */
  long nanos();

  static Ticker system() {
    return System::nanoTime;
  }
}
