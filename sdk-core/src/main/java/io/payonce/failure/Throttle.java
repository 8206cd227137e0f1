package io.payonce.failure;

/** How long an endpoint wants to be left alone; its own {@code Retry-After} stands over this. */
public enum Throttle {
  NONE,
  /** Seconds to minutes: too many requests just now. */
  BRIEF,
  /** Hours: the allowance of the day or month is used up. */
  LONG
}
