package io.payonce.testing;

/** One node behind one provider: its pool, how far behind it is, and what it does wrong. */
final class SimNode {
  final String name;
  final int index;
  final ClientFamily family;
  final Mempool pool;
  final Conduct conduct;
  private final long propagationNanos;
  boolean gossips = true;

  SimNode(
      String name,
      int index,
      ClientFamily family,
      int poolCapacity,
      Conduct conduct,
      long propagationNanos) {
    this.name = name;
    this.index = index;
    this.family = family;
    this.pool = new Mempool(family, poolCapacity);
    this.conduct = conduct;
    this.propagationNanos = propagationNanos;
  }

  /** The head as this node has it at an instant. */
  SimBlock view(Ledger ledger, long nowNanos) {
    return ledger.headAt(nowNanos - propagationNanos);
  }

  boolean suffers(ProviderFault fault) {
    return conduct.suffers(fault);
  }
}
