package io.payonce.rpc;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

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

  @Override
  void close();
}
