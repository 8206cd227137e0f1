package io.payonce.routing;

/** A connection on which an endpoint says things of its own accord. Thread-safe. */
interface PushChannel {
  /** Says a text; what cannot be said any more is lost, and {@code ended} tells why. */
  void send(String text);

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
    void ended(String why, boolean throttled);
  }

  /** Makes connections. Thread-safe. */
  interface Opener extends AutoCloseable {
    /** Returns at once; the listener is told what becomes of it. */
    PushChannel open(Endpoint endpoint, Listener listener);

    @Override
    void close();
  }
}
