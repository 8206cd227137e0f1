package io.payonce.testing;

import io.payonce.rpc.RpcTransport;
import java.time.Duration;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/**
 * A provider in virtual time in front of any node: how long the way takes, and what goes wrong on
 * it. So a real node, which answers at once, can be put behind the same faults as a {@link
 * SimulatedChain}.
 *
 * <p>Faults of the exchange, {@link ProviderFault#DEAD} to {@link
 * ProviderFault#DUPLICATE_DELIVERY}, happen here. Those that are in the answer itself are the
 * node's to make: it asks {@link #suffers} when it answers. Confined to the thread that drives the
 * virtual time.
 */
public final class VirtualProvider {
  private final VirtualTime time;
  private final Conduct conduct;
  private final UnaryOperator<byte[]> node;
  private final long minLatencyNanos;
  private final long maxLatencyNanos;

  /**
   * @param random one seed is one run
   * @param minLatency of one way of a request
   * @param maxLatency of one way of a request
   * @param node carries out a JSON-RPC body at the present instant and answers it
   */
  public VirtualProvider(
      VirtualTime time,
      RandomGenerator random,
      Duration minLatency,
      Duration maxLatency,
      UnaryOperator<byte[]> node) {
    if (minLatency.isNegative() || maxLatency.compareTo(minLatency) < 0) {
      throw new IllegalArgumentException(
          "latency " + minLatency + " to " + maxLatency + " must rise from 0");
    }
    this.time = time;
    this.conduct = new Conduct(new Dice(random));
    this.node = node;
    this.minLatencyNanos = minLatency.toNanos();
    this.maxLatencyNanos = maxLatency.toNanos();
  }

  /** A connection of a process to this provider. Its replies share the fate of the process. */
  public RpcTransport transport(VirtualTime.Process process) {
    return new SimTransport(conduct, time, process, node, minLatencyNanos, maxLatencyNanos);
  }

  /** What the provider does wrong from now on. */
  public void setFaults(ProviderFaults faults) {
    conduct.faults(faults);
  }

  public ProviderFaults faults() {
    return conduct.faults();
  }

  /** Whether a fault happens to the answer that is being made, by its rate; counted if so. */
  public boolean suffers(ProviderFault fault) {
    return conduct.suffers(fault);
  }

  /** How often each fault hit; faults that never did are absent. */
  public Map<String, Long> faultCounts() {
    return conduct.faultCounts();
  }
}
