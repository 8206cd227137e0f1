package io.payonce.nonce;

/** A step of a {@link Reservation} was refused; nothing was changed. */
public final class ReservationRefusedException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  private final ReservationRefusal code;

  public ReservationRefusedException(ReservationRefusal code, String reason) {
    super(code + ": " + reason);
    this.code = code;
  }

  public ReservationRefusal code() {
    return code;
  }
}
