package io.payonce.fee;

/** Whether and how to replace a transaction that is not mined. */
public sealed interface BumpDecision {
  /** Replace with these fees: legal for every pool, and useful at today's price. */
  record Bump(FeeQuote quote) implements BumpDecision {}

  /** The fee is not why it is pending: send the same bytes again, do not replace. */
  record NotNeeded(String detail) implements BumpDecision {}

  /** The limits leave no legal replacement: keep the old bytes and wait. */
  record Exhausted(String detail) implements BumpDecision {}
}
