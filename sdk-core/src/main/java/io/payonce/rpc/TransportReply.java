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
   * @param reason without URL or credential
   * @param timedOut whether time ran out
   */
  record Failed(String reason, BytesSent bytesSent, boolean timedOut) implements TransportReply {}
}
