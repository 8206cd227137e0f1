package io.payonce.submit.internal;

import io.payonce.nonce.ReservationRefusal;

/** What became of a step of a reservation. */
public sealed interface ReservationAnswer {
  /** It is stored, now or since an earlier time. */
  record Done(long nonce) implements ReservationAnswer {}

  record Refused(ReservationRefusal code, String reason) implements ReservationAnswer {}
}
