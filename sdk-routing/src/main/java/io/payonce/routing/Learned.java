package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.rpc.RpcRequest;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * What one endpoint turned out not to do: methods, and batches above some length. No fault of its
 * health. Each is forgotten after a while and tried once more. Thread-safe.
 */
final class Learned {
  static final long METHOD_NANOS = TimeUnit.HOURS.toNanos(1);
  static final long BATCH_NANOS = TimeUnit.MINUTES.toNanos(10);
  private static final int MOST_METHODS = 100;

  private final int maxBatch;

  @GuardedBy("this")
  private final SortedMap<String, Long> missingUntil = new TreeMap<>();

  @GuardedBy("this")
  private int batch;

  @GuardedBy("this")
  private long batchUntil;

  Learned(int maxBatch) {
    this.maxBatch = maxBatch;
    this.batch = maxBatch;
  }

  synchronized void lacks(String method, long now) {
    if (missingUntil.size() < MOST_METHODS || missingUntil.containsKey(method)) {
      missingUntil.put(method, now + METHOD_NANOS);
    }
  }

  synchronized boolean hasAll(List<RpcRequest<?>> requests, long now) {
    if (missingUntil.isEmpty()) {
      return true;
    }
    for (RpcRequest<?> request : requests) {
      Long until = missingUntil.get(request.method());
      if (until != null && until - now > 0) {
        return false;
      }
    }
    return true;
  }

  synchronized void takesBatchesOf(int requests, long now) {
    batch = Math.max(1, requests);
    batchUntil = now + BATCH_NANOS;
  }

  /** Requests in one body. */
  synchronized int batch(long now) {
    if (batch < maxBatch && batchUntil - now <= 0) {
      batch = maxBatch;
    }
    return batch;
  }
}
