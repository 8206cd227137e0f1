package io.payonce.rpc;

import java.util.Map;

/** What came back from an endpoint. */
public sealed interface TransportReply {
  /**
   * An HTTP answer with any status.
   *
   * @param headers names in lower case
   */
  record Answered(int status, Map<String, String> headers, byte[] body) implements TransportReply {}

  /**
   * No complete answer.
   *
   * @param reason for people: without URL or credential, and of no meaning to a program
   * @param timedOut whether time ran out
   * @param cause what a program may act upon
   */
  record Failed(String reason, BytesSent bytesSent, boolean timedOut, Cause cause)
      implements TransportReply {
    /** The network's fault, as far as anybody knows. */
    public Failed(String reason, BytesSent bytesSent, boolean timedOut) {
      this(reason, bytesSent, timedOut, Cause.NETWORK);
    }
  }

  /** Why there is no answer, as far as something else follows from it. */
  enum Cause {
    /** Not reached, cut off, or too late: the next try may succeed. */
    NETWORK,
    /** No TLS connection, or none to a name and an authority that are trusted. */
    TLS,
    /** TLS, but the certificate's time is over. */
    CERTIFICATE_EXPIRED,
    /** TLS, but none of the pinned keys was shown: only a person can tell why. */
    PIN_MISMATCH
  }
}
