package io.payonce.testing;

/**
 * What a {@link FaultProxy} does with one request. "Forwarded" says whether the node saw it: that,
 * and not the error the client got, decides what is on the chain.
 */
public enum Fault {
  /** Forwarded, answered. */
  PASS,
  /** Forwarded, answered after the proxy's delay. */
  DELAY,
  /** Forwarded; the connection is closed without an answer. */
  LOST_REPLY,
  /** Forwarded; the connection stays open and silent. */
  HUNG_REPLY,
  /** Forwarded; the answer ends in the middle of its body. */
  CUT_REPLY,
  /** Forwarded; answered with HTTP 504, as a gateway does that gave up waiting. */
  GATEWAY_TIMEOUT,
  /** Forwarded; each transaction hash in the answer to a send is another one. */
  WRONG_HASH,
  /** Forwarded twice; the client gets the second answer. */
  DUPLICATE,
  /** Forwarded; the answers of a batch come in reverse order. A single call passes. */
  REORDERED,
  /** Forwarded; one answer of a batch is left out. A single call loses its reply. */
  LOST_ELEMENT,
  /**
   * One call of a batch is not forwarded and is answered with an error, -32005; or the only one.
   */
  REFUSED_ELEMENT,
  /** Forwarded; each answer carries an id that was not asked. */
  WRONG_ID,
  /**
   * Forwarded; the first answer of a batch comes twice. A single answer comes as two in an array.
   */
  DUPLICATE_ID,
  /** Forwarded; the answer arrives one byte per delay of the proxy, and so never ends in time. */
  SLOW_DRIP,
  /** Forwarded; blanks are added to the answer until it is longer than 64 MB. */
  HUGE_REPLY,
  /** Not forwarded; the connection is closed. */
  LOST_REQUEST,
  /** Not forwarded; the connection stays open and silent. */
  HUNG_REQUEST,
  /** Not forwarded; the connection is reset (TCP RST). */
  RESET,
  /** Not forwarded; answered with HTTP 503. */
  SERVER_ERROR,
  /** Not forwarded; answered with HTTP 429 and {@code Retry-After: 1}. */
  RATE_LIMITED
}
