package io.payonce.routing;

import io.payonce.routing.DecisionTrace.Candidate;
import io.payonce.rpc.Operator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Who is asked next, among candidates as they stand at one moment. Pure: equal candidates and equal
 * lots give the same choice, so that a recorded one can be made again.
 *
 * <p>Better ranks come first. Within one, reads stay in the first tier that is not three times as
 * slow as the next; of two drawn by lot the cheaper is taken, so that the load spreads and yet
 * avoids the slow.
 */
final class Selection {
  /** UP, SUSPECT or behind, the same with a line, then DOWN, DOWN with a line. */
  static final int WORST_RANK_ANSWERING = 3;

  static final int WORST_RANK_WITH_ROOM = 1;
  static final int WORST_RANK = 5;

  /** May not be asked at all. */
  static final int NEVER = Integer.MAX_VALUE;

  static final int NOBODY = -1;

  private static final int TOO_SLOW = 3;
  private static final int FULL_SHARE = 100;

  private Selection() {}

  /** Draws 0 to {@code bound - 1}. */
  interface Lots {
    int draw(int bound);
  }

  /**
   * The place of the best one for a read that was tried at some already: at another operator if
   * possible, at one that is down only as a last resort; {@link #NOBODY} when none may be asked.
   */
  static int forRead(List<Candidate> all, Lots lots) {
    List<Integer> elsewhere = new ArrayList<>();
    List<Integer> sameOperator = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      if (!all.get(i).tried()) {
        (isAsked(all, all.get(i).operator()) ? sameOperator : elsewhere).add(i);
      }
    }
    int other = best(all, elsewhere, WORST_RANK_ANSWERING, lots);
    if (other == NOBODY) {
      other = best(all, sameOperator, WORST_RANK_ANSWERING, lots);
    }
    if (other == NOBODY) {
      elsewhere.addAll(sameOperator);
      other = best(all, elsewhere, WORST_RANK, lots);
    }
    return other;
  }

  private static boolean isAsked(List<Candidate> all, Operator operator) {
    for (Candidate one : all) {
      if (one.tried() && one.operator().equals(operator)) {
        return true;
      }
    }
    return false;
  }

  /** The place of the best that has this rank or a better one. */
  static int best(List<Candidate> all, int worstRank, Lots lots) {
    return best(all, places(all), worstRank, lots);
  }

  private static List<Integer> places(List<Candidate> all) {
    List<Integer> places = new ArrayList<>(all.size());
    for (int i = 0; i < all.size(); i++) {
      places.add(i);
    }
    return places;
  }

  private static int best(List<Candidate> all, List<Integer> some, int worstRank, Lots lots) {
    List<Integer> best = inTier(all, equals(all, some, worstRank));
    return best.isEmpty() ? NOBODY : drawn(all, warm(all, best, lots), lots);
  }

  /** The places of those of the best rank that any of them has. */
  static List<Integer> equals(List<Candidate> all, int worstRank) {
    return equals(all, places(all), worstRank);
  }

  private static List<Integer> equals(List<Candidate> all, List<Integer> some, int worstRank) {
    List<Integer> best = new ArrayList<>(some.size());
    int bestRank = worstRank;
    for (int i : some) {
      int rank = all.get(i).rank();
      if (rank < bestRank) {
        best.clear();
        bestRank = rank;
      }
      if (rank == bestRank) {
        best.add(i);
      }
    }
    return best;
  }

  static List<Integer> inTier(List<Candidate> all, List<Integer> equals) {
    Map<Endpoint.Tier, List<Integer>> tiers = new TreeMap<>();
    for (int i : equals) {
      tiers.computeIfAbsent(all.get(i).tier(), tier -> new ArrayList<>()).add(i);
    }
    List<Integer> chosen = List.of();
    for (List<Integer> tier : tiers.values()) {
      long next = cheapest(all, tier); // zero where nothing is known yet
      if (chosen.isEmpty() || (next > 0 && cheapest(all, chosen) > TOO_SLOW * next)) {
        chosen = tier;
      }
    }
    return chosen;
  }

  private static long cheapest(List<Candidate> all, List<Integer> some) {
    long least = Long.MAX_VALUE;
    for (int i : some) {
      least = Math.min(least, all.get(i).cost());
    }
    return least;
  }

  /** Leaves out what has just come back, mostly, for as long as there are others. */
  private static List<Integer> warm(List<Candidate> all, List<Integer> equals, Lots lots) {
    List<Integer> warm = new ArrayList<>(equals.size());
    for (int i : equals) {
      int share = all.get(i).share();
      if (share == FULL_SHARE || lots.draw(FULL_SHARE) < share) {
        warm.add(i);
      }
    }
    return warm.isEmpty() ? equals : warm;
  }

  /** The cheaper of two drawn by lot. */
  private static int drawn(List<Candidate> all, List<Integer> equals, Lots lots) {
    if (equals.size() == 1) {
      return equals.get(0);
    }
    int first = lots.draw(equals.size());
    int second = (first + 1 + lots.draw(equals.size() - 1)) % equals.size();
    Candidate one = all.get(equals.get(first));
    Candidate other = all.get(equals.get(second));
    return equals.get(other.cost() < one.cost() ? second : first);
  }
}
