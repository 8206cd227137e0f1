package io.payonce.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.ChainId;
import io.payonce.SignedTransaction;
import io.payonce.Wei;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** What a client that does nothing about it gives to a thread that waits. */
final class CallBlockingTest {
  private final CompletableFuture<RpcOutcome<Wei>> answer = new CompletableFuture<>();

  private RpcOutcome<Wei> ask() {
    return new OneAnswer(answer).callBlocking(Requests.gasPrice(), CallOptions.DEFAULT);
  }

  @Test
  void an_answer_is_what_call_gives() {
    RpcOutcome<Wei> ok = new RpcOutcome.Ok<>(Wei.of(5), "a");
    answer.complete(ok);
    assertThat(ask()).isSameAs(ok);
  }

  @Test
  void an_interrupt_is_an_outcome_and_stays_set() {
    Thread.currentThread().interrupt();
    assertThat(ask()).isEqualTo(new RpcOutcome.Failed<>(RpcFailure.Cancelled.INTERRUPTED));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(answer).isNotDone();
  }

  @Test
  void a_defect_is_thrown_with_its_cause() {
    answer.completeExceptionally(new IllegalStateException("defect"));
    assertThatThrownBy(this::ask)
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(IllegalStateException.class);
  }

  private record OneAnswer(CompletableFuture<?> answer) implements RpcClient {
    @Override
    @SuppressWarnings("unchecked") // asked for one thing
    public <T> CompletableFuture<RpcOutcome<T>> call(RpcRequest<T> request, CallOptions options) {
      return (CompletableFuture<RpcOutcome<T>>) answer;
    }

    @Override
    public ChainId chainId() {
      return ChainId.of(1);
    }

    @Override
    public CompletableFuture<List<RpcOutcome<?>>> callBatch(
        List<RpcRequest<?>> requests, CallOptions options) {
      throw new AssertionError("one call is made");
    }

    @Override
    public <T> CompletableFuture<QuorumResult<T>> criticalRead(Fact<T> fact, CallOptions options) {
      throw new AssertionError("one call is made");
    }

    @Override
    public CompletableFuture<BroadcastEvidence> broadcast(
        SignedTransaction tx, BroadcastOptions options) {
      throw new AssertionError("one call is made");
    }

    @Override
    public CompletableFuture<List<BroadcastEvidence>> broadcastAll(
        List<SignedTransaction> txs, BroadcastOptions options) {
      throw new AssertionError("one call is made");
    }

    @Override
    public void close() {
      // Holds nothing.
    }
  }
}
