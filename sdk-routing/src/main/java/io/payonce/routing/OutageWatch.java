package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.rpc.Operator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Raises the alarm when a third of the voting operators, and two at least, leave within a minute:
 * be it that nothing can be asked of them, or that they answer no votes ({@link VoteWatch}). It
 * ends when all of them are back for five minutes, or by a person. Thread-safe.
 */
final class OutageWatch {
  static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(60);
  static final long BACK_NANOS = TimeUnit.MINUTES.toNanos(5);
  private static final Logger LOG = LoggerFactory.getLogger(RpcPool.class);

  private final Wiring wiring;

  @GuardedBy("this")
  private int loss;

  /** When each operator that is away left. */
  @GuardedBy("this")
  private final SortedMap<Operator, Long> leftAt = new TreeMap<>();

  @GuardedBy("this")
  private Optional<Alarm> alarm = Optional.empty();

  @GuardedBy("this")
  private long calmSince;

  OutageWatch(Wiring wiring, int voters) {
    this.wiring = wiring;
    this.loss = loss(voters);
  }

  private static int loss(int voters) {
    return Math.max(2, (voters + 2) / 3);
  }

  /** Others are watched from now on. */
  synchronized void voters(Set<Operator> all) {
    loss = loss(all.size());
    leftAt.keySet().retainAll(all);
  }

  /** Looks again: the state of some endpoint has changed. */
  void look(Map<Operator, Boolean> usable) {
    Optional<Consumer<RoutingListener>> news = Optional.empty();
    synchronized (this) {
      long now = wiring.now();
      boolean wasCalm = leftAt.isEmpty();
      usable.forEach(
          (operator, isHere) -> {
            if (isHere) {
              leftAt.remove(operator);
            } else {
              leftAt.putIfAbsent(operator, now);
            }
          });
      if (leftAt.isEmpty() && !wasCalm) {
        calmSince = now;
      }
      if (alarm.isEmpty()) {
        news = raise(now);
      } else if (leftAt.isEmpty() && now - calmSince >= BACK_NANOS) {
        news = Optional.of(end("all operators are back"));
      }
    }
    news.ifPresent(wiring.announcer::tell);
  }

  @GuardedBy("this")
  private Optional<Consumer<RoutingListener>> raise(long now) {
    List<Operator> gone = new ArrayList<>();
    leftAt.forEach(
        (operator, left) -> {
          if (now - left <= WINDOW_NANOS) {
            gone.add(operator);
          }
        });
    if (gone.size() < loss) {
      return Optional.empty();
    }
    Alarm raised = new Alarm(wiring.clock().instant(), gone);
    alarm = Optional.of(raised);
    LOG.error("chain {}: operators left within a minute: {}", wiring.chainId, gone);
    return Optional.of(listener -> listener.alarmRaised(raised));
  }

  @GuardedBy("this")
  private Consumer<RoutingListener> end(String why) {
    Alarm over = alarm.orElseThrow();
    alarm = Optional.empty();
    // Who is still away has been seen, and is no news for the next alarm.
    leftAt.replaceAll((operator, left) -> wiring.now() - WINDOW_NANOS - 1);
    LOG.warn("chain {}: the alarm about {} is over: {}", wiring.chainId, over.gone(), why);
    return listener -> listener.alarmEnded(over);
  }

  /** False when there is no alarm. */
  boolean acknowledge(String by) {
    Consumer<RoutingListener> news;
    synchronized (this) {
      if (alarm.isEmpty()) {
        return false;
      }
      news = end("acknowledged by " + by);
    }
    wiring.announcer.tell(news);
    return true;
  }

  synchronized Optional<Alarm> alarm() {
    return alarm;
  }
}
