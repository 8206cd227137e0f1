package io.payonce.examples.simulate;

import io.payonce.ChainId;
import io.payonce.SignedTransaction;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastEvidence.Answer;
import io.payonce.rpc.BroadcastEvidence.Verdict;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Operator;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The production pool, with the judge looking at every byte that is sent, and death around it. */
final class WatchedClient implements RpcClient {
  private final RpcClient pool;
  private final Chaos chaos;
  private final ProcessLife life;
  private final Judge judge;

  WatchedClient(RpcClient pool, Chaos chaos, ProcessLife life, Judge judge) {
    this.pool = pool;
    this.chaos = chaos;
    this.life = life;
    this.judge = judge;
  }

  @Override
  public ChainId chainId() {
    return pool.chainId();
  }

  @Override
  public <T> CompletableFuture<RpcOutcome<T>> call(RpcRequest<T> request, CallOptions options) {
    life.check();
    return pool.call(request, options);
  }

  @Override
  public CompletableFuture<List<RpcOutcome<?>>> callBatch(
      List<RpcRequest<?>> requests, CallOptions options) {
    life.check();
    return pool.callBatch(requests, options);
  }

  @Override
  public <T> CompletableFuture<QuorumResult<T>> criticalRead(Fact<T> fact, CallOptions options) {
    life.check();
    return pool.criticalRead(fact, options);
  }

  @Override
  public CompletableFuture<BroadcastEvidence> broadcast(
      SignedTransaction tx, BroadcastOptions options) {
    return broadcastAll(List.of(tx), options).thenApply(evidence -> evidence.get(0));
  }

  @Override
  public CompletableFuture<List<BroadcastEvidence>> broadcastAll(
      List<SignedTransaction> txs, BroadcastOptions options) {
    life.check();
    txs.forEach(tx -> judge.sending(tx, life));
    switch (chaos.at(Chaos.Point.P6_SEND)) {
      case CRASH_BEFORE -> throw life.kill(Chaos.Point.P6_SEND);
      case CRASH_DURING -> {
        CompletableFuture<List<BroadcastEvidence>> half =
            pool.broadcastAll(txs.subList(0, (txs.size() + 1) / 2), options);
        var unused =
            life.process()
                .scheduler()
                .schedule(
                    () -> {
                      throw life.kill(Chaos.Point.P6_SEND);
                    },
                    chaos.between(0, 40),
                    TimeUnit.MILLISECONDS);
        return half.thenCompose(sent -> new CompletableFuture<>());
      }
      case CRASH_AFTER -> {
        return pool.broadcastAll(txs, options)
            .thenApply(
                sent -> {
                  throw life.kill(Chaos.Point.P6_SEND);
                });
      }
      case FAILS -> {
        return CompletableFuture.completedFuture(unanswered(txs, Verdict.NOT_SENT));
      }
      case UNKNOWN_NOT_DONE -> {
        return CompletableFuture.completedFuture(unanswered(txs, Verdict.AMBIGUOUS));
      }
      case UNKNOWN_DONE -> {
        return pool.broadcastAll(txs, options)
            .thenApply(lost -> unanswered(txs, Verdict.AMBIGUOUS));
      }
      case FINE -> {
        return pool.broadcastAll(txs, options);
      }
    }
    throw new IllegalStateException("unreachable fate");
  }

  private static List<BroadcastEvidence> unanswered(List<SignedTransaction> txs, Verdict verdict) {
    Answer none = new Answer(new Operator("network"), "network", verdict, 0, "connection lost");
    return txs.stream().map(tx -> new BroadcastEvidence(tx.hash(), List.of(none))).toList();
  }

  @Override
  public void close() {
    pool.close();
  }
}
