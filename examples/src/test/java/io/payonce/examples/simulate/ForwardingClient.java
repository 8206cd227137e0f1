package io.payonce.examples.simulate;

import io.payonce.ChainId;
import io.payonce.SignedTransaction;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A client that hands everything on, for mutants that change one thing. */
abstract class ForwardingClient implements RpcClient {
  private final RpcClient client;

  ForwardingClient(RpcClient client) {
    this.client = client;
  }

  @Override
  public ChainId chainId() {
    return client.chainId();
  }

  @Override
  public <T> CompletableFuture<RpcOutcome<T>> call(RpcRequest<T> request, CallOptions options) {
    return client.call(request, options);
  }

  @Override
  public CompletableFuture<List<RpcOutcome<?>>> callBatch(
      List<RpcRequest<?>> requests, CallOptions options) {
    return client.callBatch(requests, options);
  }

  @Override
  public <T> CompletableFuture<QuorumResult<T>> criticalRead(Fact<T> fact, CallOptions options) {
    return client.criticalRead(fact, options);
  }

  @Override
  public CompletableFuture<BroadcastEvidence> broadcast(
      SignedTransaction tx, BroadcastOptions options) {
    return client.broadcast(tx, options);
  }

  @Override
  public CompletableFuture<List<BroadcastEvidence>> broadcastAll(
      List<SignedTransaction> txs, BroadcastOptions options) {
    return client.broadcastAll(txs, options);
  }

  @Override
  public void close() {
    client.close();
  }
}
