package io.payonce.testing;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** What one provider does wrong, by its own dice, and how often each fault happened. */
final class Conduct {
  final Dice dice;
  private final Map<ProviderFault, Long> hits = new EnumMap<>(ProviderFault.class);
  private ProviderFaults faults = ProviderFaults.NONE;
  private boolean faultless = true;

  Conduct(Dice dice) {
    this.dice = dice;
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
