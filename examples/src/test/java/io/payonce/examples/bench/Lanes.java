package io.payonce.examples.bench;

import io.payonce.LaneId;
import io.payonce.store.Lease;
import io.payonce.store.StoredLane;
import io.payonce.store.TransferStore;
import java.time.Duration;
import java.time.Instant;

/** Lanes that a benchmark works by itself, without an engine. */
final class Lanes {
  private static final Lease LEASE = new Lease("benchmark", Duration.ofSeconds(60));

  private Lanes() {}

  static StoredLane take(TransferStore store, LaneId lane, Instant at) {
    return store.takeLane(lane, LEASE, at).orElseThrow();
  }
}
