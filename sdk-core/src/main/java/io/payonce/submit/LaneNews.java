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
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.LaneEvent;
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

  /** The last waiter that was looked up; rounds go on behind it. Confined to the rounds. */
  private Optional<TransferId> looked = Optional.empty();

  /** Callers that wait for the end of one payment. */
  private record Waiter(LaneId lane, CompletableFuture<TransferStatus> future) {}

  /** The journal failed while news were made from it. */
  private volatile boolean missed;

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
    LaneId lane = known.get().transfer().lane();
    Waiter waiter = waiters.computeIfAbsent(id, i -> new Waiter(lane, new CompletableFuture<>()));
    TransferStatus now = status(key).orElseThrow(); // after the registration: no end is missed
    if (isEnd(now.state())) {
      waiters.remove(id, waiter);
      waiter.future().complete(now);
    }
    return waiter.future().copy();
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
      Optional.ofNullable(waiters.remove(now.id()))
          .ifPresent(waiter -> executor.execute(() -> waiter.future().complete(now)));
    }
  }

  private void catchUp(boolean needed) {
    if (needed) {
      fromJournal(
          () -> {
            missed = false;
            for (TransferId id : List.copyOf(waiters.keySet())) {
              store.find(id).map(t -> Statuses.of(store, t)).ifPresent(this::complete);
            }
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
