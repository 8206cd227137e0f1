package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.routing.EndpointHealth.State;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * What the pool has learned about one endpoint: a state machine fed with what happened and when, in
 * nanoseconds of the pool's ticker. It does nothing itself. Thread-safe; its monitor is held for a
 * few assignments and never while calling out. What is read for every call is volatile, and read
 * without it.
 *
 * <p>What a node says about a transaction or a call never gets here: a bad transaction must not
 * cost a provider.
 */
final class EndpointState {
  static final int GOOD_ANSWERS_UNTIL_UP = 3;
  static final int GOOD_CHECKS_UNTIL_RELEASE = 3;
  static final int REFUSALS_UNTIL_DOWN = 3;
  static final long FIRST_PROBE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** With the two probes that follow the first answer a second apart, it is back in ten seconds. */
  static final long LAST_PROBE_NANOS = TimeUnit.SECONDS.toNanos(7);

  static final long QUARANTINE_PROBE_NANOS = TimeUnit.SECONDS.toNanos(60);
  static final long REFUSED_PROBE_NANOS = TimeUnit.HOURS.toNanos(1);
  static final long LEAST_THROTTLE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  static final long MOST_THROTTLE_NANOS = TimeUnit.HOURS.toNanos(1);

  /** An endpoint becomes UP again once in this time, so that a flapping one stays SUSPECT. */
  static final long LEAST_UP_APART_NANOS = TimeUnit.SECONDS.toNanos(60);

  static final long SLOW_START_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long FIRST_GUESS_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long LAST_GUESS_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final int FAILURES_OF_20_UNTIL_DOWN = 10;
  private static final int FAILURES_OF_20_UNTIL_SUSPECT = 4;
  private static final int FULL_SHARE = 100;
  private static final int FIRST_SHARE = 10;

  private volatile int failuresUntilDown;

  /** Written under the monitor, as all of these. */
  private volatile State state = State.UP;

  /** Counts what may change who is asked next, or when to probe. */
  private volatile int version;

  private volatile boolean verified;
  private volatile long verifiedAt;
  private volatile boolean throttled;
  private volatile long throttledUntil;
  private volatile boolean behind;
  private volatile boolean inconsistent;

  /** The average latency, weighted by recent failures, and when it was so. */
  private volatile long cost;

  private volatile long costAt;

  @GuardedBy("this")
  private String reason = "";

  /** A quarantine that only a person ends. */
  @GuardedBy("this")
  private boolean lied;

  /** A connection showed no pinned key, and it rests for it. */
  @GuardedBy("this")
  private boolean unpinned;

  @GuardedBy("this")
  private final History history = new History();

  @GuardedBy("this")
  private final Latency latency = new Latency();

  @GuardedBy("this")
  private final Silence silence = new Silence();

  @GuardedBy("this")
  private final HeadPosition position;

  @GuardedBy("this")
  private final Consistency consistency;

  @GuardedBy("this")
  private int refusals;

  @GuardedBy("this")
  private int good;

  @GuardedBy("this")
  private OptionalLong upAt = OptionalLong.empty();

  @GuardedBy("this")
  private long probeNanos = FIRST_PROBE_NANOS;

  /** When it was probed last in its present state. */
  @GuardedBy("this")
  private OptionalLong probedAt = OptionalLong.empty();

  @GuardedBy("this")
  private long throttleGuessNanos = FIRST_GUESS_NANOS;

  /** Nobody waited for its last answer. */
  @GuardedBy("this")
  private boolean overtaken;

  @GuardedBy("this")
  private long dissents;

  /** When it was last asked for its newest block, whatever it said. */
  @GuardedBy("this")
  private OptionalLong lookedAt = OptionalLong.empty();

  EndpointState(RoutingPolicy policy, int maxLag, Duration blockTime) {
    this.failuresUntilDown = policy.failuresUntilDown();
    this.position = new HeadPosition(maxLag, blockTime);
    this.consistency = new Consistency(maxLag, blockTime);
  }

  /** Judges by other settings from now on. */
  void policy(RoutingPolicy other) {
    failuresUntilDown = other.failuresUntilDown();
  }

  /**
   * A body of requests is under way.
   *
   * @param prompt whether a healthy node answers at once
   * @return whether it is worth a look at how long nothing has been heard
   */
  synchronized boolean sent(long now, boolean prompt) {
    if (prompt) {
      silence.sent(now);
    }
    return silence.unanswered() > 0;
  }

  /** When what waits now will have waited for too long; empty where that changes nothing. */
  synchronized OptionalLong silenceInNanos(long now) {
    return answers() ? silence.dueInNanos(now) : OptionalLong.empty();
  }

  @GuardedBy("this")
  private boolean answers() {
    return state == State.UP || state == State.SUSPECT;
  }

  /** Whether it has to be asked something else, to know whether it hangs; once for each silence. */
  synchronized boolean needsWitness(long now) {
    boolean needs =
        silence.needsWitness(now)
            && answers()
            && history.failuresInARow() == 0 // else it is no silence, and a probe is due anyway
            && latency.slow() < Silence.LONE_NANOS;
    if (needs) {
      silence.witnessed(now);
    }
    return needs;
  }

  /** A well-formed answer, whatever it says. */
  synchronized void answered(long now, long tookNanos) {
    silence.end();
    unpinned &= isThrottled(now);
    if (unpinned) {
      return; // it was on its way before, and says nothing of who answers now
    }
    changed(overtaken || history.failuresInARow() > 0);
    overtaken = false;
    latency.sample(now, tookNanos);
    history.good();
    weigh(now);
    refusals = 0;
    probeNanos = FIRST_PROBE_NANOS;
    if (state == State.DOWN) {
      enter(State.SUSPECT, "answers again");
    }
    if (state == State.SUSPECT
        && position.falseLead() == 0
        && ++good >= GOOD_ANSWERS_UNTIL_UP
        && mayComeUp(now)) {
      enter(State.UP, "");
      upAt = OptionalLong.of(now);
    } else if (state == State.UP
        && history.isFull()
        && history.failures() >= FAILURES_OF_20_UNTIL_SUSPECT) {
      enter(
          State.SUSPECT,
          history.failures() + " of the last " + History.LENGTH + " requests failed");
    }
  }

  @GuardedBy("this")
  private boolean mayComeUp(long now) {
    return upAt.isEmpty() || now - upAt.getAsLong() >= LEAST_UP_APART_NANOS;
  }

  /** No answer, or none from a node. */
  synchronized void failed(long now, long tookNanos, String why) {
    overtaken = false;
    latency.sample(now, Math.max(tookNanos, latency.average(now)));
    good = 0;
    history.bad();
    weigh(now);
    changed(true);
    if (state == State.DOWN) {
      probeNanos = Math.max(probeNanos, Math.min(LAST_PROBE_NANOS, 2 * probeNanos));
    } else if (state != State.QUARANTINED
        && (history.failuresInARow() >= failuresUntilDown
            || (history.isFull() && history.failures() >= FAILURES_OF_20_UNTIL_DOWN))) {
      enter(State.DOWN, why);
    }
  }

  /** HTTP 401 or 403: the credential is at fault, and only a person can mend it. */
  synchronized void credentialRefused(long now, long tookNanos, String why) {
    failed(now, tookNanos, why);
    if (++refusals >= REFUSALS_UNTIL_DOWN) {
      leaveToPerson(why + ": the credential is refused");
    }
  }

  /**
   * Someone else answers in its place, or its pins are of old: only a person knows which. Nothing
   * goes there until the next probe, neither a look that was planned nor what has nobody else.
   */
  synchronized void pinMissed(long now, long tookNanos, String why) {
    failed(now, tookNanos, why);
    leaveToPerson(why);
    unpinned = true;
    rest(now, REFUSED_PROBE_NANOS);
  }

  @GuardedBy("this")
  private boolean isLeftToPerson() {
    return state == State.DOWN && probeNanos == REFUSED_PROBE_NANOS;
  }

  @GuardedBy("this")
  private void leaveToPerson(String why) {
    if (state == State.QUARANTINED) {
      return;
    }
    if (state != State.DOWN) {
      enter(State.DOWN, why);
    }
    reason = why;
    probeNanos = REFUSED_PROBE_NANOS;
  }

  /** An answer that breaks the protocol. */
  synchronized void malformed(long now, long tookNanos, String why) {
    silence.end();
    latency.sample(now, tookNanos);
    history.good();
    weigh(now);
    suspect(why);
  }

  /** Another endpoint was faster: no fault, but this one took at least so long. */
  synchronized void outrun(long now, long tookNanos) {
    overtaken = true;
    changed(true);
    if (tookNanos > latency.average(now)) {
      latency.sample(now, tookNanos);
      weigh(now);
    }
  }

  synchronized void suspect(String why) {
    if (state == State.UP || state == State.DOWN) {
      enter(State.SUSPECT, why);
    } else if (state == State.SUSPECT) {
      good = 0;
    }
  }

  /** It contradicted an agreed answer. */
  synchronized void dissented(String why) {
    dissents++;
    suspect(why);
  }

  /** Enters DOWN when several requests are unanswered, also those that nobody waits for now. */
  synchronized void watchSilence(long now) {
    if (silence.isHang(now) && answers()) {
      enter(State.DOWN, "no answer to " + silence.unanswered() + " requests for 2 s");
    }
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
    rest(now, pause);
    return pause;
  }

  @GuardedBy("this")
  private void rest(long now, long pause) {
    if (!throttled || throttledUntil - (now + pause) < 0) {
      throttledUntil = now + pause;
      throttled = true;
      changed(true);
    }
  }

  /** An exchange without any request for a pause. */
  synchronized void notThrottled() {
    throttleGuessNanos = FIRST_GUESS_NANOS;
  }

  /** A proof that it lies. It stays in quarantine until a person releases it. */
  synchronized void lied(String why) {
    lied = true;
    enter(State.QUARANTINED, why);
  }

  /** A person takes the blame off it. Its chain id has to be proven again. */
  synchronized boolean release() {
    if (state != State.QUARANTINED && !isLeftToPerson() && !unpinned) {
      return false;
    }
    throttled &= !unpinned;
    unpinned = false;
    lied = false;
    verified = false;
    enter(State.SUSPECT, "released by a person");
    return true;
  }

  synchronized void chainIdMatches(long now) {
    changed(!verified);
    verifiedAt = now;
    verified = true;
    if (state == State.QUARANTINED && !lied && ++good >= GOOD_CHECKS_UNTIL_RELEASE) {
      enter(State.UP, "");
      upAt = OptionalLong.of(now);
    }
  }

  synchronized void chainIdDiffers(String why) {
    verified = false;
    changed(true);
    good = 0;
    if (state != State.QUARANTINED) {
      enter(State.QUARANTINED, why);
    }
  }

  /**
   * Its newest block, as it says now.
   *
   * @param reference the newest block that two operators have; empty while nobody knows
   */
  synchronized void head(long now, long number, OptionalLong reference) {
    position.told(now, number, reference);
    lookedAt = OptionalLong.of(now);
    changed(behind != position.isBehind());
    behind = position.isBehind();
    if (position.falseLead() > 0) {
      suspect("claims blocks that nobody else has: " + position.falseLead() + " ahead");
    }
  }

  /** It says that its newest block has this number. */
  synchronized void countsBlocks(long number, Consistency.Window when) {
    consistency.counts(number, when);
    look();
  }

  /** It shows a block; see {@link Consistency#shows}. */
  synchronized void showsBlock(
      long number,
      String hash,
      Optional<String> parent,
      boolean isNewest,
      Consistency.Window when) {
    consistency.shows(number, hash, parent, isNewest, when);
    look();
  }

  @GuardedBy("this")
  private void look() {
    boolean now = !consistency.evidence().isEmpty();
    changed(now != inconsistent);
    inconsistent = now;
  }

  private synchronized void changed(boolean really) {
    if (really) {
      version++;
    }
  }

  @GuardedBy("this")
  private void weigh(long now) {
    long weight = History.LENGTH + 4L * history.failures();
    cost = latency.average(now) * weight / History.LENGTH;
    costAt = now;
  }

  @GuardedBy("this")
  private void enter(State next, String why) {
    state = next;
    reason = why;
    good = 0;
    refusals = 0;
    silence.end();
    overtaken = false;
    history.clear();
    weigh(costAt);
    probeNanos = FIRST_PROBE_NANOS;
    probedAt = OptionalLong.empty();
    changed(true);
  }

  State state() {
    return state;
  }

  /** Another number than before when something changed that others act upon. */
  int version() {
    return version;
  }

  /** Whether a person has to end its quarantine; false when it is in none. */
  synchronized boolean staysUntilReleased() {
    return lied;
  }

  synchronized String reason() {
    return reason;
  }

  boolean isVerified() {
    return verified && state != State.QUARANTINED;
  }

  boolean isVerifiedWithin(long now, long maxAgeNanos) {
    return isVerified() && now - verifiedAt < maxAgeNanos;
  }

  /** Nothing may go there: its provider asked for a pause, or it shows no pinned key. */
  boolean isThrottled(long now) {
    return throttled && throttledUntil - now > 0;
  }

  /** UP, its last exchange was good, and traffic has told its newest block of late. */
  synchronized boolean needsNoProbe(long now, long everyNanos) {
    return state == State.UP
        && history.failuresInARow() == 0
        && !overtaken
        && lookedAt.isPresent()
        && now - lookedAt.getAsLong() < everyNanos;
  }

  /** Whether nobody has to know how it stands while the pool is not used. */
  synchronized boolean mayRest() {
    return state == State.UP || (state == State.SUSPECT && position.falseLead() > 0);
  }

  boolean isBehind() {
    return behind;
  }

  /** A block that it has, by its own word, a little below its newest one; empty before any. */
  synchronized OptionalLong ownBlock() {
    return position.own();
  }

  /** Whether several nodes answer under its name that do not have the same blocks. */
  boolean isInconsistent() {
    return inconsistent;
  }

  /** What shows that; empty while it is not so. */
  synchronized String inconsistency() {
    return consistency.evidence();
  }

  /** Whether what it does not have is not there, as far as it goes. */
  boolean knowsAbsence() {
    return !behind && !inconsistent;
  }

  /** The same of what is at this height or below. */
  synchronized boolean knowsAbsence(long height) {
    return !inconsistent && position.hasReached(height);
  }

  /** Why what it does not have may be there all the same. */
  String cannotKnowAbsence(Endpoint endpoint) {
    String why = behind ? "trails the chain" : "is several nodes";
    return endpoint.name() + " " + why + " and cannot know that something is absent";
  }

  /** Answers, whatever it says, and may be asked. */
  boolean isUsable(long now) {
    return (state == State.UP || state == State.SUSPECT) && !isThrottled(now);
  }

  /** Neither in quarantine nor in a pause. */
  boolean mayBeAsked(long now) {
    return state != State.QUARANTINED && !isThrottled(now);
  }

  /** When something may go there again; zero for now. */
  long throttledNanos(long now) {
    return isThrottled(now) ? throttledUntil - now : 0;
  }

  /**
   * Expected wait for an answer, for comparing endpoints.
   *
   * @param load how many are under way or wait already
   */
  long cost(long now, int load) {
    return Latency.faded(cost, now - costAt) * (load + 1L);
  }

  /** How long an answer takes at most, mostly; zero when nothing is known. */
  synchronized long slowNanos() {
    return latency.slow();
  }

  /** Its part of the load in percent: 100, but less for half a minute after it came back. */
  synchronized int share(long now) {
    if (upAt.isEmpty() || now - upAt.getAsLong() >= SLOW_START_NANOS) {
      return FULL_SHARE;
    }
    long gained = (FULL_SHARE - FIRST_SHARE) * (now - upAt.getAsLong()) / SLOW_START_NANOS;
    return FIRST_SHARE + (int) gained;
  }

  synchronized void probed(long now) {
    overtaken = false;
    lookedAt = OptionalLong.of(now);
    probedAt = lookedAt;
  }

  /**
   * When to probe next. Throttled ones are probed when the pause is over; empty when only a person
   * can bring it back.
   *
   * @param everyNanos how old the knowledge about a healthy endpoint may become
   */
  synchronized OptionalLong probeInNanos(long now, long everyNanos) {
    if (state == State.QUARANTINED && lied) {
      return OptionalLong.empty();
    }
    long pause =
        switch (state) {
          case UP -> {
            long due = lookedAt.isEmpty() ? everyNanos : lookedAt.getAsLong() + everyNanos - now;
            long soon = history.failuresInARow() > 0 ? Math.min(due, FIRST_PROBE_NANOS) : due;
            long atOnce = lookedAt.isEmpty() ? 0 : lookedAt.getAsLong() + FIRST_PROBE_NANOS - now;
            yield overtaken ? Math.min(soon, Math.max(0, atOnce)) : soon;
          }
          case SUSPECT ->
              good < GOOD_ANSWERS_UNTIL_UP && position.falseLead() == 0 ? probeNanos : everyNanos;
          // Of its start: a probe that hangs shall not put off the next one.
          case DOWN -> probedAt.isEmpty() ? probeNanos : probedAt.getAsLong() + probeNanos - now;
          case QUARANTINED -> QUARANTINE_PROBE_NANOS;
        };
    return OptionalLong.of(Math.max(Math.max(pause, throttledNanos(now)), 0));
  }

  synchronized EndpointHealth health(
      Endpoint endpoint, long now, int inFlight, Optional<CreditUse> credits) {
    return new EndpointHealth(
        endpoint.name(),
        endpoint.operator(),
        state,
        reason,
        isVerified(),
        behind,
        consistency.evidence(),
        position.head(),
        Duration.ofNanos(throttledNanos(now)),
        Duration.ofNanos(latency.average(now)),
        inFlight,
        dissents,
        credits);
  }
}
