package io.payonce.submit.internal;

import io.payonce.store.LaneRequest;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.LaneEvent.Request;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;

/**
 * The requests of callers on this instance whose lane another instance works on: they are in the
 * journal, and so will be their answers. A caller that goes away takes nothing back; the owner acts
 * all the same. Thread-safe.
 */
public final class AskedElsewhere {
  /** Requests looked at in one round, oldest first. */
  private static final int LOOKS = 64;

  private final TransferStore store;
  private final Executor executor;
  private final Map<Long, Request> open = new ConcurrentSkipListMap<>();

  public AskedElsewhere(TransferStore store, Executor executor) {
    this.store = store;
    this.executor = executor;
  }

  void add(long id, Request request) {
    open.put(id, request);
  }

  /** Looks for answers; {@link StoreUnavailableException} when the journal gives none. */
  public void look() {
    for (long id : open.keySet().stream().limit(LOOKS).toList()) {
      store
          .request(id)
          .flatMap(LaneRequest::answer)
          .ifPresent(
              answer -> {
                Request request = open.remove(id);
                if (request != null) {
                  executor.execute(() -> answer(request, answer));
                }
              });
    }
  }

  /** Fails what nobody here will hear the answer of. */
  public void close() {
    List.copyOf(open.values())
        .forEach(
            request ->
                request
                    .asker()
                    .here()
                    .completeExceptionally(
                        new IllegalStateException(
                            "the submitter is closed; the request stays in the journal")));
    open.clear();
  }

  private static void answer(Request request, String answer) {
    try {
      if (request instanceof LaneEvent.CancelAsked cancel) {
        cancel.asker().here().complete(Answers.cancel(answer));
      } else if (request instanceof LaneEvent.SpeedUpAsked speedUp) {
        speedUp.asker().here().complete(Answers.speedUp(answer));
      } else if (request instanceof LaneEvent.GiveUpAsked giveUp) {
        giveUp.asker().here().complete(Answers.giveUp(answer));
      } else if (request instanceof LaneEvent.ReservationAsked asked) {
        asked.asker().here().complete(Answers.reservation(answer));
      }
    } catch (IllegalArgumentException | IllegalStateException unknown) {
      request.asker().here().completeExceptionally(unknown);
    }
  }
}
