package io.payonce.submit.internal;

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
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * A client of the host that keeps what {@link RpcClient} promises even where it does not: every
 * call gives a future, and each completes. Whatever is thrown, {@code null}, and no answer in
 * {@link #PATIENCE} beyond the deadline become failures of the future. Lanes and followers have one
 * look under way at a time, so an answer that never came would be their last. Thread-safe.
 */
public final class SteadyClient implements RpcClient {
  /** Longer than any client takes by itself: this is for one that lost a call. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final RpcClient client;
  private final ScheduledExecutorService scheduler;
  private final Executor executor;

  public SteadyClient(RpcClient client, ScheduledExecutorService scheduler, Executor executor) {
    this.client = client;
    this.scheduler = scheduler;
    this.executor = executor;
  }

  @Override
  public ChainId chainId() {
    return client.chainId();
  }

  @Override
  public <T> CompletableFuture<RpcOutcome<T>> call(RpcRequest<T> request, CallOptions options) {
    return steady(options.deadline(), () -> client.call(request, options));
  }

  @Override
  public CompletableFuture<List<RpcOutcome<?>>> callBatch(
      List<RpcRequest<?>> requests, CallOptions options) {
    return steady(options.deadline(), () -> client.callBatch(requests, options));
  }

  @Override
  public <T> CompletableFuture<QuorumResult<T>> criticalRead(Fact<T> fact, CallOptions options) {
    return steady(options.deadline(), () -> client.criticalRead(fact, options));
  }

  @Override
  public CompletableFuture<BroadcastEvidence> broadcast(
      SignedTransaction tx, BroadcastOptions options) {
    return steady(Optional.empty(), () -> client.broadcast(tx, options));
  }

  @Override
  public CompletableFuture<List<BroadcastEvidence>> broadcastAll(
      List<SignedTransaction> txs, BroadcastOptions options) {
    return steady(Optional.empty(), () -> client.broadcastAll(txs, options));
  }

  @Override
  public void close() {
    client.close();
  }

  private <T> CompletableFuture<T> steady(
      Optional<Duration> deadline, Supplier<CompletableFuture<T>> call) {
    CompletableFuture<T> answer;
    try {
      answer =
          Objects.requireNonNull(call.get(), "the client gave no future")
              .thenApply(value -> Objects.requireNonNull(value, "the client answered null"));
    } catch (Throwable broken) { // whatever it is, the caller is told of it
      return CompletableFuture.failedFuture(broken);
    }
    if (!answer.isDone()) {
      Duration most = deadline.orElse(Duration.ZERO).plus(PATIENCE);
      ScheduledFuture<?> timer =
          scheduler.schedule(
              () -> executor.execute(() -> answer.completeExceptionally(late(most))),
              most.toNanos(),
              TimeUnit.NANOSECONDS);
      var unused = answer.whenComplete((value, failure) -> timer.cancel(false));
    }
    return answer;
  }

  private static TimeoutException late(Duration most) {
    return new TimeoutException("the client has not answered in " + most);
  }
}
