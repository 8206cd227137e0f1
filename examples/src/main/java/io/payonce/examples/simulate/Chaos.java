package io.payonce.examples.simulate;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Decides by dice what fails at each point of the write-ahead protocol, and counts it. */
final class Chaos {
  private static final List<Fate> FATES = List.of(Fate.values());

  private final SplittableRandom dice;
  private final double rate;
  private final Map<String, Long> counts = new TreeMap<>();
  private int crashesLeft;
  private final Consumer<String> note;
  private boolean over;

  /**
   * Dice of one seed.
   *
   * @param rate share of the points at which something fails
   * @param crashes the most crashes
   * @param note told of each failure
   */
  Chaos(SplittableRandom dice, double rate, int crashes, Consumer<String> note) {
    this.note = note;
    this.dice = dice;
    this.rate = rate;
    this.crashesLeft = crashes;
  }

  /** The points of the protocol at which something can fail. */
  enum Point {
    P1_ACCEPT,
    P2_DECIDE,
    P3_BIND,
    P4_SIGN,
    P5_SIGNED,
    P6_SEND,
    P7_SENT,
    P8_OBSERVED,
    P9_REPLACE,
    P10_END,
    LOAD,
    RENEW,
    NOTICE,
    REQUEST
  }

  /** What happens at a point. */
  enum Fate {
    /** Nothing unusual. */
    FINE,
    CRASH_BEFORE,
    /** The work is half done, or done and its answer lost, when the process dies. */
    CRASH_DURING,
    CRASH_AFTER,
    /** An error, and nothing was done. */
    FAILS,
    /** An error that does not say whether it was done: it was. */
    UNKNOWN_DONE,
    /** An error that does not say whether it was done: it was not. */
    UNKNOWN_NOT_DONE
  }

  Fate at(Point point) {
    return at(point, rate);
  }

  /** For what is done several times a second: else nothing but this would ever fail. */
  Fate rarelyAt(Point point) {
    return at(point, rate / 50);
  }

  private Fate at(Point point, double rate) {
    if (over || dice.nextDouble() >= rate) {
      return Fate.FINE;
    }
    Fate fate = FATES.get(1 + dice.nextInt(FATES.size() - 1));
    boolean crash =
        fate == Fate.CRASH_BEFORE || fate == Fate.CRASH_DURING || fate == Fate.CRASH_AFTER;
    if (crash && crashesLeft-- <= 0) {
      return Fate.FINE;
    }
    count(point + "/" + fate);
    note.accept(point + " " + fate);
    return fate;
  }

  boolean coin(double probability) {
    return dice.nextDouble() < probability;
  }

  int between(int least, int most) {
    return least + dice.nextInt(most - least + 1);
  }

  void count(String what) {
    counts.merge(what, 1L, Long::sum);
  }

  /** No more faults from now on. */
  void end() {
    over = true;
  }

  boolean isOver() {
    return over;
  }

  Map<String, Long> counts() {
    return counts;
  }
}
