package io.payonce.routing;

import io.payonce.rpc.TransportReply.Cause;

/** A WebSocket to an endpoint, for what it pushes or for calls. Thread-safe. */
interface WebSocketChannel {
  /**
   * Says a text. False when surely nothing of it will leave, and {@code ended} tells why; true
   * proves nothing.
   */
  boolean send(String text);

  /** Ends the connection at once. Idempotent. */
  void close();

  /** Hears one channel; one call at a time, on a thread of the channel. */
  interface Listener {
    void opened();

    void received(String text);

    /**
     * Nothing comes after this. Also when the channel never opened.
     *
     * @param why without URL or credential
     * @param throttled whether the endpoint wants to be left alone for a while
     */
    void ended(String why, boolean throttled, Cause cause);

    /** The same by the network's fault. */
    default void ended(String why, boolean throttled) {
      ended(why, throttled, Cause.NETWORK);
    }
  }

  /** Makes connections. Thread-safe. */
  interface Opener extends AutoCloseable {
    /** Returns at once; the listener is told what becomes of it. */
    WebSocketChannel open(Endpoint endpoint, Listener listener);

    @Override
    void close();
  }
}
