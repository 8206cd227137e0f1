package io.payonce.fee;

import io.payonce.ChainId;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.CallsOnly;
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
final class FakeRpc extends CallsOnly {
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
}
