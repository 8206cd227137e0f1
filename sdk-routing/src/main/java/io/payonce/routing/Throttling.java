package io.payonce.routing;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.payonce.rpc.TransportReply;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Reads {@code Retry-After} (RFC 9110, 10.2.3): whole seconds or a date. Pure. */
final class Throttling {
  private static final Duration MOST = Duration.ofHours(1);
  private static final long MOST_NANOS = MOST.toNanos();

  /** With more of them it is more than the most, and may be no number that fits. */
  private static final int MOST_DIGITS = 9;

  private Throttling() {}

  /** The stated pause; empty when there is none, or garbage, or one in the past. */
  static OptionalLong pause(TransportReply.Answered reply, Clock clock) {
    String text = reply.headers().get("retry-after");
    if (text == null) {
      return OptionalLong.empty();
    }
    String value = text.strip();
    if (value.matches("\\d+")) {
      String digits = value.replaceFirst("^0+(?=\\d)", "");
      return OptionalLong.of(
          digits.length() > MOST_DIGITS ? MOST_NANOS : SECONDS.toNanos(Long.parseLong(digits)));
    }
    Optional<Instant> until = date(value);
    if (until.isEmpty()) {
      return OptionalLong.empty();
    }
    // The server's own clock decides, where it tells it: ours may be wrong.
    Instant now = date(reply.headers().get("date")).orElseGet(clock::instant);
    Duration pause = Duration.between(now, until.get());
    if (pause.isNegative() || pause.isZero()) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(pause.compareTo(MOST) > 0 ? MOST_NANOS : pause.toNanos());
  }

  private static Optional<Instant> date(@Nullable String text) {
    if (text == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          ZonedDateTime.parse(text.strip(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
    } catch (DateTimeException garbage) {
      return Optional.empty(); // treated like an absent header
    }
  }
}
