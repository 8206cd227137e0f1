package io.payonce.routing;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Whether one node answers under the name of an endpoint, or several that do not have the same
 * blocks. Only answers are compared of which one was asked for after the other had come: what one
 * node says to requests under way together comes in any order. Two things a single node does not do
 * again and again:
 *
 * <ul>
 *   <li>Its newest block falls back by more blocks than the chain's profile calls a lag. A restart
 *       and a reorganisation may do so, once.
 *   <li>A block that it had replaced by another one of the same height is its block again. A
 *       reorganisation that was taken back does so, once.
 * </ul>
 *
 * <p>So it takes a run of {@link #SIGNS}, each a settling window after the one before and no more
 * than ten, for the endpoint to be called inconsistent; and answers of ten minutes without any sign
 * to end it. Not thread-safe: its owner guards it. Times are nanoseconds of the pool's ticker.
 */
final class Consistency {
  /** The least that no weather of a chain brings about: each is an event of its own. */
  static final int SIGNS = 4;

  /** The next sign of a run comes within so many settling windows. */
  static final int WINDOWS_APART = 10;

  static final long STEADY_NANOS = TimeUnit.MINUTES.toNanos(10);

  /** A longer silence shows nothing: no more of it counts as steady. */
  private static final long MOST_GAP_NANOS = TimeUnit.SECONDS.toNanos(30);

  private static final int MOST_HEIGHTS = 128;
  private static final int MOST_HASHES = 4;

  /**
   * What one answer shows.
   *
   * @param heard when it came
   */
  record Window(long asked, long heard) {
    /** Whether this was asked for when that had been heard. */
    boolean isAfter(long other) {
      return asked - other > 0;
    }
  }

  /** A newest block, and since when it is known. */
  private record Top(long number, long heard) {}

  /** A block at its height: first heard of, and replaced by another one. */
  private static final class Shown {
    private long heard;
    private OptionalLong replaced = OptionalLong.empty();

    Shown(long heard) {
      this.heard = heard;
    }
  }

  private final int maxLag;
  private final long settlingNanos;

  /** By the question: some clients count a block before they show it. */
  private Optional<Top> counted = Optional.empty();

  private Optional<Top> shownTop = Optional.empty();
  private final TreeMap<Long, LinkedHashMap<String, Shown>> heights = new TreeMap<>();

  /** Of the last sign, and of the last one that made the run longer. */
  private OptionalLong signAt = OptionalLong.empty();

  private long countedAt;
  private int run;
  private long steadyNanos;
  private OptionalLong heardAt = OptionalLong.empty();
  private String evidence = "";

  /**
   * @param maxLag blocks by which a node may be behind others
   * @param blockTime three of it, 3 s at least, are the time in which a reorganisation settles
   */
  Consistency(int maxLag, Duration blockTime) {
    this.maxLag = maxLag;
    this.settlingNanos = Math.max(TimeUnit.SECONDS.toNanos(3), 3 * blockTime.toNanos());
  }

  /** What was seen; empty while it passes for one node. */
  String evidence() {
    return run >= SIGNS ? evidence : "";
  }

  /** How many blocks it remembers. */
  int size() {
    return heights.values().stream().mapToInt(Map::size).sum();
  }

  /** It says how many blocks there are, and no more ({@code eth_blockNumber}). */
  void counts(long number, Window when) {
    boolean fell = falls(counted, number, when);
    if (fell) {
      sign(when, "its newest block fell from %s to %s", counted.orElseThrow().number(), number);
    }
    counted = top(counted, fell, number, when);
    heard(when);
  }

  /**
   * It shows a block.
   *
   * @param parent of the block before it; empty when it is not shown
   * @param isNewest whether it was asked for its newest one
   */
  void shows(long number, String hash, Optional<String> parent, boolean isNewest, Window when) {
    if (isNewest) {
      boolean fell = falls(shownTop, number, when);
      if (fell) {
        sign(when, "its newest block fell from %s to %s", shownTop.orElseThrow().number(), number);
      }
      shownTop = top(shownTop, fell, number, when);
    }
    boolean isBack = isBack(number, hash, when);
    isBack |= parent.isPresent() && isBack(number - 1, parent.get(), when);
    if (isBack) {
      sign(when, "at block %s it is back at one that it had replaced", number, number);
    }
    heard(when);
  }

  private boolean falls(Optional<Top> top, long number, Window when) {
    return top.isPresent()
        && top.get().number() - number > maxLag
        && when.isAfter(top.get().heard());
  }

  private static Optional<Top> top(Optional<Top> before, boolean fell, long number, Window when) {
    return before.isEmpty() || fell || number > before.get().number()
        ? Optional.of(new Top(number, when.heard()))
        : before;
  }

  /** Whether this block had been replaced at its height, and is there again. */
  private boolean isBack(long number, String hash, Window when) {
    LinkedHashMap<String, Shown> there =
        heights.computeIfAbsent(number, unseen -> new LinkedHashMap<>());
    there.forEach(
        (other, shown) -> {
          boolean replaces =
              !other.equals(hash) && shown.replaced.isEmpty() && when.isAfter(shown.heard);
          if (replaces) {
            shown.replaced = OptionalLong.of(when.heard());
          }
        });
    Shown mine = there.get(hash);
    if (mine == null) {
      there.put(hash, new Shown(when.heard()));
      forget(there);
      return false;
    }
    if (mine.replaced.isEmpty() || !when.isAfter(mine.replaced.getAsLong())) {
      return false;
    }
    // Of one reorganisation that was taken back every height tells: only what came later counts.
    boolean isNews = signAt.isEmpty() || mine.replaced.getAsLong() - signAt.getAsLong() >= 0;
    mine.heard = when.heard();
    mine.replaced = OptionalLong.empty();
    return isNews;
  }

  private void forget(Map<String, Shown> there) {
    if (there.size() > MOST_HASHES) {
      Iterator<Map.Entry<String, Shown>> oldest = there.entrySet().iterator();
      oldest.next();
      oldest.remove();
    }
    if (heights.size() > MOST_HEIGHTS) {
      heights.pollFirstEntry();
    }
  }

  private void sign(Window when, String what, long from, long to) {
    long now = when.heard();
    steadyNanos = 0;
    signAt = OptionalLong.of(now);
    boolean isBroken = run >= SIGNS;
    if (run == 0 || (!isBroken && now - countedAt > WINDOWS_APART * settlingNanos)) {
      run = 1;
      countedAt = now;
    } else if (!isBroken && now - countedAt >= settlingNanos) {
      run++;
      countedAt = now;
      evidence = what.formatted(from, to) + ", for the " + run + "th time in a row";
    }
  }

  /** Only time counts as steady in which it was heard. */
  private void heard(Window when) {
    if (heardAt.isPresent() && (signAt.isEmpty() || signAt.getAsLong() != when.heard())) {
      long gap = Math.max(0, when.heard() - heardAt.getAsLong());
      steadyNanos += Math.min(MOST_GAP_NANOS, gap);
    }
    heardAt = OptionalLong.of(when.heard());
    if (steadyNanos >= STEADY_NANOS) {
      run = 0;
      evidence = "";
      steadyNanos = 0;
    }
  }
}
