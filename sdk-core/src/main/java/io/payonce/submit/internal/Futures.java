package io.payonce.submit.internal;

import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.RpcUnavailableException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Small combinators over {@link CompletableFuture}. */
final class Futures {
  private static final Logger log = LoggerFactory.getLogger(Futures.class);

  private Futures() {}

  /** The agreed value, or {@link RpcUnavailableException}. */
  static <T> CompletableFuture<T> agreed(CompletableFuture<QuorumResult<T>> read) {
    return read.thenApply(
        result -> {
          if (result instanceof QuorumResult.Agreed<T> agreed) {
            return agreed.value();
          }
          throw new RpcUnavailableException(((QuorumResult.Unavailable<T>) result).reason());
        });
  }

  /** What went wrong, without the wrapping of stages. */
  static String reason(@Nullable Throwable failure) {
    Throwable cause = failure == null ? null : failure.getCause();
    Throwable shown = cause == null ? failure : cause;
    return shown == null ? "no result" : String.valueOf(shown.getMessage());
  }

  /**
   * The end of a chain of stages: a failure that nobody handled is a defect and is logged as one.
   */
  @SuppressWarnings("FutureReturnValueIgnored") // this is the handler
  static void end(CompletionStage<?> stage) {
    stage.whenComplete(
        (value, failure) -> {
          if (failure != null && !isShutdown(failure)) {
            log.error("an asynchronous step failed unexpectedly", failure);
          }
        });
  }

  /** The executor was closed under it: the submitter is gone, and the journal has what matters. */
  private static boolean isShutdown(Throwable failure) {
    return failure instanceof RejectedExecutionException
        || failure.getCause() instanceof RejectedExecutionException;
  }

  /**
   * The values of those that succeed, in order; fails when all fail. Over a bad line all of many
   * reads may never succeed at once.
   */
  static <T> CompletableFuture<List<T>> some(List<CompletableFuture<T>> futures) {
    return CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new))
        .handle(
            (done, failure) -> {
              List<T> values =
                  futures.stream()
                      .filter(future -> !future.isCompletedExceptionally())
                      .map(CompletableFuture::join)
                      .toList();
              if (values.isEmpty() && failure != null) {
                throw new CompletionException(failure);
              }
              return values;
            });
  }

  /** All of them, in order. */
  static <T> CompletableFuture<List<T>> all(List<CompletableFuture<T>> futures) {
    return CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new))
        .thenApply(done -> futures.stream().map(CompletableFuture::join).toList());
  }
}
