package io.payonce;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * How a payment is to be handled. Not part of what its key stands for: a repeat of the key with
 * other options changes nothing and is answered with what is known.
 *
 * @param maxFee the most that this payment may cost in wei, where that is less than the policy's
 *     {@code maxFeePerPayment}; above 0
 * @param notBefore the earliest time at which it gets a nonce, rounded up to a second
 * @param deadline when it still has no nonce by then, it ends as {@code REJECTED(EXPIRED)}; with a
 *     nonce, operators are told. Rounded down to a second.
 * @param cancelAtDeadline whether a cancel races for the nonce of a payment that passes its
 *     deadline with one
 * @param metadata the host's own, returned as given and never interpreted; at most 16 entries and 4
 *     KiB of UTF-8, without the character U+0000, which databases cannot look for, and without half
 *     of a surrogate pair, which is no character
 */
public record SubmitOptions(
    Priority priority,
    Optional<Wei> maxFee,
    Optional<Instant> notBefore,
    Optional<Instant> deadline,
    boolean cancelAtDeadline,
    Map<String, String> metadata) {
  private static final int MAX_METADATA_ENTRIES = 16;
  private static final int MAX_METADATA_BYTES = 4096;

  /** Times are stored with four digits for the year. */
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

  private static final SubmitOptions DEFAULTS =
      new SubmitOptions(
          Priority.NORMAL, Optional.empty(), Optional.empty(), Optional.empty(), false, Map.of());

  public SubmitOptions {
    maxFee.ifPresent(fee -> require(!fee.isZero(), "maxFee 0 must be above 0"));
    notBefore = notBefore.map(time -> upToSecond(inRange("notBefore", time)));
    deadline = deadline.map(time -> inRange("deadline", time).truncatedTo(ChronoUnit.SECONDS));
    if (notBefore.isPresent() && deadline.isPresent()) {
      require(
          notBefore.get().isBefore(deadline.get()),
          "notBefore " + notBefore.get() + " must be before deadline " + deadline.get());
    }
    require(!cancelAtDeadline || deadline.isPresent(), "cancelAtDeadline needs a deadline");
    checkMetadata(metadata);
    // Sorted, as the order of Map.copyOf differs from run to run.
    metadata = Collections.unmodifiableMap(new TreeMap<>(metadata));
  }

  /** {@link Priority#NORMAL}, now, without a limit or a deadline of its own. */
  public static SubmitOptions defaults() {
    return DEFAULTS;
  }

  public SubmitOptions withPriority(Priority other) {
    return new SubmitOptions(other, maxFee, notBefore, deadline, cancelAtDeadline, metadata);
  }

  public SubmitOptions withMaxFee(Wei most) {
    return new SubmitOptions(
        priority, Optional.of(most), notBefore, deadline, cancelAtDeadline, metadata);
  }

  public SubmitOptions withNotBefore(Instant time) {
    return new SubmitOptions(
        priority, maxFee, Optional.of(time), deadline, cancelAtDeadline, metadata);
  }

  /** Ends it at this time while it has no nonce; with one, operators are told. */
  public SubmitOptions withDeadline(Instant time) {
    return new SubmitOptions(priority, maxFee, notBefore, Optional.of(time), false, metadata);
  }

  /** Ends it at this time, with a cancel that races for its nonce where it has one. */
  public SubmitOptions withCancelAt(Instant time) {
    return new SubmitOptions(priority, maxFee, notBefore, Optional.of(time), true, metadata);
  }

  public SubmitOptions withMetadata(Map<String, String> entries) {
    return new SubmitOptions(priority, maxFee, notBefore, deadline, cancelAtDeadline, entries);
  }

  /** Whether it may have a nonce by now. */
  public boolean isDue(Instant now) {
    return notBefore.filter(now::isBefore).isEmpty();
  }

  /** Whether its deadline has passed. */
  public boolean isExpired(Instant now) {
    return deadline.filter(end -> !now.isBefore(end)).isPresent();
  }

  /** The times at which something becomes due. */
  public Stream<Instant> times() {
    return Stream.concat(notBefore.stream(), deadline.stream());
  }

  private static Instant inRange(String field, Instant time) {
    require(
        !time.isBefore(Instant.EPOCH) && !time.isAfter(LATEST),
        field + " " + time + " must be " + Instant.EPOCH + " to " + LATEST);
    return time;
  }

  private static Instant upToSecond(Instant time) {
    Instant second = time.truncatedTo(ChronoUnit.SECONDS);
    return second.equals(time) ? time : second.plus(Duration.ofSeconds(1));
  }

  private static void checkMetadata(Map<String, String> metadata) {
    require(
        metadata.size() <= MAX_METADATA_ENTRIES,
        "metadata has " + metadata.size() + " entries, must have at most " + MAX_METADATA_ENTRIES);
    long bytes = 0;
    for (Map.Entry<String, String> entry : metadata.entrySet()) {
      require(
          entry.getKey().indexOf('\0') < 0 && entry.getValue().indexOf('\0') < 0,
          "metadata has the character U+0000, which a database cannot look for");
      require(
          isText(entry.getKey()) && isText(entry.getValue()),
          "metadata has half of a surrogate pair, which is no character");
      bytes += entry.getKey().getBytes(StandardCharsets.UTF_8).length;
      bytes += entry.getValue().getBytes(StandardCharsets.UTF_8).length;
    }
    require(
        bytes <= MAX_METADATA_BYTES,
        "metadata has " + bytes + " bytes, must have at most " + MAX_METADATA_BYTES);
  }

  private static boolean isText(String text) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
