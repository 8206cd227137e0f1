package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.failure.NodeClient;
import io.payonce.rpc.RpcRequest;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * What one endpoint turned out to be, and not to do: its client, methods, blocks by hash, and
 * batches above some length. No fault of its health. Each is forgotten after a while and tried once
 * more. Thread-safe.
 */
final class Learned {
  static final long METHOD_NANOS = TimeUnit.HOURS.toNanos(1);
  static final long UNKNOWN_CLIENT_NANOS = TimeUnit.MINUTES.toNanos(1);
  static final long BATCH_NANOS = TimeUnit.MINUTES.toNanos(10);
  private static final int MOST_METHODS = 100;

  /** Whether state can be asked for by the hash of its block (EIP-1898). */
  enum ByHash {
    UNKNOWN,
    /** A hash that no block has was refused. */
    TAKEN,
    /** It refuses hashes, or answers to whatever hash. */
    NOT_TAKEN
  }

  @GuardedBy("this")
  private final SortedMap<String, Long> missingUntil = new TreeMap<>();

  /** Nothing is known to be missing, as for most endpoints; every call asks. */
  private volatile boolean lacksNothing = true;

  @GuardedBy("this")
  private NodeClient client = NodeClient.UNKNOWN;

  @GuardedBy("this")
  private OptionalLong clientAskedAt = OptionalLong.empty();

  @GuardedBy("this")
  private ByHash byHash = ByHash.UNKNOWN;

  @GuardedBy("this")
  private long byHashAt;

  /** The longest batch that it takes; as long as nobody knows it, any. */
  @GuardedBy("this")
  private int longest = Integer.MAX_VALUE;

  @GuardedBy("this")
  private long batchUntil;

  synchronized void lacks(String method, long now) {
    if (missingUntil.size() < MOST_METHODS || missingUntil.containsKey(method)) {
      missingUntil.put(method, now + METHOD_NANOS);
      lacksNothing = false;
    }
  }

  /** Methods that it is believed to lack, each with how long still. */
  synchronized SortedMap<String, Long> missingNanos(long now) {
    TreeMap<String, Long> left = new TreeMap<>();
    missingUntil.forEach(
        (method, until) -> {
          if (until - now > 0) {
            left.put(method, until - now);
          }
        });
    return left;
  }

  /** The same from before this process. */
  synchronized void lacks(String method, long now, long nanos) {
    if (nanos > 0 && missingUntil.size() < MOST_METHODS) {
      missingUntil.put(method, now + Math.min(METHOD_NANOS, nanos));
      lacksNothing = false;
    }
  }

  boolean hasAll(List<RpcRequest<?>> requests, long now) {
    return lacksNothing || knowsAll(requests, now);
  }

  private synchronized boolean knowsAll(List<RpcRequest<?>> requests, long now) {
    for (RpcRequest<?> request : requests) {
      Long until = missingUntil.get(request.method());
      if (until != null && until - now > 0) {
        return false;
      }
    }
    return true;
  }

  /** Which program answers, as it says itself. */
  synchronized NodeClient client() {
    return client;
  }

  /** Whether it is time to ask for the client: once in an hour, or in a minute while unknown. */
  synchronized boolean asksForClient(long now) {
    long pause = client.equals(NodeClient.UNKNOWN) ? UNKNOWN_CLIENT_NANOS : METHOD_NANOS;
    boolean due = clientAskedAt.isEmpty() || now - clientAskedAt.getAsLong() >= pause;
    if (due) {
      clientAskedAt = OptionalLong.of(now);
    }
    return due;
  }

  synchronized void isClient(NodeClient told) {
    client = told;
  }

  synchronized ByHash byHash(long now) {
    return byHash != ByHash.UNKNOWN && now - byHashAt < METHOD_NANOS ? byHash : ByHash.UNKNOWN;
  }

  synchronized void byHash(ByHash found, long now) {
    byHash = found;
    byHashAt = now;
  }

  synchronized void takesBatchesOf(int requests, long now) {
    longest = Math.max(1, requests);
    batchUntil = now + BATCH_NANOS;
  }

  /** Requests in one body, of at most so many. */
  synchronized int batch(long now, int most) {
    if (longest < Integer.MAX_VALUE && batchUntil - now <= 0) {
      longest = Integer.MAX_VALUE;
    }
    return Math.min(most, longest);
  }
}
