package io.payonce.submit;

/** What a resolution led to. */
public sealed interface ResolveResult {
  /** The payment ended; its status says how. */
  record Closed() implements ResolveResult {}

  /** The payment goes on to be paid. */
  record Resumed() implements ResolveResult {}

  /** The evidence for this resolution is missing; nothing changed. */
  record NotYet(String reason) implements ResolveResult {}

  record UnknownKey() implements ResolveResult {}
}
