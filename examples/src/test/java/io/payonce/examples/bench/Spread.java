package io.payonce.examples.bench;

import java.util.Arrays;
import java.util.Locale;

/** How long each of many calls took, in nanoseconds, rising. */
record Spread(long[] nanos) {
  Spread {
    nanos = nanos.clone();
    Arrays.sort(nanos);
  }

  /** What so many of a thousand calls did not exceed. */
  long permille(int share) {
    return nanos[(int) Math.min(nanos.length - 1L, (long) nanos.length * share / 1000)];
  }

  long p50() {
    return permille(500);
  }

  long p99() {
    return permille(990);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "p50 %9.2f us, p99 %10.2f us", p50() / 1000.0, p99() / 1000.0);
  }
}
