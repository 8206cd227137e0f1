package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the listener, in order and off the threads that find things out. Thread-safe. */
final class Announcer {
  static final int MOST_WAITING = 1000;
  private static final Logger LOG = LoggerFactory.getLogger(RpcPool.class);

  private final @Nullable RoutingListener listener;
  private final Executor executor;

  @GuardedBy("waiting")
  private final Deque<Consumer<RoutingListener>> waiting = new ArrayDeque<>();

  @GuardedBy("waiting")
  private boolean telling;

  @GuardedBy("waiting")
  private long dropped;

  Announcer(@Nullable RoutingListener listener, Executor executor) {
    this.listener = listener;
    this.executor = executor;
  }

  void tell(Consumer<RoutingListener> news) {
    if (listener == null) {
      return;
    }
    synchronized (waiting) {
      if (waiting.size() == MOST_WAITING) {
        waiting.removeFirst();
        dropped++;
      }
      waiting.addLast(news);
      if (telling) {
        return;
      }
      telling = true;
    }
    executor.execute(this::drain);
  }

  private void drain() {
    for (Consumer<RoutingListener> news = next(); news != null; news = next()) {
      try {
        news.accept(listener());
      } catch (RuntimeException | Error broken) {
        LOG.error("the routing listener failed", broken);
      }
    }
  }

  private RoutingListener listener() {
    return Objects.requireNonNull(listener);
  }

  private @Nullable Consumer<RoutingListener> next() {
    synchronized (waiting) {
      if (dropped > 0) {
        LOG.warn("the routing listener is too slow: {} calls were dropped", dropped);
        dropped = 0;
      }
      telling = !waiting.isEmpty();
      return waiting.pollFirst();
    }
  }
}
