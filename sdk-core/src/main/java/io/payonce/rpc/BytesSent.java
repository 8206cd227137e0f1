package io.payonce.rpc;

/** How much of a request left this process. */
public enum BytesSent {
  NONE,
  SOME,
  ALL
}
