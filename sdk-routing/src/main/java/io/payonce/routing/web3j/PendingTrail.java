package io.payonce.routing.web3j;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.routing.RpcPool;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * The pending transactions that one endpoint pushes, kept until they are asked for. It ends, and
 * web3j installs the filter anew, when the pool has nobody who pushes them any more or more wait
 * than are kept. Thread-safe.
 */
final class PendingTrail implements Filters.Trail, Flow.Subscriber<Object> {
  /** Some minutes of a busy chain. */
  static final int MOST = 65_536;

  @GuardedBy("this")
  private List<@Nullable Object> news = new ArrayList<>();

  @GuardedBy("this")
  private Flow.@Nullable Subscription source;

  @GuardedBy("this")
  private boolean over;

  private PendingTrail() {}

  /** Throws {@code UnsupportedOperationException} when no endpoint can push. */
  static PendingTrail of(RpcPool pool) {
    PendingTrail trail = new PendingTrail();
    pool.subscription(List.of("newPendingTransactions")).subscribe(trail);
    return trail;
  }

  @Override
  public synchronized CompletableFuture<Optional<List<@Nullable Object>>> advance(Deadline end) {
    if (over) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    List<@Nullable Object> told = news;
    news = new ArrayList<>();
    return CompletableFuture.completedFuture(Optional.of(told));
  }

  @Override
  public CompletableFuture<Reply> everything(Deadline end) {
    return CompletableFuture.completedFuture(
        new Reply.Refused(
            -32000, "filter not found: it is one of pending transactions, not of logs", null));
  }

  @Override
  public boolean told(@Nullable Object blockHash) {
    return false;
  }

  @Override
  public void end() {
    Flow.Subscription last;
    synchronized (this) {
      over = true;
      news = new ArrayList<>();
      last = source;
    }
    if (last != null) {
      last.cancel();
    }
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    boolean late;
    synchronized (this) {
      source = subscription;
      late = over;
    }
    if (late) {
      subscription.cancel();
    } else {
      subscription.request(Long.MAX_VALUE);
    }
  }

  @Override
  public void onNext(Object hash) {
    boolean full;
    synchronized (this) {
      full = news.size() == MOST;
      if (!full && !over) {
        news.add(hash);
      }
    }
    if (full) {
      end();
    }
  }

  @Override
  public void onError(Throwable nobodyPushes) {
    end();
  }

  @Override
  public void onComplete() {
    end();
  }
}
