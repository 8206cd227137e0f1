package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one probe of an endpoint scheduled: always while it is not well, and else while the pool is
 * in use and traffic does not tell how it stands. Thread-safe; its monitor is never held while
 * calling out.
 */
final class ProbeClock {
  private final EndpointState state;
  private final Wiring wiring;
  private final Supplier<CompletableFuture<Void>> ask;
  private volatile long everyNanos;
  private volatile boolean stopped;

  @GuardedBy("this")
  private boolean probing;

  @GuardedBy("this")
  private boolean isAsking;

  @GuardedBy("this")
  private long dueAt;

  @GuardedBy("this")
  private @Nullable ScheduledFuture<?> due;

  /**
   * For one endpoint.
   *
   * @param every pause between probes of an endpoint that is well
   * @param ask asks the endpoint; completes when it has answered, normally
   */
  ProbeClock(
      EndpointState state, Wiring wiring, Duration every, Supplier<CompletableFuture<Void>> ask) {
    this.state = state;
    this.wiring = wiring;
    this.everyNanos = every.toNanos();
    this.ask = ask;
  }

  /** From the next probe on. */
  void every(Duration pause) {
    everyNanos = pause.toNanos();
  }

  /** Schedules the next one, or brings it forward, as the state asks for it now. */
  void arm() {
    long now = wiring.now();
    OptionalLong delay = state.probeInNanos(now, everyNanos);
    if (delay.isEmpty() || restsInPeace() || isOver()) {
      return;
    }
    ScheduledFuture<?> later;
    synchronized (this) {
      boolean sooner = dueAt - (now + delay.getAsLong()) > 0;
      if (probing && (isAsking || !sooner)) {
        return;
      }
      later = probing ? due : null;
      probing = true;
      dueAt = now + delay.getAsLong();
      due = wiring.after(delay.getAsLong(), this::probe);
    }
    if (later != null) {
      later.cancel(false);
    }
  }

  private boolean restsInPeace() {
    return state.mayRest() && wiring.isIdle();
  }

  private boolean isOver() {
    return stopped || wiring.isClosed();
  }

  private void probe() {
    if (isOver()) {
      return;
    }
    long now = wiring.now();
    OptionalLong wanted = state.probeInNanos(now, everyNanos);
    synchronized (this) {
      isAsking = true;
    }
    boolean known = state.needsNoProbe(now, everyNanos);
    if (known || wanted.isEmpty() || restsInPeace() || state.isThrottled(now)) {
      probed();
      return;
    }
    state.probed(now);
    Wiring.detach(ask.get().thenRun(this::probed));
  }

  private void probed() {
    synchronized (this) {
      probing = false;
      isAsking = false;
    }
    wiring.endpointChanged();
    arm();
  }

  /** No more probes. */
  void stop() {
    stopped = true;
    ScheduledFuture<?> pending;
    synchronized (this) {
      pending = due;
    }
    if (pending != null) {
      pending.cancel(false);
    }
  }
}
