package io.payonce.submit;

import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.store.JournalChange;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredSlot;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneRunner;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells listeners and waiting callers about commits. A commit whose answer was lost is never told;
 * so whenever a lane was loaded again, callers that wait are answered from the journal.
 */
final class LaneNews implements LaneRunner.LaneListener {
  private static final Logger log = LoggerFactory.getLogger(LaneNews.class);

  private final TransferStore store;
  private final Executor executor;
  private final List<SubmissionListener> listeners;
  private final Map<IdempotencyKey, CompletableFuture<TransferStatus>> waiters =
      new ConcurrentHashMap<>();

  /** The journal failed while news were made from it. */
  private volatile boolean missed;

  LaneNews(TransferStore store, Executor executor, List<SubmissionListener> listeners) {
    this.store = store;
    this.executor = executor;
    this.listeners = List.copyOf(listeners);
  }

  /** Completes at the end of the payment, at once if that has come. */
  CompletableFuture<TransferStatus> whenFinal(IdempotencyKey key) {
    CompletableFuture<TransferStatus> future =
        waiters.computeIfAbsent(key, k -> new CompletableFuture<>());
    Optional<TransferStatus> now = status(key); // after the registration: no end is missed
    if (now.isEmpty()) {
      waiters.remove(key, future);
      return CompletableFuture.failedFuture(
          new IllegalArgumentException("key " + key + " is unknown"));
    }
    if (isEnd(now.get().state())) {
      waiters.remove(key, future);
      future.complete(now.get());
    }
    return future.copy();
  }

  Optional<TransferStatus> status(IdempotencyKey key) {
    return store.find(key).map(transfer -> Statuses.of(store, transfer));
  }

  @Override
  public void committed(LaneId lane, List<JournalChange> changes) {
    catchUp(missed);
    fromJournal(() -> changes.forEach(change -> committed(lane, change)));
  }

  @Override
  public void loaded(StoredLane lane) {
    catchUp(true);
    tell(listener -> listener.laneChanged(Lanes.status(lane)));
  }

  @Override
  public void sent(LaneId lane, LaneEvent.SendAnswered answer) {
    fromJournal(
        () -> {
          for (int i = 0; i < answer.attempts().size(); i++) {
            BroadcastEvidence evidence = answer.evidence().get(i);
            owner(answer.attempts().get(i).slot())
                .flatMap(store::find)
                .ifPresent(t -> tell(listener -> listener.sent(t.key(), evidence)));
          }
        });
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
      } catch (RuntimeException broken) {
        log.warn("a submission listener threw", broken);
      }
    }
  }

  private void committed(LaneId lane, JournalChange change) {
    if (change instanceof JournalChange.TransferMoved moved) {
      changed(moved.transfer());
    } else if (change instanceof JournalChange.AttemptSigned signed) {
      owner(signed.attempt().slot()).ifPresent(this::changed);
    } else if (change instanceof JournalChange.LaneMoved) {
      store
          .lane(lane)
          .map(Lanes::status)
          .ifPresent(status -> tell(listener -> listener.laneChanged(status)));
    }
  }

  private void changed(TransferId id) {
    store
        .find(id)
        .map(transfer -> Statuses.of(store, transfer))
        .ifPresent(
            now -> {
              tell(listener -> listener.changed(now));
              complete(now);
            });
  }

  private void complete(TransferStatus now) {
    if (isEnd(now.state())) {
      Optional.ofNullable(waiters.remove(now.key()))
          .ifPresent(waiter -> executor.execute(() -> waiter.complete(now)));
    }
  }

  private void catchUp(boolean needed) {
    if (needed) {
      fromJournal(
          () -> {
            missed = false;
            List.copyOf(waiters.keySet()).forEach(key -> status(key).ifPresent(this::complete));
          });
    }
  }

  /**
   * What is committed stays so when telling about it fails; it is told when the journal answers.
   */
  private void fromJournal(Runnable news) {
    try {
      news.run();
    } catch (StoreUnavailableException unavailable) {
      missed = true;
      log.warn("news could not be read from the journal: {}", unavailable.getMessage());
    }
  }

  private Optional<TransferId> owner(SlotId slot) {
    return store.slot(slot).flatMap(StoredSlot::transfer);
  }

  private static boolean isEnd(TransferState state) {
    return state.isTerminal() || state == TransferState.QUARANTINED;
  }
}
