package io.payonce.routing;

import io.payonce.rpc.TransportReply;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Reads {@code Retry-After} (RFC 9110, 10.2.3): whole seconds or a date. Pure. */
final class Throttling {
  private Throttling() {}

  /** The stated pause; empty when there is none, or garbage, or one in the past. */
  static OptionalLong pause(TransportReply.Answered reply, Clock clock) {
    String text = reply.headers().get("retry-after");
    if (text == null) {
      return OptionalLong.empty();
    }
    String value = text.strip();
    if (value.matches("\\d{1,9}")) {
      return OptionalLong.of(TimeUnit.SECONDS.toNanos(Long.parseLong(value)));
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
    Duration most = Duration.ofHours(1);
    return OptionalLong.of((pause.compareTo(most) > 0 ? most : pause).toNanos());
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
