package io.payonce.store.internal;

import io.payonce.SlotId;
import io.payonce.Wei;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The fee of one slot in the rolling hour.
 *
 * @param worst the most that its attempts can cost
 * @param actual what was paid, once it is settled
 * @param settledMinute minutes since 1970 when it was settled; present with {@code actual}
 */
public record FeeBooking(SlotId slot, Wei worst, Optional<Wei> actual, OptionalLong settledMinute) {

  static FeeBooking open(SlotId slot, Wei worst) {
    return new FeeBooking(slot, worst, Optional.empty(), OptionalLong.empty());
  }

  FeeBooking settled(Wei paid, long minute) {
    return new FeeBooking(slot, worst, Optional.of(paid), OptionalLong.of(minute));
  }

  public boolean isSettled() {
    return actual.isPresent();
  }
}
