package io.payonce.routing;

import io.payonce.rpc.Operator;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gathers what the next process shall know, and gives it back to the parts of a pool. */
final class StateSnapshot {
  private static final Logger LOG = LoggerFactory.getLogger(RpcPool.class);

  /** Nothing that was learned is believed for as long, whatever a wall clock says. */
  private static final Duration LONGEST = Duration.ofDays(1);

  private final Roster roster;
  private final Absentees absentees;
  private final Voters voters;
  private final StateKeeper keeper;
  private final Wiring wiring;

  StateSnapshot(
      Roster roster, Absentees absentees, Voters voters, StateKeeper keeper, Wiring wiring) {
    this.roster = roster;
    this.absentees = absentees;
    this.voters = voters;
    this.keeper = keeper;
    this.wiring = wiring;
  }

  /** What an earlier process knew of these endpoints. */
  void restore(RoutingState before) {
    for (Node node : roster.nodes()) {
      String name = node.endpoint.name();
      Optional.ofNullable(before.credits().get(name))
          .ifPresent(spent -> node.credits.restore(spent.month(), spent.credits()));
      Optional.ofNullable(before.quarantines().get(name))
          .filter(why -> why.operator().equals(node.endpoint.operator()))
          .ifPresent(node::restore);
      Optional.ofNullable(before.missing().get(name))
          .ifPresent(
              methods ->
                  methods.forEach(
                      (method, until) ->
                          node.learned.lacks(method, wiring.now(), nanosUntil(until))));
      Optional.ofNullable(before.history().get(name))
          .ifPresent(
              kinds ->
                  kinds.forEach(
                      (kind, first) ->
                          node.learned.history(
                              kind,
                              new Learned.Believed(first.block(), nanosUntil(first.until())),
                              wiring.now())));
      Optional.ofNullable(before.limits().get(name))
          .ifPresent(
              limits ->
                  limits.forEach(
                      (limit, most) ->
                          node.learned.limit(
                              limit,
                              new Learned.Believed(most.count(), nanosUntil(most.until())),
                              wiring.now())));
    }
    absentees.restore(
        before,
        roster.nodes().stream()
            .collect(Collectors.toMap(n -> n.endpoint.name(), n -> n.endpoint.operator())));
    wiring.privates.restore(before.hidden());
    Set<Operator> now = voters.rule().voters();
    if (!before.voters().equals(now)) {
      LOG.warn("chain {}: {} vote in place of {}", wiring.chainId, now, before.voters());
      wiring.announcer.tell(listener -> listener.votersChanged(before.voters(), now));
    }
  }

  /** Time that the wall clock still gives it; negative when it is over. */
  private long nanosUntil(Instant until) {
    Duration left = Duration.between(wiring.clock().instant(), until);
    return left.compareTo(LONGEST) > 0 ? LONGEST.toNanos() : left.toNanos();
  }

  /** What the next process shall know. */
  RoutingState now() {
    TreeMap<String, RoutingState.Spent> credits = new TreeMap<>();
    TreeMap<String, RoutingState.Quarantine> quarantines = new TreeMap<>();
    TreeMap<String, SortedMap<String, Instant>> missing = new TreeMap<>();
    TreeMap<String, SortedMap<HistoryKind, RoutingState.First>> history = new TreeMap<>();
    TreeMap<String, SortedMap<RoutingState.Limit, RoutingState.Most>> limits = new TreeMap<>();
    absentees.addTo(credits, quarantines);
    Instant today = wiring.clock().instant();
    for (Node node : roster.nodes()) {
      String name = node.endpoint.name();
      node.credits.spent().ifPresent(spent -> credits.put(name, spent));
      node.quarantine().ifPresent(why -> quarantines.put(name, why));
      TreeMap<String, Instant> methods = new TreeMap<>();
      node.learned
          .missingNanos(wiring.now())
          .forEach((method, nanos) -> methods.put(method, today.plusNanos(nanos)));
      missing.put(name, methods);
      TreeMap<HistoryKind, RoutingState.First> kinds = new TreeMap<>();
      node.learned
          .history(wiring.now())
          .forEach(
              (kind, first) ->
                  kinds.put(
                      kind,
                      new RoutingState.First(first.number(), today.plusNanos(first.nanos()))));
      history.put(name, kinds);
      TreeMap<RoutingState.Limit, RoutingState.Most> most = new TreeMap<>();
      node.learned
          .limits(wiring.now())
          .forEach(
              (limit, held) ->
                  most.put(
                      limit, new RoutingState.Most(held.number(), today.plusNanos(held.nanos()))));
      limits.put(name, most);
    }
    return new RoutingState(
        wiring.chainId,
        credits,
        quarantines,
        missing,
        history,
        limits,
        keeper.finalized(),
        voters.rule().voters(),
        wiring.privates.hidden());
  }
}
