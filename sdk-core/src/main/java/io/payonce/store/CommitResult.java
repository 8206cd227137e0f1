package io.payonce.store;

/** What became of a commit. */
public sealed interface CommitResult {
  /** Durable. */
  record Applied() implements CommitResult {}

  /** Somebody else took the lane since; nothing was written. */
  record StaleEpoch() implements CommitResult {}

  /** A change does not fit what is stored; nothing was written. */
  record Conflict(String what) implements CommitResult {}

  /** The hourly fee limit has no room; nothing was written. */
  record FeeWindowFull(String detail) implements CommitResult {}
}
