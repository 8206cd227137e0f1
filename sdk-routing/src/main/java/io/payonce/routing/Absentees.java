package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.rpc.Operator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What must not be forgotten of endpoints that are not configured for a while, by their names: what
 * they have cost this month, and that they were proven to lie. Thread-safe.
 */
final class Absentees {
  /**
   * More than come and go between two looks of a person; the longest absent are forgotten first.
   */
  static final int MOST = 1_000;

  @GuardedBy("this")
  private final Map<String, RoutingState.Spent> credits = new LinkedHashMap<>();

  @GuardedBy("this")
  private final Map<String, RoutingState.Quarantine> lies = new LinkedHashMap<>();

  private static <T> void keep(Map<String, T> kept, String name, T value) {
    kept.remove(name);
    kept.put(name, value);
    if (kept.size() > MOST) {
      kept.remove(kept.keySet().iterator().next());
    }
  }

  /** Takes over what an earlier process knew of those that are not here now. */
  synchronized void restore(RoutingState before, Map<String, Operator> here) {
    for (Map.Entry<String, RoutingState.Spent> one : before.credits().entrySet()) {
      if (!here.containsKey(one.getKey())) {
        keep(credits, one.getKey(), one.getValue());
      }
    }
    for (Map.Entry<String, RoutingState.Quarantine> one : before.quarantines().entrySet()) {
      RoutingState.Quarantine why = one.getValue();
      if (why.untilReleased() && !why.operator().equals(here.get(one.getKey()))) {
        keep(lies, one.getKey(), why);
      }
    }
  }

  /** It is removed, or gives way to one with another key. */
  synchronized void left(Node node) {
    String name = node.endpoint.name();
    node.credits.spent().ifPresent(spent -> keep(credits, name, spent));
    node.quarantine()
        .filter(RoutingState.Quarantine::untilReleased)
        .ifPresent(why -> keep(lies, name, why));
  }

  /** It is configured, whatever its key is now; the lies of another operator are not its own. */
  synchronized void came(Node node) {
    String name = node.endpoint.name();
    RoutingState.Spent spent = credits.remove(name);
    if (spent != null) {
      node.credits.restore(spent.month(), spent.credits());
    }
    RoutingState.Quarantine why = lies.get(name);
    if (why != null && why.operator().equals(node.endpoint.operator())) {
      lies.remove(name);
      node.restore(why);
    }
  }

  synchronized void addTo(
      Map<String, RoutingState.Spent> spent, Map<String, RoutingState.Quarantine> quarantines) {
    spent.putAll(credits);
    quarantines.putAll(lies);
  }
}
