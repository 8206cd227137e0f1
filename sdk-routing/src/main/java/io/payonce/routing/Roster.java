package io.payonce.routing;

import io.payonce.routing.DecisionTrace.Candidate;
import io.payonce.routing.Endpoint.Role;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.routing.Node.Use;
import io.payonce.rpc.Operator;
import io.payonce.rpc.Route;
import io.payonce.rpc.RpcRequest;
import io.payonce.rpc.UnknownEndpointException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The configured endpoints, and who is asked next. It reads states and changes none. Thread-safe.
 *
 * <p>How each endpoint stands becomes a rank, and {@link Selection} chooses by it. Throttled and
 * quarantined endpoints get nothing.
 */
final class Roster {
  /** For so long a ranking is good that nothing has changed: the rest are slow changes by time. */
  private static final long RANKED_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** For what only a resting endpoint has: as long as an ordinary read has time. */
  private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(3);

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

  /** Those that take transactions that everyone may see; throws when there are none. */
  List<Node> requirePublic() {
    List<Node> all = with(Role.SUBMIT);
    if (all.isEmpty()) {
      throw new IllegalStateException("no endpoint of the pool has the role " + Role.SUBMIT);
    }
    return all;
  }

  /** The endpoints that a private route names; throws for a name that is none of them. */
  List<Node> along(Route route) {
    List<Node> named = new ArrayList<>();
    for (String name : route.endpoints()) {
      named.add(
          with(Role.PRIVATE_SUBMIT).stream()
              .filter(node -> node.endpoint.name().equals(name))
              .findFirst()
              .orElseThrow(() -> new UnknownEndpointException(name)));
    }
    return named;
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
    if (able.isEmpty() || able.size() == all.size()) {
      return all;
    }
    for (Node node : all) {
      if (!able.contains(node)) {
        node.meter.skipped(node.learned.lack(requests, now));
      }
    }
    return able;
  }

  /**
   * Those that an ordinary read is asked of. Where nobody who is able can answer soon, the others
   * say at once that they are not, and whatever else is in the body gets its answer.
   */
  static List<Node> ableNow(List<Node> all, List<RpcRequest<?>> requests, long now) {
    List<Node> able = able(all, requests, now);
    for (Node node : able) {
      State state = node.state.state();
      if (state != State.QUARANTINED
          && state != State.DOWN
          && node.waitNanos(now) <= LONGEST_WAIT_NANOS) {
        return able;
      }
    }
    return all;
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
    List<Node> readers = with(Role.READ);
    List<Candidate> all = candidates(readers, List.of(), now, Use.READ);
    List<Integer> places =
        Selection.inTier(all, Selection.equals(all, Selection.WORST_RANK_WITH_ROOM));
    List<Node> best = new ArrayList<>(places.size());
    for (int place : places) {
      if (all.get(place).share() < 100) {
        return new Ranked(List.of(), changes, now); // lots are drawn anew while one comes back
      }
      best.add(readers.get(place));
    }
    return new Ranked(best, changes, now);
  }

  /**
   * The best endpoint for a read that was tried at some already: at another operator if possible,
   * at one that is down only as a last resort.
   */
  Optional<Node> forRead(List<Node> readers, List<Node> tried, Use use) {
    return forRead(readers, tried, use, null);
  }

  /**
   * The same, written down.
   *
   * @param pen null for no trace
   */
  Optional<Node> forRead(List<Node> readers, List<Node> tried, Use use, Tracer.@Nullable Pen pen) {
    List<Candidate> all = candidates(readers, tried, wiring.now(), use);
    List<Integer> lots = new ArrayList<>(0);
    int place =
        Selection.forRead(
            all,
            bound -> {
              int lot = wiring.random(bound);
              if (pen != null) {
                lots.add(lot);
              }
              return lot;
            });
    if (pen != null) {
      pen.chosen(all, lots, place);
    }
    return place == Selection.NOBODY ? Optional.empty() : Optional.of(readers.get(place));
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

  static Optional<Node> best(List<Node> nodes, State worst, Use use, Wiring wiring) {
    List<Candidate> all = candidates(nodes, List.of(), wiring.now(), use);
    int worstRank = worst == State.DOWN ? Selection.WORST_RANK : Selection.WORST_RANK_ANSWERING;
    int place = Selection.best(all, worstRank, wiring::random);
    return place == Selection.NOBODY ? Optional.empty() : Optional.of(nodes.get(place));
  }

  /** How each of them stands now, in their order. */
  private static List<Candidate> candidates(List<Node> nodes, List<Node> tried, long now, Use use) {
    List<Candidate> all = new ArrayList<>(nodes.size());
    int bestRank = Selection.NEVER;
    for (Node node : nodes) {
      boolean isTried = tried.contains(node);
      int rank = isTried ? Selection.NEVER : rank(node, now, use);
      boolean may = rank < Selection.NEVER;
      bestRank = Math.min(bestRank, rank);
      all.add(
          new Candidate(
              node.endpoint.name(),
              node.endpoint.operator(),
              node.endpoint.tier(),
              isTried,
              rank,
              rank == 0 ? "" : isTried ? "tried" : NodeMeter.reason(node, use, now),
              may ? node.state.share(now) : 0,
              may ? node.cost(now) : 0));
    }
    for (int i = 0; i < all.size(); i++) {
      Candidate one = all.get(i);
      if (!one.tried() && one.rank() > bestRank) {
        nodes.get(i).meter.skipped(one.skip());
      }
    }
    return all;
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

  /**
   * One that trails, or is several nodes, is as bad as a suspect one: all of them are asked when
   * there is nobody better.
   */
  private static int rank(Node node, long now, Use use) {
    State state = node.stateNow(now);
    Turnstile.Room room = node.turnstile.room(now, use);
    if (room == Turnstile.Room.NONE || !node.state.mayBeAsked(now) || !node.credits.allows(use)) {
      return Selection.NEVER;
    }
    int later = room == Turnstile.Room.LATER ? 1 : 0;
    if (state == State.DOWN) {
      return Selection.WORST_RANK_ANSWERING + 1 + later;
    }
    return 2 * later + (state == State.UP && node.state.knowsAbsence() ? 0 : 1);
  }

  /** As {@link Selection} draws, without any candidates: every call comes through here. */
  private static Node drawn(List<Node> equals, long now, Wiring wiring) {
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
