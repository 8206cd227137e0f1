package io.payonce.submit;

import io.payonce.TransferId;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferStore;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Callers that wait until a payment has come so far, wherever it is worked on. They are looked
 * after in turn by the rounds, some in each: with many of them each is looked up less often.
 * Thread-safe.
 */
final class Awaits {
  private static final int LOOKS = 64;

  private final TransferStore store;
  private final Executor executor;
  private final NavigableMap<Long, Await> open = new ConcurrentSkipListMap<>();
  private final AtomicLong next = new AtomicLong();
  private volatile boolean closed;

  private record Await(TransferId id, Level level, CompletableFuture<TransferStatus> future) {}

  Awaits(TransferStore store, Executor executor) {
    this.store = store;
    this.executor = executor;
  }

  /** Completes when the level is reached; the caller ends it when its time is over. */
  CompletableFuture<TransferStatus> add(StoredTransfer transfer, Level level) {
    Await await = new Await(transfer.id(), level, new CompletableFuture<>());
    Optional<TransferStatus> reached = reached(await);
    if (reached.isPresent()) {
      await.future().complete(reached.get());
    } else {
      open.put(next.getAndIncrement(), await);
      if (closed) {
        fail();
      }
    }
    return await.future();
  }

  /** Whoever was looked at goes to the end of the queue. */
  void look() {
    for (Map.Entry<Long, Await> entry : open.entrySet().stream().limit(LOOKS).toList()) {
      Await await = entry.getValue();
      Optional<TransferStatus> reached =
          await.future().isDone() ? Optional.empty() : reached(await);
      open.remove(entry.getKey());
      if (reached.isPresent()) {
        executor.execute(() -> await.future().complete(reached.get()));
      } else if (!await.future().isDone()) {
        open.put(next.getAndIncrement(), await);
      }
    }
  }

  void close() {
    closed = true;
    fail();
  }

  private void fail() {
    List.copyOf(open.values())
        .forEach(
            await ->
                await
                    .future()
                    .completeExceptionally(new IllegalStateException("submitter is closed")));
    open.clear();
  }

  private Optional<TransferStatus> reached(Await await) {
    return store
        .find(await.id())
        .filter(transfer -> await.level().isReached(transfer.state()))
        .map(transfer -> Statuses.of(store, transfer));
  }
}
