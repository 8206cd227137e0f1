package io.payonce.submit.internal;

import io.payonce.BlockRef;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What the engine remembers about a slot beyond the journal; losing it costs time only. */
final class SlotWork {
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);

  boolean signing;
  boolean sending;

  /** Since when, while it is so. */
  long sendingSince;

  /** Nothing is signed or sent again before these moments. */
  long signAgainAt;

  long sendAgainAt;
  int signFailures;
  int sends;

  /** Since when the newest bytes are out, for {@code stuckAfter}. */
  long outSince;

  /** A node refused the newest bytes for their fee. */
  boolean feeRefused;

  /** Somebody asked for a replacement now. */
  boolean speedUp;

  /** The newest bytes go to every operator in this round. */
  boolean toEveryone;

  /** A node found too little money. */
  boolean fundsShort;

  /** A node asked for this nonce, having one above it. */
  boolean missed;

  /** The head at which every operator first refused the payload of the newest bytes. */
  Optional<Long> refusedAtHead = Optional.empty();

  /** Their words, when they did so again at a later head. */
  Optional<String> refusedByAll = Optional.empty();

  /** Why it waits, as far as a person was told. */
  final Set<String> told = new TreeSet<>();

  /** The head at which a final block first did not say what took the nonce. */
  Optional<BlockRef> contradictedAt = Optional.empty();

  /**
   * Attempts that were in a block once and were reorganised out of it: sent again with the newest.
   */
  final Set<Integer> reorganised = new TreeSet<>();

  SlotWork(Moment now) {
    signAgainAt = now.nanos();
    sendAgainAt = now.nanos();
    outSince = now.nanos();
  }

  void startSending(Moment now) {
    sending = true;
    sendingSince = now.nanos();
  }

  /** A node that takes long to answer gets as long a rest: the bytes may still be in its queue. */
  void sent(Moment now, Duration firstPause) {
    long took = now.nanos() - sendingSince;
    sending = false;
    missed = false;
    sends++;
    sendAgainAt = now.nanos() + Math.max(took, pause(firstPause, sends).toNanos());
  }

  void signingFailed(Moment now) {
    signing = false;
    signFailures++;
    signAgainAt = now.nanos() + pause(Duration.ofMillis(500), signFailures).toNanos();
  }

  /** Newer bytes replace what was known about the older ones. */
  void newBytes(Moment now) {
    signing = false;
    signFailures = 0;
    sends = 0;
    sendAgainAt = now.nanos();
    outSince = now.nanos();
    feeRefused = false;
    speedUp = false;
    fundsShort = false;
    refusedAtHead = Optional.empty();
    refusedByAll = Optional.empty();
    told.clear();
  }

  private static Duration pause(Duration first, int count) {
    Duration pause = first.multipliedBy(1L << Math.min(count - 1, 10));
    return pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
  }
}
