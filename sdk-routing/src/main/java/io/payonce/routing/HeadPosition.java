package io.payonce.routing;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * How the newest block of one endpoint stands to that of the others: with them, behind, or further
 * ahead than can be true. Its owner guards it.
 */
final class HeadPosition {
  static final int GOOD_HEADS_UNTIL_LEVEL = 3;

  /** So many blocks ahead of everybody else, who go on: nobody is, for longer than a moment. */
  static final long MOST_AHEAD = 64;

  /** Far from where nodes begin to forget. */
  private static final long MOST_BELOW = 32;

  private static final long LEAST_STALL_NANOS = TimeUnit.SECONDS.toNanos(3);

  private final int maxLag;
  private final long stallNanos;
  private OptionalLong head = OptionalLong.empty();
  private long movedAt;
  private boolean behind;
  private int levelHeads;

  /** Since when it has been far ahead of the block that the others had then. */
  private OptionalLong aheadSince = OptionalLong.empty();

  private long aheadOf;
  private long lead;

  HeadPosition(int maxLag, Duration blockTime) {
    this.maxLag = maxLag;
    this.stallNanos = Math.max(LEAST_STALL_NANOS, 3 * blockTime.toNanos());
  }

  /**
   * Its newest block, as it says now.
   *
   * @param reference the newest block that two operators have; empty while nobody knows
   */
  void told(long now, long number, OptionalLong reference) {
    if (head.isEmpty() || number > head.getAsLong()) {
      movedAt = now;
    }
    head = OptionalLong.of(number);
    boolean trails = reference.isPresent() && reference.getAsLong() - number > maxLag;
    boolean stalls =
        reference.isPresent() && reference.getAsLong() > number && now - movedAt >= stallNanos;
    if (trails || stalls) {
      behind = true;
      levelHeads = 0;
    } else if (behind && ++levelHeads >= GOOD_HEADS_UNTIL_LEVEL) {
      behind = false;
    }
    reference.ifPresent(others -> watchLead(now, number, others));
  }

  /** Where the others stand still, the one that goes on may well be right. */
  private void watchLead(long now, long number, long others) {
    if (number - others <= MOST_AHEAD) {
      aheadSince = OptionalLong.empty();
      lead = 0;
    } else if (aheadSince.isEmpty()) {
      aheadSince = OptionalLong.of(now);
      aheadOf = others;
    } else if (now - aheadSince.getAsLong() >= stallNanos && others > aheadOf) {
      lead = number - others;
    }
  }

  OptionalLong head() {
    return head;
  }

  /** A block that it has still and for sure, also where several nodes answer that are not level. */
  OptionalLong own() {
    return head.isEmpty()
        ? head
        : OptionalLong.of(Math.max(0, head.getAsLong() - Math.min(maxLag, MOST_BELOW)));
  }

  boolean isBehind() {
    return behind;
  }

  /** Whether it has this block, as far as anybody knows. */
  boolean hasReached(long height) {
    return !behind || (head.isPresent() && head.getAsLong() >= height);
  }

  /** How far it is ahead where that cannot be true; else 0. */
  long falseLead() {
    return lead;
  }
}
