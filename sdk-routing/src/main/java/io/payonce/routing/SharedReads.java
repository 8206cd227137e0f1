package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;

/**
 * One request upstream for equal reads at the same time, each with its own deadline and decoder.
 * Never for nonces, look-ups, simulations, votes or writes: whoever asks for these later must not
 * be given the answer to an earlier question. Thread-safe.
 */
final class SharedReads {
  /** Asks upstream, within so many nanoseconds. */
  interface Upstream {
    <T> CompletableFuture<RpcOutcome<T>> ask(
        RpcRequest<T> request, long nanos, @Nullable LentThread lent);
  }

  /** What makes two reads equal. */
  private record Key(String method, List<@Nullable Object> params) {}

  /**
   * A result that the decoder of the first asker has accepted.
   *
   * @param decoded what that decoder made of it
   */
  private record Json(@Nullable Object value, Object decoded) {}

  private final Wiring wiring;
  private final Upstream upstream;

  /** Only looked up, never walked through. */
  @GuardedBy("this")
  private final Map<Key, CompletableFuture<RpcOutcome<Json>>> running = new HashMap<>();

  SharedReads(Wiring wiring, Upstream upstream) {
    this.wiring = wiring;
    this.upstream = upstream;
  }

  /**
   * Joins an equal read, or begins one. Completes on the executor or a lent thread, in time,
   * normally.
   *
   * @param lent waits for this read; null where nobody does
   */
  <T> CompletableFuture<RpcOutcome<T>> read(
      RpcRequest<T> request, long deadlineNanos, @Nullable LentThread lent) {
    Key key = new Key(request.method(), copy(request.params()));
    CompletableFuture<RpcOutcome<Json>> mine = new CompletableFuture<>();
    CompletableFuture<RpcOutcome<Json>> first;
    synchronized (this) {
      first = running.putIfAbsent(key, mine);
    }
    if (first != null) {
      return joined(request, first, wiring.now() + deadlineNanos);
    }
    RpcRequest<Json> undecoded =
        new RpcRequest<>(
            request.method(),
            key.params(), // a caller that changes its list must not change what others asked for
            json -> new Json(json, request.decoder().decode(json))); // wrong shapes: elsewhere
    CompletableFuture<?> unused =
        upstream
            .ask(undecoded, deadlineNanos, lent)
            .whenComplete(
                (outcome, defect) -> {
                  synchronized (this) {
                    running.remove(key);
                  }
                  if (defect == null) {
                    mine.complete(outcome);
                  } else {
                    mine.completeExceptionally(defect);
                  }
                });
    return mine.thenApply(SharedReads::own);
  }

  private static List<@Nullable Object> copy(List<? extends @Nullable Object> params) {
    if (params.isEmpty()) {
      return List.of();
    }
    List<@Nullable Object> copy = new ArrayList<>(params.size());
    for (Object one : params) {
      copy.add(
          one instanceof List<?> list
              ? copy(list)
              : one instanceof Map<?, ?> map ? new LinkedHashMap<>(map) : one);
    }
    return Collections.unmodifiableList(copy);
  }

  /** Of the first asker, whose decoder has read the answer already. */
  @SuppressWarnings("unchecked") // its decoder makes a T
  private static <T> RpcOutcome<T> own(RpcOutcome<Json> outcome) {
    return outcome instanceof RpcOutcome.Ok<Json> ok
        ? new RpcOutcome.Ok<>((T) ok.value().decoded(), ok.endpoint())
        : new RpcOutcome.Failed<>(((RpcOutcome.Failed<Json>) outcome).failure());
  }

  /**
   * What failed for the first asker is asked once more for this one, when it has time left; what a
   * node says to the question itself is its answer to all.
   */
  private <T> CompletableFuture<RpcOutcome<T>> joined(
      RpcRequest<T> request, CompletableFuture<RpcOutcome<Json>> first, long deadline) {
    CompletableFuture<RpcOutcome<Json>> shared = first.copy();
    ScheduledFuture<?> timer =
        wiring.after(
            Math.max(0, deadline - wiring.now()),
            () ->
                shared.complete(
                    new RpcOutcome.Failed<>(
                        new RpcFailure.DeadlineExceeded("no answer in time", BytesSent.ALL))));
    return shared.thenCompose(
        outcome -> {
          timer.cancel(false);
          long left = deadline - wiring.now();
          return !ReadCall.isFinal(outcome) && left > 0
              ? upstream.ask(request, left, null)
              : CompletableFuture.completedFuture(decoded(request, outcome));
        });
  }

  private static <T> RpcOutcome<T> decoded(RpcRequest<T> request, RpcOutcome<Json> outcome) {
    if (outcome instanceof RpcOutcome.Failed<Json> failed) {
      return new RpcOutcome.Failed<>(failed.failure());
    }
    RpcOutcome.Ok<Json> ok = (RpcOutcome.Ok<Json>) outcome;
    try {
      return new RpcOutcome.Ok<>(request.decoder().decode(ok.value().value()), ok.endpoint());
    } catch (RpcRequest.AbsentValueException absent) {
      return new RpcOutcome.Failed<>(
          new RpcFailure.Behind(ok.endpoint() + " does not have what was asked for"));
    } catch (RuntimeException wrongShape) {
      return new RpcOutcome.Failed<>(
          // Deliberate: no words of the decoder, which quote the answer, which may quote a key.
          new RpcFailure.Malformed(
              ok.endpoint() + ": its answer to " + request.method() + " has a wrong shape"));
    }
  }
}
