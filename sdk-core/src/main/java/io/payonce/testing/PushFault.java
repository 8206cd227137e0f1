package io.payonce.testing;

/**
 * What a {@link PushServer} does with one connection, or with one head that it is to announce. What
 * is said here of heads from {@link #LOST} on can be done to answers to calls too.
 */
public enum PushFault {
  /** As it should be. */
  PASS,
  /** A connection is answered with HTTP 503. */
  REFUSED,
  /** A connection is taken, and its opening never answered. */
  HUNG_OPENING,
  /** A connection is opened with the answer to another key. */
  WRONG_KEY,
  /** A connection opens, and no call on it is answered. */
  HUNG_CALLS,
  /** Each call is refused with -32601. */
  REFUSED_CALLS,
  /** The head is not announced: a gap, or silence when it is so for each. */
  LOST,
  /** The head is announced twice. */
  DUPLICATE,
  /** The head is announced after the next one. */
  OUT_OF_ORDER,
  /** The head is announced with another hash. */
  LIE,
  /** The head is announced in three frames, which is as it may be. */
  FRAGMENTED,
  /** The head is announced under a subscription that nobody made. */
  FOREIGN_SUBSCRIPTION,
  /** In place of the head comes a text that is not JSON. */
  GARBAGE,
  /** In place of the head comes a frame that says it is 1 GB long, and 64 MB of it. */
  HUGE,
  /** The connection ends in the middle of the head's frame. */
  HALF_FRAME,
  /** In place of the head the connection is closed by a frame, code 1001: going away. */
  CLOSE,
  /** In place of the head the connection is closed by a frame, code 1013: try again later. */
  CLOSE_THROTTLED,
  /** In place of the head the connection is reset (TCP RST). */
  RESET;

  boolean strikesConnections() {
    return this == REFUSED || this == HUNG_OPENING || this == WRONG_KEY;
  }
}
