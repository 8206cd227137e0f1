package io.payonce.routing.web3j;

import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/** How futures of this package fail: with an {@code IOException}, or with a defect. */
final class Failures {
  private Failures() {}

  /** For throwing inside a stage. */
  static CompletionException thrown(IOException failure) {
    return new CompletionException(failure);
  }

  /** What a future failed with, without the wrapping of its stages. */
  static Throwable cause(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** Whether the thread that waited was interrupted. */
  static boolean isInterrupt(Throwable cause) {
    return cause instanceof RpcFailedException failed
        && failed.failure().filter(RpcFailure.Cancelled.INTERRUPTED::equals).isPresent();
  }

  /** Work whose exceptions, too, are in its future. */
  static <T> CompletableFuture<T> start(Supplier<CompletableFuture<T>> work) {
    try {
      return work.get();
    } catch (RuntimeException refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  /** The agreed value, or {@link QuorumUnavailableException}. */
  static <T> T agreed(String question, QuorumResult<T> result) {
    if (result instanceof QuorumResult.Agreed<T> agreed) {
      return agreed.value();
    }
    throw thrown(new QuorumUnavailableException(question, (QuorumResult.Unavailable<T>) result));
  }

  /** The value, or the failure of one call. */
  static <T> T value(RpcOutcome<T> outcome) {
    if (outcome instanceof RpcOutcome.Ok<T> ok) {
      return ok.value();
    }
    RpcFailure failure = ((RpcOutcome.Failed<T>) outcome).failure();
    throw thrown(new RpcFailedException(failure.message(), failure));
  }

  /** All of them, in order. */
  static <T> CompletableFuture<List<T>> all(List<CompletableFuture<T>> futures) {
    return CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new))
        .thenApply(done -> futures.stream().map(CompletableFuture::join).toList());
  }
}
