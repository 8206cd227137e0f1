package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.failure.NodeClient;
import io.payonce.routing.RoutingState.Limit;
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

  /** The first block that it has of each kind, as far as its answers show. */
  @GuardedBy("this")
  private final SortedMap<HistoryKind, Bound> bounds = new TreeMap<>();

  private volatile boolean hasAllHistory = true;

  /** How much it gives or takes at once, as far as it has refused more; else any. */
  @GuardedBy("this")
  private final SortedMap<Limit, Bound> limits = new TreeMap<>();

  private record Bound(long number, long until) {
    /** Those that are believed still, each with how long. */
    static <K> SortedMap<K, Believed> believed(SortedMap<K, Bound> bounds, long now) {
      TreeMap<K, Believed> believed = new TreeMap<>();
      bounds.forEach(
          (what, bound) -> {
            if (bound.until - now > 0) {
              believed.put(what, new Believed(bound.number, bound.until - now));
            }
          });
      return believed;
    }

    static Bound of(Believed before, long now) {
      return new Bound(before.number, now + Math.min(BATCH_NANOS, before.nanos));
    }
  }

  /**
   * The number of a bound: the first block that it has, or the most that it takes.
   *
   * @param nanos how long that is believed still
   */
  record Believed(long number, long nanos) {}

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

  /** From which block on it has what, as far as that is known. */
  synchronized SortedMap<HistoryKind, Believed> history(long now) {
    return Bound.believed(bounds, now);
  }

  /** The same from before this process. */
  synchronized void history(HistoryKind kind, Believed before, long now) {
    if (before.nanos() > 0) {
      bounds.put(kind, Bound.of(before, now));
      hasAllHistory = false;
    }
  }

  /** How much of what it takes at once, as far as that is known. */
  synchronized SortedMap<Limit, Believed> limits(long now) {
    return Bound.believed(limits, now);
  }

  /** The same from before this process. */
  synchronized void limit(Limit limit, Believed before, long now) {
    if (before.nanos() > 0) {
      limits.put(limit, Bound.of(before, now));
      hasAllHistory &= limit != Limit.LOG_BLOCKS;
    }
  }

  /** How much of it, {@code Long.MAX_VALUE} when that is not known. */
  @GuardedBy("this")
  private long most(Limit limit, long now) {
    Bound bound = limits.get(limit);
    return bound != null && bound.until - now > 0 ? bound.number : Long.MAX_VALUE;
  }

  /** Whether nothing is known that keeps it from answering all of them. */
  boolean hasAll(List<RpcRequest<?>> requests, long now) {
    return lack(requests, now).isEmpty();
  }

  /** What it is known to lack for them, as {@link RoutingMetrics} names it; empty for nothing. */
  String lack(List<RpcRequest<?>> requests, long now) {
    if (!lacksNothing && !knowsAll(requests, now)) {
      return "method";
    }
    return hasAllHistory ? "" : limit(requests, now);
  }

  private synchronized String limit(List<RpcRequest<?>> requests, long now) {
    for (RpcRequest<?> request : requests) {
      BlockRange range = BlockRange.of(request).orElse(null);
      if (range == null) {
        continue;
      }
      Bound bound = bounds.get(BlockRange.kind(request).orElseThrow());
      if (bound != null && bound.until - now > 0 && range.from() < bound.number) {
        return "history";
      }
      if (BlockRange.ofLogs(request).isPresent() && range.blocks() > most(Limit.LOG_BLOCKS, now)) {
        return "range";
      }
    }
    return "";
  }

  /**
   * It does not have this block, or its state, any more. Forgotten after ten minutes, and tried
   * once more: nodes are exchanged for others.
   */
  synchronized void lacksHistory(HistoryKind kind, long block, long now) {
    Bound known = bounds.get(kind);
    long first =
        known != null && known.until - now > 0 ? Math.max(known.number, block + 1) : block + 1;
    bounds.put(kind, new Bound(first, now + BATCH_NANOS));
    hasAllHistory = false;
  }

  /** Whether it has refused something for its age or its length. */
  boolean hasLimits() {
    return !hasAllHistory;
  }

  /** It has this block, whatever it said before. */
  synchronized void hasHistory(HistoryKind kind, long block) {
    Bound known = bounds.get(kind);
    if (known != null && known.number > block) {
      bounds.remove(kind);
    }
  }

  /** It refused logs of twice so many blocks. */
  synchronized void takesLogsOf(long blocks, long now) {
    limits.put(Limit.LOG_BLOCKS, new Bound(Math.max(1, blocks), now + BATCH_NANOS));
    hasAllHistory = false;
  }

  /** Of how many blocks it gives logs at once. */
  synchronized long logRange(long now) {
    return most(Limit.LOG_BLOCKS, now);
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
    limits.put(Limit.BATCH, new Bound(Math.max(1, requests), now + BATCH_NANOS));
  }

  /** Requests in one body, of at most so many. */
  synchronized int batch(long now, int most) {
    return (int) Math.min(most, most(Limit.BATCH, now));
  }
}
