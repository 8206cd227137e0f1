package io.payonce.submit;

/** What closing a transfer by hand led to. */
public sealed interface GiveUpResult {
  /** It ended unpaid and is safe to refund. */
  record Closed() implements GiveUpResult {}

  /** It could still be paid, so it stays open. */
  record NotYet(String reason) implements GiveUpResult {}

  record UnknownKey() implements GiveUpResult {}
}
