package io.payonce.nonce;

/** What a paused lane does not do. Each stops what the one before it stops, and more. */
public enum PauseMode {
  /** No payment gets a nonce; what has one is brought to its end, replacements included. */
  BINDING,
  /** Nothing is signed either: signed bytes are sent, and sent again. */
  SIGNING,
  /** Nothing is sent either. The chain is still watched, and what it has is recorded. */
  ALL
}
