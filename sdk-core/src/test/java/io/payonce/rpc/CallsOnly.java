package io.payonce.rpc;

import io.payonce.SignedTransaction;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A client for what makes single calls: everything else is a mistake of the code under test. */
public abstract class CallsOnly implements RpcClient {
  @Override
  public final CompletableFuture<List<RpcOutcome<?>>> callBatch(
      List<RpcRequest<?>> requests, CallOptions options) {
    throw new AssertionError("no single call, but " + requests);
  }

  @Override
  public final <T> CompletableFuture<QuorumResult<T>> criticalRead(
      Fact<T> fact, CallOptions options) {
    throw new AssertionError("no single call, but " + fact);
  }

  @Override
  public final CompletableFuture<BroadcastEvidence> broadcast(
      SignedTransaction tx, BroadcastOptions options) {
    throw new AssertionError("no single call, but " + tx);
  }

  @Override
  public final CompletableFuture<List<BroadcastEvidence>> broadcastAll(
      List<SignedTransaction> txs, BroadcastOptions options) {
    throw new AssertionError("no single call, but " + txs);
  }

  @Override
  public final void close() {
    // Holds nothing.
  }
}
