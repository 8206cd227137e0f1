package io.payonce.store.internal;

import io.payonce.SlotId;
import io.payonce.Wei;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The rolling hour of one chain's fees while a commit is staged: the worst of every unsettled
 * booking, however old, as its bytes may still be mined, and the actual fee of those settled within
 * the last hour.
 *
 * <p>Settled fees are summed by the minute, so that a check reads at most 61 sums: a fee counts for
 * 60 to 61 minutes, never for less than the hour.
 */
public final class FeeStage {
  private static final int WINDOW_MINUTES = 60;

  /** What the store holds before the commit. */
  public interface Source {
    Optional<FeeBooking> booking(SlotId slot);

    /** The sum of the worst of all unsettled bookings of the chain. */
    Wei inFlight();

    /** The settled fees of the chain by minute, from this one on. */
    SortedMap<Long, Wei> settledFrom(long minute);
  }

  private final Source source;
  private final Map<SlotId, FeeBooking> changed = new LinkedHashMap<>();
  private final SortedMap<Long, Wei> settled = new TreeMap<>();
  private Optional<Wei> inFlight = Optional.empty();

  FeeStage(Source source) {
    this.source = source;
  }

  /**
   * Books the worst fee of a slot; the higher of two bookings of one slot stays.
   *
   * @return why the hour has no room; empty when it has
   */
  Optional<String> book(SlotId slot, Wei worst, Wei limitPerHour, Instant at) {
    Optional<FeeBooking> earlier = booking(slot);
    if (earlier.isPresent() && earlier.get().isSettled()) {
      throw new IllegalChangeException("fee of slot/" + slot + " is settled already");
    }
    Wei before = earlier.map(FeeBooking::worst).orElse(Wei.ZERO);
    if (earlier.isPresent() && !worst.isGreaterThan(before)) {
      return Optional.empty();
    }
    Wei unsettled = inFlight().minus(before).plus(worst);
    Wei paid = paidSince(minute(at) - WINDOW_MINUTES);
    if (unsettled.plus(paid).isGreaterThan(limitPerHour)) {
      return Optional.of(
          "slot/%s needs %s; %s in flight and %s paid within the hour would exceed %s"
              .formatted(slot, worst, inFlight(), paid, limitPerHour));
    }
    inFlight = Optional.of(unsettled);
    changed.put(slot, FeeBooking.open(slot, worst));
    return Optional.empty();
  }

  /** A fee that nobody booked was paid all the same, so it counts. */
  void settle(SlotId slot, Wei actual, Instant at) {
    FeeBooking booking = booking(slot).orElse(FeeBooking.open(slot, Wei.ZERO));
    if (booking.isSettled()) {
      throw new IllegalChangeException("fee of slot/" + slot + " is settled already");
    }
    inFlight = Optional.of(inFlight().minus(booking.worst()));
    settled.merge(minute(at), actual, Wei::plus);
    changed.put(slot, booking.settled(actual, minute(at)));
  }

  /**
   * What was settled is in flight again. Its fee stays among the settled ones of its minute too:
   * for an hour it counts twice, which can only hold something back.
   */
  void reopen(SlotId slot) {
    booking(slot)
        .filter(FeeBooking::isSettled)
        .ifPresent(
            booking -> {
              inFlight = Optional.of(inFlight().plus(booking.worst()));
              changed.put(slot, FeeBooking.open(slot, booking.worst()));
            });
  }

  /** The bookings to write. */
  public Collection<FeeBooking> changed() {
    return Collections.unmodifiableCollection(changed.values());
  }

  /** What this commit adds to the settled fees, by minute. */
  public SortedMap<Long, Wei> settled() {
    return Collections.unmodifiableSortedMap(settled);
  }

  /** The sum of the worst of all unsettled bookings after this commit. */
  public Wei inFlight() {
    return inFlight.orElseGet(source::inFlight);
  }

  private Optional<FeeBooking> booking(SlotId slot) {
    FeeBooking staged = changed.get(slot);
    return staged == null ? source.booking(slot) : Optional.of(staged);
  }

  private Wei paidSince(long minute) {
    Wei sum = Wei.ZERO;
    for (Wei paid : source.settledFrom(minute).values()) {
      sum = sum.plus(paid);
    }
    for (Wei paid : settled.tailMap(minute).values()) {
      sum = sum.plus(paid);
    }
    return sum;
  }

  private static long minute(Instant at) {
    return Math.floorDiv(at.getEpochSecond(), 60);
  }
}
