package io.payonce.fee;

import io.payonce.ChainId;
import io.payonce.SignedTransaction;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Answers single calls by method, with the production decoder; every other method is unreachable.
 */
final class FakeRpc implements RpcClient {
  final List<String> asked = new ArrayList<>();
  private final Map<String, String> results = new LinkedHashMap<>();
  private final ChainId chain;

  FakeRpc(ChainId chain) {
    this.chain = chain;
  }

  FakeRpc answer(String method, String json) {
    results.put(method, json);
    return this;
  }

  @Override
  public ChainId chainId() {
    return chain;
  }

  @Override
  public <T> CompletableFuture<RpcOutcome<T>> call(RpcRequest<T> request, CallOptions options) {
    asked.add(request.method());
    String json = results.get(request.method());
    return CompletableFuture.completedFuture(
        json == null
            ? new RpcOutcome.Failed<>(new RpcFailure.Transport("unreachable", BytesSent.NONE))
            : new RpcOutcome.Ok<>(request.decoder().decode(json), "fake"));
  }

  @Override
  public CompletableFuture<List<RpcOutcome<?>>> callBatch(
      List<RpcRequest<?>> requests, CallOptions options) {
    throw new AssertionError("fees ask one thing at a time");
  }

  @Override
  public <T> CompletableFuture<QuorumResult<T>> criticalRead(Fact<T> fact, CallOptions options) {
    throw new AssertionError("fees are no critical read");
  }

  @Override
  public CompletableFuture<BroadcastEvidence> broadcast(
      SignedTransaction tx, BroadcastOptions options) {
    throw new AssertionError("fees send nothing");
  }

  @Override
  public CompletableFuture<List<BroadcastEvidence>> broadcastAll(
      List<SignedTransaction> txs, BroadcastOptions options) {
    throw new AssertionError("fees send nothing");
  }

  @Override
  public void close() {}
}
