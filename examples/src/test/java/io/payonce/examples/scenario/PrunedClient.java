package io.payonce.examples.scenario;

import io.payonce.BlockRef;
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
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Nodes that keep all blocks and the state of the newest ones only, as full nodes do. */
final class PrunedClient implements RpcClient {
  private final RpcClient client;
  private final Stage stage;
  private final long depth;

  private PrunedClient(RpcClient client, Stage stage, long depth) {
    this.client = client;
    this.stage = stage;
    this.depth = depth;
  }

  /** From the next start of the stage on, no state is older than so many blocks. */
  static void on(Stage stage, long depth) {
    stage.rpc = client -> new PrunedClient(client, stage, depth);
  }

  @Override
  public <T> CompletableFuture<QuorumResult<T>> criticalRead(Fact<T> fact, CallOptions options) {
    boolean gone =
        asksStateAt(fact)
            .filter(at -> at.number() < stage.world.head().number() - depth)
            .isPresent();
    return gone
        ? CompletableFuture.completedFuture(
            new QuorumResult.Unavailable<>(2, 3, false, "missing trie node"))
        : client.criticalRead(fact, options);
  }

  private static Optional<BlockRef> asksStateAt(Fact<?> fact) {
    if (fact instanceof Fact.Nonce nonce) {
      return Optional.of(nonce.at());
    } else if (fact instanceof Fact.Code code) {
      return Optional.of(code.at());
    } else if (fact instanceof Fact.AccountAt account) {
      return Optional.of(account.at());
    }
    return Optional.empty();
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
