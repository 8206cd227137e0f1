package io.payonce.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.ChainId;
import io.payonce.Wei;
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

  private static final class OneAnswer extends CallsOnly {
    private final CompletableFuture<?> answer;

    OneAnswer(CompletableFuture<?> answer) {
      this.answer = answer;
    }

    @Override
    @SuppressWarnings("unchecked") // asked for one thing
    public <T> CompletableFuture<RpcOutcome<T>> call(RpcRequest<T> request, CallOptions options) {
      return (CompletableFuture<RpcOutcome<T>>) answer;
    }

    @Override
    public ChainId chainId() {
      return ChainId.of(1);
    }
  }
}
