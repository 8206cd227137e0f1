package io.payonce.examples.simulate;

import io.payonce.store.TransferState;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The faults of one seed: says what fails at each point of the write-ahead protocol, lets planned
 * troubles happen, and counts both.
 *
 * <p>A fault has a name, and whether it strikes depends on seed and name alone: the third commit at
 * a point fails whatever became of the second. So a failing run can be run again with any part of
 * its faults, which is how they are shrunk to those that matter.
 */
final class Chaos {
  private static final List<Fate> FATES = List.of(Fate.values());
  private static final double RARE_POINTS = 4;
  private static final double SELDOM = 1 / 50.0;

  private final long seed;
  private final SplittableRandom dice;
  private final double rate;
  private final Predicate<String> wanted;
  private final Consumer<String> note;
  private final Supplier<Map<TransferState, Long>> states;
  private final Map<Point, Long> visits = new EnumMap<>(Point.class);
  private final Map<String, Long> counts = new TreeMap<>();
  private final Map<String, Map<TransferState, Long>> met = new TreeMap<>();
  private final Set<String> happened = new LinkedHashSet<>();
  private int crashesLeft;
  private boolean over;

  /**
   * Faults of one seed.
   *
   * @param rate share of the points at which something fails
   * @param crashes the most crashes
   * @param wanted names of the faults that may happen; the others are passed over
   * @param states of all payments now, for coverage
   * @param note told of each failure
   */
  Chaos(
      long seed,
      double rate,
      int crashes,
      Predicate<String> wanted,
      Supplier<Map<TransferState, Long>> states,
      Consumer<String> note) {
    this.seed = seed;
    this.dice = new SplittableRandom(seed);
    this.rate = rate;
    this.crashesLeft = crashes;
    this.wanted = wanted;
    this.states = states;
    this.note = note;
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
    ARCHIVE,
    REQUEST,
    OUTBOX,
    /** The first entry of a wallet, once in a run. */
    REGISTER,
    /** A question to the journal: {@link #unanswered}. */
    READ,
    /** What the key does besides being down: {@link #signerFault}. */
    SIGNER;

    /** Points that a run passes only a few times: more of them fail. */
    private boolean isRare() {
      return this == P2_DECIDE
          || this == P8_OBSERVED
          || this == P9_REPLACE
          || this == P10_END
          || this == REGISTER;
    }
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

  /** What a key can do besides. */
  enum SignerFault {
    NONE,
    /** Answers after a while, perhaps after the caller is gone. */
    SLOW,
    /** Signs, gives the bytes to the pools and no answer. */
    LEAKS,
    /** Signs something else than was asked for. */
    ALTERS,
    /** Refuses for good, whatever it did before. */
    REFUSES
  }

  Fate at(Point point) {
    return at(point, point.isRare() ? RARE_POINTS * rate : rate);
  }

  /** For what is done several times a second: else nothing but this would ever fail. */
  Fate rarelyAt(Point point) {
    return at(point, SELDOM * rate);
  }

  private Fate at(Point point, double rate) {
    long visit = visits.merge(point, 1L, Long::sum);
    SplittableRandom own = dice(point, visit);
    if (over || own.nextDouble() >= rate) {
      return Fate.FINE;
    }
    Fate fate = FATES.get(1 + own.nextInt(FATES.size() - 1));
    boolean crash =
        fate == Fate.CRASH_BEFORE || fate == Fate.CRASH_DURING || fate == Fate.CRASH_AFTER;
    boolean spared = crash && crashesLeft <= 0 && !point.isRare(); // which come last, and seldom
    if (spared || !happens(point + "/" + fate, "visit " + visit)) {
      return Fate.FINE;
    }
    crashesLeft -= crash ? 1 : 0;
    return fate;
  }

  /** Whether a question of which there are many a second gets no answer. It changes nothing. */
  boolean unanswered(Point point) {
    long visit = visits.merge(point, 1L, Long::sum);
    return !over
        && dice(point, visit).nextDouble() < SELDOM * rate
        && happens(point + "/" + Fate.FAILS, "visit " + visit);
  }

  SignerFault signerFault() {
    long visit = visits.merge(Point.SIGNER, 1L, Long::sum);
    SplittableRandom own = dice(Point.SIGNER, visit);
    if (over || own.nextDouble() >= rate) {
      return SignerFault.NONE;
    }
    SignerFault[] kinds = SignerFault.values();
    SignerFault fault = kinds[1 + own.nextInt(kinds.length - 1)];
    return happens(Point.SIGNER + "/" + fault, "visit " + visit) ? fault : SignerFault.NONE;
  }

  private SplittableRandom dice(Point point, long visit) {
    return new SplittableRandom(
        seed ^ point.name().hashCode() * 0x9E3779B97F4A7C15L ^ visit * 0xD1B54A32D192ED03L);
  }

  /**
   * Whether a fault of this kind strikes now; if so it is counted.
   *
   * @param which tells it apart from the others of its kind
   */
  boolean happens(String kind, String which) {
    String name = kind + "@" + which;
    if (over || !wanted.test(name)) {
      return false;
    }
    happened.add(name);
    count(kind);
    meets(kind);
    note.accept(name);
    return true;
  }

  /** A fault that lasts is looked at once more: which states it meets now. */
  void meets(String kind) {
    Map<TransferState, Long> seen =
        met.computeIfAbsent(kind, k -> new EnumMap<>(TransferState.class));
    states.get().forEach((state, payments) -> seen.merge(state, 1L, Long::sum));
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

  /** For each kind, in which states it found payments, and how often. */
  Map<String, Map<TransferState, Long>> met() {
    return met;
  }

  /** Names of the faults that struck, in their order. */
  List<String> happened() {
    return List.copyOf(happened);
  }
}
