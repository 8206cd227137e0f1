package io.payonce.testing;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** One node behind one provider: its pool, how far behind it is, and what it does wrong. */
final class SimNode {
  final String name;
  final int index;
  final ClientFamily family;
  final Mempool pool;
  final Dice dice;
  private final long propagationNanos;
  private final Map<ProviderFault, Long> hits = new EnumMap<>(ProviderFault.class);
  private ProviderFaults faults = ProviderFaults.NONE;
  private boolean faultless = true;
  boolean gossips = true;

  SimNode(
      String name,
      int index,
      ClientFamily family,
      int poolCapacity,
      Dice dice,
      long propagationNanos) {
    this.name = name;
    this.index = index;
    this.family = family;
    this.pool = new Mempool(family, poolCapacity);
    this.dice = dice;
    this.propagationNanos = propagationNanos;
  }

  /** The head as this node has it at an instant. */
  SimBlock view(Ledger ledger, long nowNanos) {
    return ledger.headAt(nowNanos - propagationNanos);
  }

  ProviderFaults faults() {
    return faults;
  }

  void faults(ProviderFaults now) {
    faults = now;
    faultless = now.rates().values().stream().allMatch(rate -> rate == 0);
  }

  /** Whether no fault can happen, so that none needs to be asked for. */
  boolean isFaultless() {
    return faultless;
  }

  /** Whether a fault that could happen now does; it is counted when it does. */
  boolean suffers(ProviderFault fault) {
    if (faultless || !dice.hits(faults.rates().getOrDefault(fault, 0.0))) {
      return false;
    }
    hits.merge(fault, 1L, Long::sum);
    return true;
  }

  /** How often each fault happened, in the order of the faults; those that never did are absent. */
  Map<String, Long> faultCounts() {
    Map<String, Long> counts = new LinkedHashMap<>();
    hits.forEach((fault, count) -> counts.put(fault.name(), count));
    return counts;
  }
}
