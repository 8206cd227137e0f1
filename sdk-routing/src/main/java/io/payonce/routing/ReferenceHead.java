package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.rpc.Operator;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The newest block that two operators have told of, or the only operator where one is configured.
 * One that runs ahead alone, or claims to, makes nobody else look late. Thread-safe.
 */
final class ReferenceHead {
  private final int needed;

  @GuardedBy("this")
  private final TreeMap<Operator, Long> newest = new TreeMap<>();

  ReferenceHead(int operators) {
    needed = Math.min(2, operators);
  }

  /** Empty while too few operators have told of a block. */
  synchronized OptionalLong told(Operator operator, long number) {
    newest.put(operator, number);
    return now();
  }

  synchronized OptionalLong now() {
    if (newest.size() < needed) {
      return OptionalLong.empty();
    }
    List<Long> falling = newest.values().stream().sorted(Comparator.reverseOrder()).toList();
    return OptionalLong.of(falling.get(needed - 1));
  }
}
