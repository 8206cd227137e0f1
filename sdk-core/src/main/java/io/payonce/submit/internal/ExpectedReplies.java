package io.payonce.submit.internal;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The replies that callers here wait for, until each is complete: a lane that is closed fails what
 * is left, and what comes after that. Thread-safe.
 */
final class ExpectedReplies {
  private final Map<Object, CompletableFuture<?>> open = new ConcurrentHashMap<>();
  private volatile boolean closed;

  void add(CompletableFuture<?> reply) {
    Object place = new Object();
    open.put(place, reply);
    var unused = reply.whenComplete((answer, failure) -> open.remove(place));
    if (closed) {
      fail();
    }
  }

  void close() {
    closed = true;
    fail();
  }

  private void fail() {
    for (CompletableFuture<?> reply : List.copyOf(open.values())) {
      reply.completeExceptionally(
          new IllegalStateException(
              "submitter is closed; the journal says what became of the request"));
    }
  }
}
