package io.payonce.routing;

import io.payonce.TransactionHash;
import io.payonce.rpc.BlockTag;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.QuorumResult;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Asks for the height twice a block time while something is hidden, and says what goes public. The
 * quorum's height, as one operator that says too much would open the window early. Without a quorum
 * nothing goes public. Thread-safe.
 */
final class PrivateWatch {
  private static final long LEAST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long MOST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(6);

  /** Takes what everyone may have from this height on. */
  interface GoesPublic {
    void at(long height, List<PrivateSends.Due> due);
  }

  private final RpcPool pool;
  private final Wiring wiring;
  private final GoesPublic goesPublic;
  private final long pauseNanos;
  private final AtomicBoolean looks = new AtomicBoolean();

  PrivateWatch(RpcPool pool, Wiring wiring, Duration blockTime, GoesPublic goesPublic) {
    this.pool = pool;
    this.wiring = wiring;
    this.goesPublic = goesPublic;
    this.pauseNanos =
        Math.max(LEAST_PAUSE_NANOS, Math.min(MOST_PAUSE_NANOS, blockTime.toNanos() / 2));
  }

  /** Something may be private: sent just now, or by the process before. */
  void begin() {
    if (wiring.privates.isWaiting() && looks.compareAndSet(false, true)) {
      look();
    }
  }

  private void look() {
    if (wiring.isClosed()) {
      return;
    }
    Set<TransactionHash> before = wiring.privates.unplaced();
    CompletableFuture<QuorumResult<Long>> height;
    try {
      height = pool.criticalRead(new Fact.Height(BlockTag.LATEST), CallOptions.DEFAULT);
    } catch (IllegalStateException closedMeanwhile) {
      return; // nothing goes public without a pool
    }
    Wiring.detach(height.thenAccept(result -> reached(result, before)));
  }

  private void reached(QuorumResult<Long> result, Set<TransactionHash> before) {
    if (result instanceof QuorumResult.Agreed<Long> agreed) {
      int window = wiring.policy.privateWindow();
      int open = wiring.privates.count();
      List<PrivateSends.Due> due = wiring.privates.reached(agreed.value(), before, window);
      if (!before.isEmpty() || wiring.privates.count() != open) {
        wiring.stateChanged(!due.isEmpty());
      }
      if (!due.isEmpty() && !wiring.isClosed()) {
        goesPublic.at(agreed.value(), due);
      }
    }
    if (wiring.privates.isWaiting()) {
      wiring.later(pauseNanos, this::look);
      return;
    }
    looks.set(false);
    begin(); // what was sent between the two lines before
  }
}
