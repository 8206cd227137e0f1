package io.payonce.routing.indexer;

import io.payonce.failure.FailureCode;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import io.payonce.rpc.RpcRequest.MalformedValueException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Reads the hints of some blocks at once. Used by one page, one call after the other. */
interface Rows<H extends Hint> {
  /** How many blocks it reads at once. */
  int stride();

  /**
   * Reads the hints of these blocks.
   *
   * @return in the order of the chain; fails with {@link Trouble}, {@link MalformedValueException}
   *     or a defect
   */
  CompletableFuture<Part<H>> of(BlockSpan blocks, CallOptions options);

  /**
   * What some blocks have.
   *
   * @param bytes of what was read for it, as text
   */
  record Part<H extends Hint>(List<H> hints, long bytes) {}

  /** An answer with its length as text. */
  record Sized<T>(T value, long bytes) {}

  /** No answer, or none that can be. */
  final class Trouble extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Fewer blocks at once may be answered. */
    final boolean isTooLarge;

    Trouble(String why, boolean isTooLarge) {
      super(why);
      this.isTooLarge = isTooLarge;
    }
  }

  /** The same request, which counts what it reads. */
  static <T> RpcRequest<Sized<T>> sized(RpcRequest<T> request) {
    return new RpcRequest<>(
        request.method(),
        request.params(),
        json -> new Sized<>(request.decoder().decode(json), length(json)));
  }

  private static long length(@Nullable Object json) {
    long length = 2;
    if (json instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        length += length(entry.getKey()) + 2 + length(entry.getValue());
      }
    } else if (json instanceof List<?> list) {
      for (Object element : list) {
        length += 1 + length(element);
      }
    } else if (json instanceof String text) {
      length += text.length();
    } else {
      length += 4; // null, a truth value or a short number
    }
    return length;
  }

  /** The value of a request of a batch, or its trouble. */
  @SuppressWarnings("unchecked") // the outcome at this place is of this request
  static <T> T value(RpcRequest<T> request, RpcOutcome<?> outcome) {
    return value((RpcOutcome<T>) outcome);
  }

  /** The value, or its trouble. */
  static <T> T value(RpcOutcome<T> outcome) {
    if (outcome instanceof RpcOutcome.Ok<T> ok) {
      return ok.value();
    }
    RpcFailure failure = ((RpcOutcome.Failed<T>) outcome).failure();
    boolean isTooLarge =
        failure instanceof RpcFailure.NodeError error
            && error.meaning().code() == FailureCode.REQUEST_TOO_LARGE;
    throw new Trouble(failure.message(), isTooLarge);
  }
}
