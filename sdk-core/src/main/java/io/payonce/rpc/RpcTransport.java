package io.payonce.rpc;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Bytes to one endpoint and bytes back. It neither retries nor interprets.
 *
 * <p>The future always completes normally: with a {@link TransportReply.Answered} or a {@link
 * TransportReply.Failed}. Thread-safe.
 */
public interface RpcTransport extends AutoCloseable {
  /**
   * Sends one JSON-RPC body by POST.
   *
   * @param timeout the whole exchange, connecting included
   */
  CompletableFuture<TransportReply> send(byte[] body, Duration timeout);

  /**
   * The same for a caller that waits, so that an exchange may block its thread in place of another
   * one. By default it does not.
   *
   * @param waiting runs one exchange soon, on the caller's thread; the exchange must end with the
   *     timeout, and when the future is cancelled
   */
  default CompletableFuture<TransportReply> send(byte[] body, Duration timeout, Executor waiting) {
    return send(body, timeout);
  }

  @Override
  void close();
}
