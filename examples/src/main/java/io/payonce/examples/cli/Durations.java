package io.payonce.examples.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them. */
final class Durations {
  private static final Pattern FORM = Pattern.compile("(\\d{1,6})(s|m|h)");
  private static final Duration LONGEST = Duration.ofDays(30);

  private Durations() {}

  /** The same for the value of an option, which its refusal names. */
  static Duration option(String name, String text) {
    try {
      return parse(text);
    } catch (IllegalArgumentException unreadable) {
      throw Refusal.badInput(name + ": " + unreadable.getMessage());
    }
  }

  /** Digits and {@code s}, {@code m} or {@code h}; one second to 30 days. */
  static Duration parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException("'" + text + "' must be like 90s, 10m or 2h");
    }
    long count = Long.parseLong(form.group(1));
    Duration duration =
        switch (form.group(2)) {
          case "s" -> Duration.ofSeconds(count);
          case "m" -> Duration.ofMinutes(count);
          default -> Duration.ofHours(count);
        };
    if (duration.isZero() || duration.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("'" + text + "' must be 1s to 720h");
    }
    return duration;
  }
}
