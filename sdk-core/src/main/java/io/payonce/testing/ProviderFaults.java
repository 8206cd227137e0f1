package io.payonce.testing;

import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * What a provider does wrong, and how often.
 *
 * @param rates share of the requests that each fault hits, 0 to 1; a fault that is not named never
 *     happens
 * @param lagBlocks how far {@link ProviderFault#LAGGING} answers lie back, 1 or more
 * @param slowBy what {@link ProviderFault#SLOW} adds
 * @param sendsOnly whether faults of the exchange spare all requests but {@code
 *     eth_sendRawTransaction}
 */
public record ProviderFaults(
    Map<ProviderFault, Double> rates, int lagBlocks, Duration slowBy, boolean sendsOnly) {
  /** An honest and prompt provider. */
  public static final ProviderFaults NONE =
      new ProviderFaults(Map.of(), 3, Duration.ofSeconds(3), false);

  public ProviderFaults {
    EnumMap<ProviderFault, Double> ordered = new EnumMap<>(ProviderFault.class);
    ordered.putAll(rates);
    ordered.forEach(
        (fault, rate) -> {
          if (!(rate >= 0 && rate <= 1)) {
            throw new IllegalArgumentException(fault + " rate " + rate + " must be 0 to 1");
          }
        });
    if (lagBlocks < 1) {
      throw new IllegalArgumentException("lagBlocks " + lagBlocks + " must be 1 or more");
    }
    if (slowBy.isNegative()) {
      throw new IllegalArgumentException("slowBy " + slowBy + " must be 0 or more");
    }
    rates = Collections.unmodifiableMap(ordered);
  }

  /** One fault on every request. */
  public static ProviderFaults always(ProviderFault fault) {
    return NONE.with(fault, 1);
  }

  /** The same with another rate of one fault. */
  public ProviderFaults with(ProviderFault fault, double rate) {
    EnumMap<ProviderFault, Double> changed = new EnumMap<>(ProviderFault.class);
    changed.putAll(rates);
    changed.put(fault, rate);
    return new ProviderFaults(changed, lagBlocks, slowBy, sendsOnly);
  }

  public ProviderFaults lagBlocks(int blocks) {
    return new ProviderFaults(rates, blocks, slowBy, sendsOnly);
  }

  public ProviderFaults slowBy(Duration duration) {
    return new ProviderFaults(rates, lagBlocks, duration, sendsOnly);
  }

  /** The same, sparing everything but sends. */
  public ProviderFaults onSends() {
    return new ProviderFaults(rates, lagBlocks, slowBy, true);
  }
}
