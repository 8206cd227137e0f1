package io.payonce.routing;

import io.payonce.routing.EndpointHealth.State;
import io.payonce.rpc.Operator;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The configured endpoints, and who is asked next. It reads states and changes none. Thread-safe.
 *
 * <p>Better states come first, then the least expected wait; equal ones are drawn by lot, so that
 * idle endpoints share the load. Throttled and quarantined endpoints get nothing.
 */
final class Roster {
  private final List<Node> nodes;
  private final SortedMap<Operator, List<Node>> byOperator = new TreeMap<>();
  private final Wiring wiring;

  Roster(List<Node> nodes, Wiring wiring) {
    this.nodes = List.copyOf(nodes);
    this.wiring = wiring;
    for (Node node : nodes) {
      byOperator.computeIfAbsent(node.endpoint.operator(), o -> new ArrayList<>()).add(node);
    }
  }

  List<Node> nodes() {
    return nodes;
  }

  /** In the order of their ids. */
  Collection<Operator> operators() {
    return Collections.unmodifiableSet(byOperator.keySet());
  }

  List<Node> of(Operator operator) {
    return Collections.unmodifiableList(byOperator.getOrDefault(operator, List.of()));
  }

  /**
   * The best endpoint for a read that was tried at some already: at another operator if possible,
   * at one that is down only as a last resort.
   */
  Optional<Node> forRead(List<Node> tried) {
    List<Operator> triedOperators = new ArrayList<>();
    tried.forEach(node -> triedOperators.add(node.endpoint.operator()));
    List<Node> elsewhere = new ArrayList<>();
    List<Node> sameOperator = new ArrayList<>();
    for (Node node : nodes) {
      if (!tried.contains(node)) {
        boolean asked = triedOperators.contains(node.endpoint.operator());
        (asked ? sameOperator : elsewhere).add(node);
      }
    }
    Optional<Node> other = best(elsewhere, State.SUSPECT);
    if (other.isEmpty()) {
      other = best(sameOperator, State.SUSPECT);
    }
    if (other.isEmpty()) {
      elsewhere.addAll(sameOperator);
      other = best(elsewhere, State.DOWN);
    }
    return other;
  }

  /** The best of some endpoints that is in the state or a better one. */
  Optional<Node> best(List<Node> candidates, State worst) {
    long now = wiring.now();
    List<Node> best = new ArrayList<>();
    State bestState = worst;
    long bestCost = Long.MAX_VALUE;
    for (Node node : candidates) {
      State state = node.state.state();
      if (state.compareTo(bestState) > 0
          || state == State.QUARANTINED
          || node.state.isThrottled(now)) {
        continue;
      }
      long cost = node.state.cost(now);
      if (state.compareTo(bestState) < 0 || cost < bestCost) {
        best.clear();
        bestState = state;
        bestCost = cost;
      }
      if (cost == bestCost) {
        best.add(node);
      }
    }
    if (best.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(best.get(best.size() == 1 ? 0 : wiring.random(best.size())));
  }

  /**
   * All operators in the order in which they should get a transaction: those that can be reached
   * first, those that get nothing last.
   */
  List<Operator> forBroadcast() {
    List<Operator> order = new ArrayList<>();
    List<Node> left = new ArrayList<>(nodes);
    for (Optional<Node> next = best(left, State.DOWN);
        next.isPresent();
        next = best(left, State.DOWN)) {
      Operator operator = next.get().endpoint.operator();
      order.add(operator);
      left.removeAll(of(operator));
    }
    for (Operator operator : byOperator.keySet()) {
      if (!order.contains(operator)) {
        order.add(operator);
      }
    }
    return order;
  }
}
