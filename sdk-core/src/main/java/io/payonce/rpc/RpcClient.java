package io.payonce.rpc;

import io.payonce.ChainId;
import io.payonce.SignedTransaction;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/**
 * One chain, seen through any number of nodes.
 *
 * <p>Every method that gives a future returns at once; the future completes, by the deadline of its
 * options, on the client's executor. Failures of nodes and network are values; a future fails
 * exceptionally only for programming errors. Cancelling a future never recalls bytes that were
 * sent. Thread-safe.
 */
public interface RpcClient extends AutoCloseable {
  ChainId chainId();

  /** A read whose wrong answer costs time, never money: estimates, suggestions, look-ups. */
  <T> CompletableFuture<RpcOutcome<T>> call(RpcRequest<T> request, CallOptions options);

  /**
   * The same for a thread that waits. When it is interrupted the outcome is {@code Cancelled} and
   * the thread stays interrupted; what was sent stays sent. Not for the client's executor, which
   * may be what the answer needs.
   *
   * @throws CompletionException for a defect, with its cause
   */
  default <T> RpcOutcome<T> callBlocking(RpcRequest<T> request, CallOptions options) {
    try {
      return call(request, options).get();
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      return new RpcOutcome.Failed<>(RpcFailure.Cancelled.INTERRUPTED);
    } catch (ExecutionException defect) {
      throw new CompletionException(defect.getCause());
    }
  }

  /** The same as {@link #call} for many: one outcome per request, in the same order. */
  CompletableFuture<List<RpcOutcome<?>>> callBatch(
      List<RpcRequest<?>> requests, CallOptions options);

  /**
   * A read that moves money: agreed by this client's quorum of configured operators, or refused.
   */
  <T> CompletableFuture<QuorumResult<T>> criticalRead(Fact<T> fact, CallOptions options);

  /**
   * Sends signed bytes, bit for bit, and tells what each endpoint said. A {@link Route} that is not
   * public is kept to: a client that cannot throws {@link UnknownEndpointException} and sends
   * nothing.
   */
  CompletableFuture<BroadcastEvidence> broadcast(SignedTransaction tx, BroadcastOptions options);

  /** The same for many of them: one evidence each, in the same order. */
  CompletableFuture<List<BroadcastEvidence>> broadcastAll(
      List<SignedTransaction> txs, BroadcastOptions options);

  /** Idempotent; running broadcasts finish their evidence first. */
  @Override
  void close();
}
