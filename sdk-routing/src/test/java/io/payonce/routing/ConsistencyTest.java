package io.payonce.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.routing.Consistency.Window;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When answers show that one URL is several nodes, and when they only show the weather. */
final class ConsistencyTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);
  private static final int SEEDS = 60;

  /** A chain's rhythm, and what its profile calls a lag. */
  private record Pace(long blockNanos, int maxLag) {
    static final List<Pace> ALL =
        List.of(new Pace(12 * SECOND, 1), new Pace(2 * SECOND, 20), new Pace(SECOND / 4, 20));

    Consistency fresh() {
      return new Consistency(maxLag, Duration.ofNanos(blockNanos));
    }

    long settling() {
      return Math.max(3 * SECOND, 3 * blockNanos);
    }

    /** All signs of a run, each as late as it may be. */
    long bound() {
      return Consistency.SIGNS * Consistency.WINDOWS_APART * settling();
    }
  }

  /** What one node has at each time: hashes by height, the last of them its newest block. */
  private static final class History {
    private final TreeMap<Long, List<Integer>> versions = new TreeMap<>();

    List<Integer> at(long time) {
      return versions.floorEntry(time).getValue();
    }
  }

  private static final class Weather {
    /** Of a thousand blocks so many bring a reorganisation, and so many are taken back after it. */
    int reorgs;

    int takenBack;

    /** It starts anew, some blocks behind its own database. */
    int restarts;
  }

  private static History history(Random random, Pace pace, long length, Weather weather) {
    History history = new History();
    List<Integer> chain = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      chain.add(i);
    }
    int made = 1_000;
    long takenBackUntil = 0;
    for (long time = -pace.blockNanos(); time < length; ) {
      history.versions.put(time, List.copyOf(chain));
      time += pace.blockNanos() / 2 + (long) (random.nextDouble() * pace.blockNanos());
      int lot = random.nextInt(1_000);
      if (lot < weather.reorgs) {
        int depth = 1 + random.nextInt(3);
        List<Integer> before = List.copyOf(chain);
        chain.subList(chain.size() - depth, chain.size()).clear();
        for (int i = random.nextInt(2); i < depth; i++) { // lower than before, now and then
          chain.add(made++);
        }
        if (lot < weather.takenBack && time > takenBackUntil) {
          history.versions.put(time, List.copyOf(chain));
          time += 1 + (long) (random.nextDouble() * pace.settling());
          chain = new ArrayList<>(before);
          takenBackUntil = time + 10 * MINUTE;
        }
      } else if (lot >= 1_000 - weather.restarts) {
        int lost = Math.min(90, pace.maxLag() + 1 + random.nextInt(30));
        List<Integer> before = List.copyOf(chain);
        for (int i = before.size() - lost; i < before.size(); i++) {
          history.versions.put(time, before.subList(0, i));
          time += pace.blockNanos() / 3;
        }
      } else {
        chain.add(made++);
      }
    }
    return history;
  }

  /** One question and its answer, from whatever the node is at a moment in between. */
  private record Asked(long asked, long sampled, long heard, int kind, int depth) {}

  /** Questions at random, many of them at once, and some as slow as others are quick. */
  private static List<Asked> traffic(Random random, long length, long pauseNanos) {
    List<Asked> all = new ArrayList<>();
    for (long time = 0; time < length; time += (long) (2 * pauseNanos * random.nextDouble())) {
      long took = random.nextInt(10) == 0 ? 5 * SECOND : SECOND / 10;
      long heard = time + 1 + (long) (took * random.nextDouble());
      long sampled = time + (long) ((heard - time) * random.nextDouble());
      all.add(new Asked(time, sampled, heard, random.nextInt(3), random.nextInt(6)));
    }
    all.sort(Comparator.comparingLong(Asked::heard));
    return all;
  }

  private static void answer(Consistency consistency, Asked asked, List<Integer> chain) {
    Window when = new Window(asked.asked(), asked.heard());
    int newest = chain.size() - 1;
    if (asked.kind() == 0) {
      consistency.counts(newest, when);
      return;
    }
    boolean isNewest = asked.kind() == 1;
    int number = isNewest ? newest : newest - asked.depth();
    consistency.shows(
        number, hash(chain, number), Optional.of(hash(chain, number - 1)), isNewest, when);
  }

  private static String hash(List<Integer> chain, int number) {
    return String.format("0x%064x", chain.get(number));
  }

  @Test
  void one_node_passes_for_one_whatever_the_weather_and_however_answers_overtake_one_another() {
    Map<Integer, Integer> kinds = new TreeMap<>();
    for (Pace pace : Pace.ALL) {
      for (int seed = 0; seed < SEEDS; seed++) {
        Random random = new Random(seed);
        Weather weather = new Weather();
        weather.reorgs = seed % 3 == 0 ? 0 : 30 * (seed % 4);
        weather.takenBack = weather.reorgs / 10;
        weather.restarts = seed % 5 == 0 ? 1 : 0;
        long length = Math.min(120 * MINUTE, 2_000 * pace.blockNanos());
        History node = history(random, pace, length, weather);
        long pause = Math.max(SECOND / 20, pace.blockNanos() / (1 + random.nextInt(8)));
        Consistency consistency = pace.fresh();
        for (Asked asked : traffic(random, length, pause)) {
          answer(consistency, asked, node.at(asked.sampled()));
          kinds.merge(asked.kind(), 1, Integer::sum);
          assertThat(consistency.evidence()).as("%s, seed %d", pace, seed).isEmpty();
        }
      }
    }
    assertThat(kinds.values()).hasSize(3).allMatch(count -> count > 10_000);
  }

  @Test
  void nodes_that_are_no_further_apart_than_a_lag_pass_for_one() {
    for (Pace pace : Pace.ALL) {
      for (int seed = 0; seed < SEEDS; seed++) {
        Random random = new Random(seed);
        long length = Math.min(60 * MINUTE, 1_000 * pace.blockNanos());
        History ahead = history(random, pace, length, new Weather());
        Consistency consistency = pace.fresh();
        for (Asked asked : traffic(random, length, Math.max(SECOND / 20, pace.blockNanos() / 4))) {
          List<Integer> chain = ahead.at(asked.sampled());
          int lag = random.nextInt(pace.maxLag() + 1);
          answer(consistency, asked, chain.subList(0, chain.size() - lag));
          assertThat(consistency.evidence()).as("%s, seed %d", pace, seed).isEmpty();
        }
      }
    }
  }

  /** How long it took to find out; fails where it was not. */
  private static long found(
      Pace pace, int seed, int questionsABlock, Backends backends, Random random) {
    long length = pace.bound() + MINUTE;
    Consistency consistency = pace.fresh();
    long pause = pace.blockNanos() / questionsABlock;
    for (Asked asked : traffic(random, length, pause)) {
      answer(consistency, asked, backends.answers(asked.sampled()));
      if (!consistency.evidence().isEmpty()) {
        return asked.heard();
      }
    }
    throw new AssertionError(pace + ", seed " + seed + ": " + length + " ns were not enough");
  }

  /** Which chain the node has that gets a question. */
  private interface Backends {
    List<Integer> answers(long time);
  }

  @Test
  void nodes_further_apart_than_a_lag_are_found_out_however_questions_fall_to_them() {
    long longest = 0;
    for (Pace pace : Pace.ALL) {
      for (int seed = 0; seed < SEEDS; seed++) {
        Random random = new Random(seed);
        History ahead = history(random, pace, pace.bound() + 2 * MINUTE, new Weather());
        int lag = pace.maxLag() + 3 + random.nextInt(20);
        boolean turns = seed % 2 == 0;
        int[] asked = {0};
        Backends backends =
            time -> {
              List<Integer> chain = ahead.at(time);
              boolean late = turns ? asked[0]++ % 2 == 0 : random.nextInt(3) == 0;
              return late ? chain.subList(0, chain.size() - lag) : chain;
            };
        long took = found(pace, seed, 1 + random.nextInt(8), backends, random);
        assertThat(took).as("%s, seed %d", pace, seed).isBetween(2 * SECOND, pace.bound());
        longest = Math.max(longest, took / pace.settling());
      }
    }
    System.out.println("found out after " + longest + " settling windows at most");
  }

  @Test
  void nodes_on_two_branches_are_found_out() {
    for (Pace pace : Pace.ALL) {
      for (int seed = 0; seed < SEEDS; seed++) {
        Random random = new Random(seed);
        History one = history(random, pace, pace.bound() + 2 * MINUTE, new Weather());
        Backends backends =
            time -> {
              List<Integer> chain = one.at(time);
              if (random.nextBoolean()) {
                return chain;
              }
              List<Integer> branch = new ArrayList<>(chain.subList(0, 95));
              chain.subList(95, chain.size()).forEach(hash -> branch.add(1_000_000 + hash));
              return branch;
            };
        long took = found(pace, seed, 4, backends, random);
        assertThat(took).as("%s, seed %d", pace, seed).isBetween(2 * SECOND, pace.bound());
      }
    }
  }

  private static Consistency inconsistent(Pace pace) {
    Consistency consistency = pace.fresh();
    for (int i = 0; i < Consistency.SIGNS; i++) {
      assertThat(consistency.evidence()).isEmpty();
      long now = i * pace.settling();
      consistency.counts(200, new Window(now, now + 1));
      consistency.counts(100, new Window(now + 2, now + 3));
    }
    assertThat(consistency.evidence())
        .isEqualTo("its newest block fell from 200 to 100, for the 4th time in a row");
    return consistency;
  }

  @Test
  void it_ends_after_ten_minutes_of_answers_without_a_sign() {
    Pace pace = Pace.ALL.get(0);
    Consistency consistency = inconsistent(pace);
    long start = 3 * pace.settling() + 3;
    long time = start;
    while (!consistency.evidence().isEmpty()) {
      time += SECOND;
      consistency.counts(300 + time / SECOND, new Window(time, time));
    }
    assertThat(time - start).isEqualTo(10 * MINUTE);
    for (int i = 1; i < Consistency.SIGNS; i++) {
      consistency.counts(9_000, new Window(time + 1, time + 2));
      consistency.counts(100, new Window(time + 3, time + 4));
      time += pace.settling();
    }
    assertThat(consistency.evidence()).isEmpty(); // it takes as much as the first time
  }

  @Test
  void a_sign_begins_the_ten_minutes_anew_and_silence_is_no_part_of_them() {
    Pace pace = Pace.ALL.get(0);
    Consistency consistency = inconsistent(pace);
    long time = 3 * pace.settling();
    for (int i = 0; i < 599; i++) {
      time += SECOND;
      consistency.counts(300, new Window(time, time));
    }
    consistency.counts(200, new Window(time + 1, time + 2));
    time += 60 * MINUTE;
    consistency.counts(301, new Window(time, time));
    assertThat(consistency.evidence()).isNotEmpty();
    for (int i = 0; i < 18; i++) {
      time += 60 * MINUTE;
      consistency.counts(302, new Window(time, time));
    }
    assertThat(consistency.evidence()).isNotEmpty(); // 19 times half a minute
    consistency.counts(303, new Window(time + MINUTE, time + MINUTE));
    assertThat(consistency.evidence()).isEmpty();
  }

  @Test
  void answers_to_questions_under_way_together_are_not_compared() {
    Consistency consistency = Pace.ALL.get(0).fresh();
    for (int i = 0; i < 100; i++) {
      long start = i * 40L * SECOND;
      long number = 100L * i;
      consistency.counts(number + 100, new Window(start, start + 5));
      consistency.counts(number, new Window(start + 5, start + 9)); // asked as the other one came
      consistency.counts(number + 100, new Window(start + 6, start + 9));
    }
    assertThat(consistency.evidence()).isEmpty();
  }

  @Test
  void what_it_keeps_is_bounded_whatever_an_endpoint_shows() {
    Consistency consistency = Pace.ALL.get(0).fresh();
    Random random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      String hash = String.format("0x%064x", random.nextInt(1_000));
      consistency.shows(random.nextInt(10_000), hash, Optional.of(hash), false, new Window(i, i));
    }
    assertThat(consistency.size()).isLessThanOrEqualTo(129 * 5);
  }
}
