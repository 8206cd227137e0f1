package io.payonce.rpc;

import java.util.function.Function;

/** One operator's part in a critical read. */
public sealed interface Ballot<T> {
  /** A vote; two votes agree when their values are equal. */
  record Vote<T>(T value) implements Ballot<T> {}

  /** No vote: not reached, behind the asked block, on another fork, or malformed. */
  record Absent<T>(String reason) implements Ballot<T> {}

  /** Reads a vote further; an absence stays one. */
  default <R> Ballot<R> then(Function<? super T, Ballot<R>> read) {
    if (this instanceof Vote<T> vote) {
      return read.apply(vote.value());
    }
    return new Absent<>(((Absent<T>) this).reason());
  }
}
