package io.payonce.fee;

/** The answer to a request for a quote. */
public sealed interface FeeDecision {
  record Priced(FeeQuote quote) implements FeeDecision {}

  /** No quote now; the transfer waits without a nonce and asks again. */
  record Refused(FeeRefusal code, String detail) implements FeeDecision {}
}
