package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.rpc.Operator;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The newest block that two operators have told of, or the only operator where one is configured.
 * One that runs ahead alone, or claims to, makes nobody else look late. Thread-safe.
 */
final class ReferenceHead {
  @GuardedBy("this")
  private final TreeMap<Operator, Long> newest = new TreeMap<>();

  /** How many there are to ask; those that are gone count no more. */
  @GuardedBy("this")
  private Set<Operator> operators = Set.of();

  synchronized void operators(Set<Operator> all) {
    operators = new TreeSet<>(all);
    newest.keySet().retainAll(operators);
  }

  /** Empty while too few operators have told of a block. */
  synchronized OptionalLong told(Operator operator, long number) {
    if (operators.contains(operator)) {
      newest.put(operator, number);
    }
    return now();
  }

  synchronized OptionalLong now() {
    int needed = Math.min(2, operators.size());
    if (newest.isEmpty() || newest.size() < needed) {
      return OptionalLong.empty();
    }
    List<Long> falling = newest.values().stream().sorted(Comparator.reverseOrder()).toList();
    return OptionalLong.of(falling.get(needed - 1));
  }
}
