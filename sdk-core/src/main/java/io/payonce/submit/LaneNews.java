package io.payonce.submit;

import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.TransferId;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.LaneCommand;
import io.payonce.submit.internal.LaneRunner;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells listeners and waiting callers about commits. A commit whose answer was lost is never told;
 * so whenever a lane was loaded again, callers that wait are answered from the journal.
 */
final class LaneNews implements LaneRunner.LaneListener {
  private static final Logger log = LoggerFactory.getLogger(LaneNews.class);

  /** Payments of other instances that are looked up in one round. */
  private static final int LOOKS = 64;

  private final TransferStore store;
  private final Executor executor;
  private final List<SubmissionListener> listeners;
  private final NavigableMap<TransferId, Waiter> waiters = new ConcurrentSkipListMap<>();
  private volatile boolean closed;

  /** The last waiter that was looked up; rounds go on behind it. Confined to the rounds. */
  private Optional<TransferId> looked = Optional.empty();

  /** Callers that wait for the end of one payment. */
  private record Waiter(LaneId lane, CompletableFuture<TransferStatus> future) {}

  LaneNews(TransferStore store, Executor executor, List<SubmissionListener> listeners) {
    this.store = store;
    this.executor = executor;
    this.listeners = List.copyOf(listeners);
  }

  /** Completes at the end of the payment, at once if that has come. */
  CompletableFuture<TransferStatus> whenFinal(IdempotencyKey key) {
    Optional<StoredTransfer> known = store.find(key);
    if (known.isEmpty()) {
      return CompletableFuture.failedFuture(
          new IllegalArgumentException("key " + key + " is unknown"));
    }
    TransferId id = known.get().id();
    LaneId lane = known.get().lane();
    Waiter waiter = waiters.computeIfAbsent(id, i -> new Waiter(lane, new CompletableFuture<>()));
    TransferStatus now = status(key).orElseThrow(); // after the registration: no end is missed
    if (isEnd(now.state())) {
      waiters.remove(id, waiter);
      waiter.future().complete(now);
    }
    if (closed) {
      failWaiters();
    }
    return waiter.future().copy();
  }

  /** Fails those who wait: nobody here will hear of an end. */
  void close() {
    closed = true;
    failWaiters();
  }

  private void failWaiters() {
    for (TransferId id : List.copyOf(waiters.keySet())) {
      Optional.ofNullable(waiters.remove(id))
          .ifPresent(
              waiter ->
                  waiter
                      .future()
                      .completeExceptionally(new IllegalStateException("submitter is closed")));
    }
  }

  /**
   * Looks up some of the payments that are waited for here and worked on elsewhere, in turn: with
   * many of them, each is looked up less often.
   */
  void lookElsewhere(Predicate<LaneId> elsewhere) {
    List<TransferId> some =
        Stream.concat(
                looked
                    .map(last -> waiters.tailMap(last, false))
                    .orElse(waiters)
                    .entrySet()
                    .stream(),
                looked.stream().flatMap(last -> waiters.headMap(last, true).entrySet().stream()))
            .filter(entry -> elsewhere.test(entry.getValue().lane()))
            .limit(LOOKS)
            .map(Map.Entry::getKey)
            .toList();
    for (TransferId id : some) {
      looked = Optional.of(id);
      store.find(id).map(transfer -> Statuses.of(store, transfer)).ifPresent(this::complete);
    }
  }

  Optional<TransferStatus> status(IdempotencyKey key) {
    return store.find(key).map(transfer -> Statuses.of(store, transfer));
  }

  @Override
  public void committed(LaneCommand.Tell news) {
    news.lane()
        .map(lane -> Lanes.status(lane, Optional.empty()))
        .ifPresent(status -> tell(listener -> listener.laneChanged(status)));
    for (LaneCommand.Changed changed : news.payments()) {
      TransferStatus now = Statuses.of(changed.transfer(), changed.slot());
      tell(listener -> listener.changed(now));
      waiters.computeIfPresent(now.id(), (id, waiter) -> new Waiter(now.lane(), waiter.future()));
      complete(now);
    }
  }

  /** Throws when the journal does not answer; the lane is then loaded again, and this called. */
  @Override
  public void loaded(StoredLane lane) {
    for (Map.Entry<TransferId, Waiter> waiting : List.copyOf(waiters.entrySet())) {
      if (waiting.getValue().lane().equals(lane.id())) {
        store
            .find(waiting.getKey())
            .map(transfer -> Statuses.of(store, transfer))
            .ifPresent(this::complete);
      }
    }
    tell(listener -> listener.laneChanged(Lanes.status(lane, Optional.empty())));
  }

  @Override
  public void sent(
      LaneId lane, List<Optional<IdempotencyKey>> payments, List<BroadcastEvidence> evidence) {
    for (int i = 0; i < evidence.size(); i++) {
      BroadcastEvidence answers = evidence.get(i);
      payments.get(i).ifPresent(key -> tell(listener -> listener.sent(key, answers)));
    }
  }

  @Override
  public void trouble(LaneId lane, String what) {
    tell(listener -> listener.trouble("lane " + lane + ": " + what));
  }

  /** A listener that throws must not stop a payment. */
  void tell(Consumer<SubmissionListener> news) {
    for (SubmissionListener listener : listeners) {
      try {
        news.accept(listener);
      } catch (Throwable broken) { // an Error too
        log.warn("a submission listener threw", broken);
      }
    }
  }

  private void complete(TransferStatus now) {
    if (isEnd(now.state())) {
      Optional.ofNullable(waiters.remove(now.id()))
          .ifPresent(waiter -> executor.execute(() -> waiter.future().complete(now)));
    }
  }

  private static boolean isEnd(TransferState state) {
    return state.isTerminal() || state == TransferState.QUARANTINED;
  }
}
