package io.payonce.submit;

import io.payonce.LaneId;
import io.payonce.Ticker;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneRunner;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Leaving all lanes to other instances: each when it is quiet, all when the time is over. */
final class Drain {
  private Drain() {}

  static CompletableFuture<DrainReport> start(
      List<LaneRunner> lanes, Duration max, ScheduledExecutorService scheduler, Ticker ticker) {
    long started = ticker.nanos();
    Map<LaneId, CompletableFuture<Integer>> left = new LinkedHashMap<>();
    for (LaneRunner lane : lanes) {
      CompletableFuture<Integer> reply = new CompletableFuture<>();
      left.put(lane.id(), reply);
      lane.tell(new LaneEvent.LeaveAsked(false, reply));
    }
    Runnable atOnce =
        () ->
            lanes.forEach(
                lane ->
                    lane.tell(
                        new LaneEvent.LeaveAsked(
                            true, left.getOrDefault(lane.id(), new CompletableFuture<>()))));
    CompletableFuture<Void> everywhere =
        CompletableFuture.allOf(left.values().toArray(CompletableFuture[]::new));
    if (!everywhere.isDone()) {
      ScheduledFuture<?> timer = scheduler.schedule(atOnce, max.toNanos(), TimeUnit.NANOSECONDS);
      var unused = everywhere.whenComplete((all, failure) -> timer.cancel(false));
    }
    return everywhere.thenApply(
        all -> {
          Map<LaneId, Integer> unsent = new LinkedHashMap<>();
          left.forEach((id, reply) -> unsent.put(id, reply.join()));
          return new DrainReport(Duration.ofNanos(ticker.nanos() - started), unsent);
        });
  }
}
