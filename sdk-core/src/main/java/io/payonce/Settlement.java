package io.payonce;

import java.util.OptionalLong;

/**
 * What the logs of a group's transaction prove about one member.
 *
 * @param log the index in its block of the log that proves this member and no other; empty where
 *     one log speaks for several members, and for members that are not {@code PAID}
 */
public record Settlement(Outcome outcome, OptionalLong log) {
  /** What is proven. */
  public enum Outcome {
    PAID,
    /** Proven not to be paid; that something is missing proves nothing. */
    NOT_PAID,
    /** Anything else. Never taken for {@code NOT_PAID}. */
    UNKNOWN
  }

  public static final Settlement NOT_PAID = new Settlement(Outcome.NOT_PAID, OptionalLong.empty());
  public static final Settlement UNKNOWN = new Settlement(Outcome.UNKNOWN, OptionalLong.empty());

  /** Paid, as a log says that speaks for other members too. */
  public static final Settlement PAID = new Settlement(Outcome.PAID, OptionalLong.empty());

  public Settlement {
    if (log.isPresent() && (outcome != Outcome.PAID || log.getAsLong() < 0)) {
      throw new IllegalArgumentException(
          "log " + log.getAsLong() + " must be 0 or more, and of a member that is paid");
    }
  }

  /** Paid, as a log says that speaks for this member alone. */
  public static Settlement paid(long log) {
    return new Settlement(Outcome.PAID, OptionalLong.of(log));
  }
}
