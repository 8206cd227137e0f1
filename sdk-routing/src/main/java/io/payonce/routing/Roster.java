package io.payonce.routing;

import io.payonce.routing.Endpoint.Role;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.routing.Node.Use;
import io.payonce.rpc.Operator;
import io.payonce.rpc.RpcRequest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The configured endpoints, and who is asked next. It reads states and changes none. Thread-safe.
 *
 * <p>Better states come first. Within one, reads stay in the first tier that is not three times as
 * slow as the next; of two drawn by lot the cheaper is taken, so that the load spreads and yet
 * avoids the slow. Throttled and quarantined endpoints get nothing.
 */
final class Roster {
  private static final int TOO_SLOW = 3;

  /** UP, SUSPECT, the same with a line, then DOWN, DOWN with a line. */
  private static final int WORST_RANK_ANSWERING = 3;

  private static final int WORST_RANK_WITH_ROOM = 1;

  private static final int WORST_RANK = 5;
  private static final int NEVER = Integer.MAX_VALUE;

  /** For so long a ranking is good that nothing has changed: the rest are slow changes by time. */
  private static final long RANKED_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Wiring wiring;
  private volatile Listed listed;
  private volatile Ranked ranked;

  /** The equals among which ordinary reads draw; none when each call has to look by itself. */
  private record Ranked(List<Node> best, int changes, long at) {}

  /** The nodes, and those of each role: asked for by every call. */
  private record Listed(List<Node> all, Map<Role, List<Node>> byRole) {
    static Listed of(List<Node> nodes) {
      EnumMap<Role, List<Node>> byRole = new EnumMap<>(Role.class);
      for (Role role : Role.values()) {
        byRole.put(role, nodes.stream().filter(node -> node.endpoint.has(role)).toList());
      }
      return new Listed(List.copyOf(nodes), byRole);
    }

    List<Node> byRole(Role role) {
      return Objects.requireNonNull(byRole.get(role));
    }
  }

  Roster(List<Node> nodes, Wiring wiring) {
    this.listed = Listed.of(nodes);
    this.wiring = wiring;
    this.ranked = new Ranked(List.of(), wiring.changes(), wiring.now() - RANKED_NANOS);
  }

  /** Others are asked from now on; what is under way goes on as it began. */
  void replace(List<Node> others) {
    listed = Listed.of(others);
    wiring.changed();
  }

  List<Node> nodes() {
    return listed.all();
  }

  Set<Operator> operators() {
    TreeSet<Operator> all = new TreeSet<>();
    nodes().forEach(node -> all.add(node.endpoint.operator()));
    return all;
  }

  /** Who speaks for the operator in critical reads. */
  List<Node> voicesOf(Operator operator) {
    return of(operator, with(Role.VOTE));
  }

  List<Node> with(Role role) {
    return listed.byRole(role);
  }

  /** Whether it gets transactions that nobody else may hear of. */
  boolean isPrivate(String endpoint) {
    return with(Role.PRIVATE_SUBMIT).stream()
        .anyMatch(node -> node.endpoint.name().equals(endpoint));
  }

  static List<Node> of(Operator operator, List<Node> some) {
    return some.stream().filter(node -> node.endpoint.operator().equals(operator)).toList();
  }

  /** Those that are not known to lack a method or a block; all of them when every one is. */
  static List<Node> able(List<Node> all, List<RpcRequest<?>> requests, long now) {
    List<Node> able = new ArrayList<>(all.size());
    for (Node node : all) {
      if (node.learned.hasAll(requests, now)) {
        able.add(node);
      }
    }
    return able.isEmpty() ? all : able;
  }

  /** Those that may be asked for this kind of read. */
  List<Node> readers(RequestClass kind) {
    if (kind == RequestClass.ARCHIVE) {
      List<Node> archives = with(Role.ARCHIVE);
      if (!archives.isEmpty()) {
        return archives;
      }
    }
    return with(Role.READ);
  }

  /**
   * The first endpoint for a read that is no archive's, as long as there are two to draw from that
   * are equally good; else null, and the roster has to be searched. By a ranking that is made anew
   * when something changes, not for each call.
   */
  @Nullable Node drawnForRead(List<RpcRequest<?>> requests) {
    long now = wiring.now();
    Ranked current = ranked;
    if (current.changes != wiring.changes() || now - current.at >= RANKED_NANOS) {
      current = rank(now);
      ranked = current;
    }
    if (current.best.size() < 2) {
      return null;
    }
    Node node = drawn(current.best, now, wiring);
    boolean fits =
        node.turnstile.room(now, Use.READ) == Turnstile.Room.NOW
            && node.state.mayBeAsked(now)
            && node.credits.allows(Use.READ)
            && node.learned.hasAll(requests, now);
    return fits ? node : null;
  }

  private Ranked rank(long now) {
    int changes = wiring.changes(); // before what it counts is looked at
    List<Node> best = inTier(equals(with(Role.READ), now, WORST_RANK_WITH_ROOM, Use.READ), now);
    for (Node node : best) {
      if (node.state.share(now) < 100) {
        best = List.of(); // lots are drawn for each call while one of them comes back
        break;
      }
    }
    return new Ranked(best, changes, now);
  }

  /**
   * The best endpoint for a read that was tried at some already: at another operator if possible,
   * at one that is down only as a last resort.
   */
  Optional<Node> forRead(List<Node> readers, List<Node> tried, Use use) {
    List<Node> elsewhere = new ArrayList<>();
    List<Node> sameOperator = new ArrayList<>();
    if (tried.isEmpty()) {
      Optional<Node> first = best(readers, State.SUSPECT, use);
      return first.isPresent() ? first : best(readers, State.DOWN, use);
    }
    for (Node node : readers) {
      if (!tried.contains(node)) {
        boolean asked =
            tried.stream().anyMatch(t -> t.endpoint.operator().equals(node.endpoint.operator()));
        (asked ? sameOperator : elsewhere).add(node);
      }
    }
    Optional<Node> other = best(elsewhere, State.SUSPECT, use);
    if (other.isEmpty()) {
      other = best(sameOperator, State.SUSPECT, use);
    }
    if (other.isEmpty()) {
      elsewhere.addAll(sameOperator);
      other = best(elsewhere, State.DOWN, use);
    }
    return other;
  }

  /** The same for an ordinary read. */
  Optional<Node> forRead(List<Node> readers, List<Node> tried) {
    return forRead(readers, tried, Use.READ);
  }

  /**
   * When one of them may be asked again; empty when none is only held back by its provider's
   * limits.
   */
  static OptionalLong waitNanos(List<Node> some, long now, Use use) {
    return some.stream()
        .filter(node -> node.state.state() != State.QUARANTINED && node.credits.allows(use))
        .mapToLong(node -> node.waitNanos(now))
        .min();
  }

  /**
   * The best of some endpoints that is in the state or a better one. One where the request has to
   * wait in line comes after those with room that do answer, and before those that are down.
   */
  Optional<Node> best(List<Node> candidates, State worst, Use use) {
    return best(candidates, worst, use, wiring);
  }

  static Optional<Node> best(List<Node> candidates, State worst, Use use, Wiring wiring) {
    long now = wiring.now();
    List<Node> best =
        equals(candidates, now, worst == State.DOWN ? WORST_RANK : WORST_RANK_ANSWERING, use);
    return best.isEmpty()
        ? Optional.empty()
        : Optional.of(drawn(warm(inTier(best, now), now, wiring), now, wiring));
  }

  /** Those of the best rank that any of them has. */
  private static List<Node> equals(List<Node> candidates, long now, int worstRank, Use use) {
    List<Node> best = new ArrayList<>(candidates.size());
    int bestRank = worstRank;
    for (Node node : candidates) {
      int rank = rank(node, now, use);
      if (rank > bestRank) {
        continue;
      }
      if (rank < bestRank) {
        best.clear();
        bestRank = rank;
      }
      best.add(node);
    }
    for (Node node : candidates) {
      if (node.meter.isOn() && !best.contains(node)) {
        node.meter.skipped(node, use, now);
      }
    }
    return best;
  }

  /** Why each of these gets no such request for now, by name; empty for those that would get it. */
  static String whyNot(List<Node> some, long now, Use use) {
    StringBuilder why = new StringBuilder();
    for (Node node : some) {
      String reason =
          node.state.state() == State.QUARANTINED
              ? "quarantined"
              : node.state.isThrottled(now)
                  ? "throttled"
                  : !node.credits.allows(use)
                      ? "its credits of the month are spent"
                      : node.turnstile.room(now, use) == Turnstile.Room.NOW
                          ? ""
                          : "used to its limit";
      if (!reason.isEmpty()) {
        why.append(why.length() == 0 ? "" : ", ").append(node.endpoint.name());
        why.append(' ').append(reason);
      }
    }
    return why.toString();
  }

  /** One that trails is as bad as a suspect one: both are asked when there is nobody better. */
  private static int rank(Node node, long now, Use use) {
    State state = node.stateNow(now);
    Turnstile.Room room = node.turnstile.room(now, use);
    if (room == Turnstile.Room.NONE || !node.state.mayBeAsked(now) || !node.credits.allows(use)) {
      return NEVER;
    }
    int later = room == Turnstile.Room.LATER ? 1 : 0;
    if (state == State.DOWN) {
      return WORST_RANK_ANSWERING + 1 + later;
    }
    return 2 * later + (state == State.UP && !node.state.isBehind() ? 0 : 1);
  }

  private static List<Node> inTier(List<Node> equals, long now) {
    if (equals.isEmpty()) {
      return equals;
    }
    Endpoint.Tier first = equals.get(0).endpoint.tier();
    boolean several = false;
    for (Node node : equals) {
      several |= node.endpoint.tier() != first;
    }
    if (!several) {
      return equals;
    }
    Map<Endpoint.Tier, List<Node>> tiers = new TreeMap<>();
    for (Node node : equals) {
      tiers.computeIfAbsent(node.endpoint.tier(), tier -> new ArrayList<>()).add(node);
    }
    List<Node> chosen = List.of();
    for (List<Node> tier : tiers.values()) {
      long next = cheapest(tier, now); // zero where nothing is known yet
      if (chosen.isEmpty() || (next > 0 && cheapest(chosen, now) > TOO_SLOW * next)) {
        chosen = tier;
      }
    }
    return chosen;
  }

  private static long cheapest(List<Node> some, long now) {
    long least = Long.MAX_VALUE;
    for (Node node : some) {
      least = Math.min(least, node.cost(now));
    }
    return some.isEmpty() ? 0 : least;
  }

  /** Leaves out what has just come back, mostly, for as long as there are others. */
  private static List<Node> warm(List<Node> equals, long now, Wiring wiring) {
    boolean allWarm = true;
    for (Node node : equals) {
      allWarm &= node.state.share(now) == 100;
    }
    if (allWarm) {
      return equals;
    }
    List<Node> warm = new ArrayList<>();
    for (Node node : equals) {
      int share = node.state.share(now);
      if (share == 100 || wiring.random(100) < share) {
        warm.add(node);
      }
    }
    return warm.isEmpty() ? equals : warm;
  }

  /** The cheaper of two drawn by lot. */
  private static Node drawn(List<Node> equals, long now, Wiring wiring) {
    if (equals.size() == 1) {
      return equals.get(0);
    }
    int first = wiring.random(equals.size());
    int second = (first + 1 + wiring.random(equals.size() - 1)) % equals.size();
    Node one = equals.get(first);
    Node other = equals.get(second);
    return other.cost(now) < one.cost(now) ? other : one;
  }

  /**
   * The operators of some endpoints in the order in which they should get a transaction: those that
   * can be reached first, those that get nothing last.
   */
  List<Operator> forBroadcast(List<Node> targets) {
    TreeSet<Operator> all = new TreeSet<>();
    targets.forEach(node -> all.add(node.endpoint.operator()));
    List<Operator> order = new ArrayList<>();
    List<Node> left = new ArrayList<>(targets);
    for (Optional<Node> next = best(left, State.DOWN, Use.WRITE);
        next.isPresent();
        next = best(left, State.DOWN, Use.WRITE)) {
      Operator operator = next.get().endpoint.operator();
      order.add(operator);
      left.removeIf(node -> node.endpoint.operator().equals(operator));
      all.remove(operator);
    }
    order.addAll(all);
    return order;
  }
}
