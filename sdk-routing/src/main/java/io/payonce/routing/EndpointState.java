package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.rpc.Operator;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * What the pool has learned about one endpoint: a state machine fed with what happened and when, in
 * nanoseconds of the pool's ticker. It does nothing itself. Thread-safe; its monitor is held for a
 * few assignments and never while calling out.
 *
 * <p>What a node says about a transaction or a call never gets here: a bad transaction must not
 * cost a provider.
 */
final class EndpointState {
  static final int GOOD_ANSWERS_UNTIL_UP = 3;
  static final int GOOD_CHECKS_UNTIL_RELEASE = 3;
  static final long FIRST_PROBE_NANOS = TimeUnit.SECONDS.toNanos(1);
  static final long LAST_PROBE_NANOS = TimeUnit.SECONDS.toNanos(8);
  static final long QUARANTINE_PROBE_NANOS = TimeUnit.SECONDS.toNanos(60);
  static final long LEAST_THROTTLE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  static final long MOST_THROTTLE_NANOS = TimeUnit.HOURS.toNanos(1);
  private static final long FIRST_GUESS_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long LAST_GUESS_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long LATENCY_HALF_LIFE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final int failuresUntilDown;

  @GuardedBy("this")
  private State state = State.UP;

  @GuardedBy("this")
  private String reason = "";

  /** A quarantine that good chain ids do not end. */
  @GuardedBy("this")
  private boolean lied;

  @GuardedBy("this")
  private int failures;

  @GuardedBy("this")
  private int good;

  @GuardedBy("this")
  private long probeNanos = FIRST_PROBE_NANOS;

  @GuardedBy("this")
  private boolean verified;

  @GuardedBy("this")
  private long verifiedAt;

  @GuardedBy("this")
  private boolean throttled;

  @GuardedBy("this")
  private long throttledUntil;

  @GuardedBy("this")
  private long throttleGuessNanos = FIRST_GUESS_NANOS;

  @GuardedBy("this")
  private long latencyNanos;

  @GuardedBy("this")
  private long sampledAt;

  @GuardedBy("this")
  private int inFlight;

  @GuardedBy("this")
  private long dissents;

  EndpointState(int failuresUntilDown) {
    this.failuresUntilDown = failuresUntilDown;
  }

  synchronized void sent() {
    inFlight++;
  }

  /** A well-formed answer, whatever it says. */
  synchronized void answered(long now, long tookNanos) {
    inFlight--;
    sample(now, tookNanos);
    failures = 0;
    probeNanos = FIRST_PROBE_NANOS;
    if (state == State.DOWN) {
      enter(State.SUSPECT, "answers again");
    }
    if (state == State.SUSPECT && ++good >= GOOD_ANSWERS_UNTIL_UP) {
      enter(State.UP, "");
    }
  }

  /** No answer, or none from a node. */
  synchronized void failed(long now, long tookNanos, String why) {
    inFlight--;
    sample(now, Math.max(tookNanos, latencyNanos));
    good = 0;
    failures++;
    if (state == State.DOWN) {
      probeNanos = Math.min(LAST_PROBE_NANOS, 2 * probeNanos);
    } else if (state != State.QUARANTINED && failures >= failuresUntilDown) {
      enter(State.DOWN, why);
    }
  }

  /** An answer that breaks the protocol. */
  synchronized void malformed(long now, long tookNanos, String why) {
    inFlight--;
    sample(now, tookNanos);
    failures = 0;
    suspect(why);
  }

  synchronized void suspect(String why) {
    good = 0;
    if (state == State.UP || state == State.DOWN) {
      enter(State.SUSPECT, why);
    }
  }

  /** It contradicted an agreed answer. */
  synchronized void dissented(String why) {
    dissents++;
    suspect(why);
  }

  /** The provider wants a pause; empty when it does not say, or not sensibly, how long. */
  synchronized long throttled(long now, OptionalLong pauseNanos) {
    long pause;
    if (pauseNanos.isPresent()) {
      pause = Math.max(LEAST_THROTTLE_NANOS, Math.min(MOST_THROTTLE_NANOS, pauseNanos.getAsLong()));
      throttleGuessNanos = FIRST_GUESS_NANOS;
    } else {
      pause = throttleGuessNanos;
      throttleGuessNanos = Math.min(LAST_GUESS_NANOS, 2 * throttleGuessNanos);
    }
    if (!throttled || throttledUntil - (now + pause) < 0) {
      throttled = true;
      throttledUntil = now + pause;
    }
    return pause;
  }

  /** An exchange without any request for a pause. */
  synchronized void notThrottled() {
    throttleGuessNanos = FIRST_GUESS_NANOS;
  }

  /** A proof that it lies. It stays in quarantine until a pool is built anew. */
  synchronized void lied(String why) {
    lied = true;
    enter(State.QUARANTINED, why);
  }

  synchronized void chainIdMatches(long now) {
    verified = true;
    verifiedAt = now;
    if (state == State.QUARANTINED && !lied && ++good >= GOOD_CHECKS_UNTIL_RELEASE) {
      enter(State.UP, "");
    }
  }

  synchronized void chainIdDiffers(String why) {
    verified = false;
    if (!lied) {
      enter(State.QUARANTINED, why);
    }
  }

  @GuardedBy("this")
  private void enter(State next, String why) {
    state = next;
    reason = why;
    good = 0;
    failures = 0;
    probeNanos = FIRST_PROBE_NANOS;
  }

  /** A higher sample replaces the average at once, a lower one pulls it down by an eighth. */
  @GuardedBy("this")
  private void sample(long now, long tookNanos) {
    long average = decayed(now);
    latencyNanos =
        tookNanos >= average ? tookNanos : average - Math.max(1, (average - tookNanos) / 8);
    sampledAt = now;
  }

  /** Halves for every half-life without a sample, so that a slow endpoint gets its next chance. */
  @GuardedBy("this")
  private long decayed(long now) {
    return latencyNanos >> Math.min(62, (now - sampledAt) / LATENCY_HALF_LIFE_NANOS);
  }

  synchronized State state() {
    return state;
  }

  synchronized String reason() {
    return reason;
  }

  synchronized boolean isVerified() {
    return verified && state != State.QUARANTINED;
  }

  synchronized boolean isVerifiedWithin(long now, long maxAgeNanos) {
    return isVerified() && now - verifiedAt < maxAgeNanos;
  }

  synchronized boolean isThrottled(long now) {
    return throttled && throttledUntil - now > 0;
  }

  /** Expected wait for an answer, for comparing endpoints. */
  synchronized long cost(long now) {
    return decayed(now) * (inFlight + 1L);
  }

  /** When to probe next; empty when up. Throttled ones are probed when the pause is over. */
  synchronized OptionalLong probeInNanos(long now) {
    if (state == State.UP || (state == State.QUARANTINED && lied)) {
      return OptionalLong.empty();
    }
    long pause = state == State.QUARANTINED ? QUARANTINE_PROBE_NANOS : probeNanos;
    return OptionalLong.of(isThrottled(now) ? Math.max(pause, throttledUntil - now) : pause);
  }

  synchronized EndpointHealth health(String name, Operator operator, long now) {
    return new EndpointHealth(
        name,
        operator,
        state,
        reason,
        isVerified(),
        Duration.ofNanos(isThrottled(now) ? throttledUntil - now : 0),
        Duration.ofNanos(latencyNanos),
        inFlight,
        dissents);
  }
}
