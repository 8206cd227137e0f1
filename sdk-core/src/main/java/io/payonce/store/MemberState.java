package io.payonce.store;

/** Where a member of a group stands. A key is at one {@code OPEN} or {@code PAID} place at most. */
public enum MemberState {
  /** It may be paid here: the group has not ended, or nobody knows what it did for this member. */
  OPEN,
  /** Paid, final. */
  PAID,
  /** Not paid by this group, final: its key may enter another one. */
  NOT_PAID
}
