package io.payonce.testing;

import io.payonce.TransferId;
import io.payonce.store.Lease;
import io.payonce.store.Outbox;
import io.payonce.store.OutboxEvent;
import io.payonce.store.SinkBacklog;
import io.payonce.store.StoredTransfer;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** The outbox of a journal in memory, under the lock of the journal. */
final class MemoryOutbox implements Outbox {
  private final Object lock;
  private final Clock clock;
  private final NavigableMap<String, Sink> sinks = new TreeMap<>();
  private long last;

  /** What one sink has not taken. */
  private static final class Sink {
    private final Map<TransferId, NavigableMap<Long, OutboxEvent>> waiting = new HashMap<>();
    private final NavigableMap<Long, OutboxEvent> heads = new TreeMap<>();
    private Optional<Lease> lease = Optional.empty();
    private Instant expires = Instant.MIN;

    void add(OutboxEvent event) {
      var ofPayment = waiting.computeIfAbsent(event.transfer(), t -> new TreeMap<>());
      ofPayment.put(event.number(), event);
      if (ofPayment.firstKey() == event.number()) {
        heads.put(event.number(), event);
      }
    }

    void remove(OutboxEvent event) {
      NavigableMap<Long, OutboxEvent> ofPayment = waiting.get(event.transfer());
      if (ofPayment == null || !ofPayment.remove(event.number(), event)) {
        return;
      }
      if (ofPayment.isEmpty()) {
        waiting.remove(event.transfer());
      }
      if (heads.remove(event.number(), event) && !ofPayment.isEmpty()) {
        heads.put(ofPayment.firstKey(), ofPayment.firstEntry().getValue());
      }
    }
  }

  MemoryOutbox(Object lock, Clock clock) {
    this.lock = lock;
    this.clock = clock;
  }

  /** What an old backup of the journal holds; its leases are gone, and no number comes again. */
  void take(MemoryOutbox backup) {
    last = Math.max(last, backup.last);
    sinks.clear();
    backup.sinks.forEach(
        (name, sink) -> {
          Sink same = new Sink();
          sink.waiting.values().forEach(all -> all.values().forEach(same::add));
          sinks.put(name, same);
        });
  }

  /** A payment came to a state, in the commit that is being written. */
  void add(StoredTransfer transfer) {
    for (Sink sink : sinks.values()) {
      last++;
      sink.add(
          new OutboxEvent(
              last,
              "memory-" + System.identityHashCode(this) + "-" + last,
              transfer.updatedAt(),
              transfer.id(),
              transfer.state(),
              transfer.code(),
              transfer.reason()));
    }
  }

  @Override
  public void addSink(String sink) {
    synchronized (lock) {
      sinks.putIfAbsent(SinkBacklog.checkName(sink), new Sink());
    }
  }

  @Override
  public void removeSink(String sink) {
    synchronized (lock) {
      sinks.remove(sink);
    }
  }

  @Override
  public List<SinkBacklog> sinks() {
    synchronized (lock) {
      return sinks.entrySet().stream().map(e -> backlog(e.getKey(), e.getValue())).toList();
    }
  }

  private static SinkBacklog backlog(String name, Sink sink) {
    return new SinkBacklog(
        name,
        sink.waiting.values().stream().mapToLong(Map::size).sum(),
        Optional.ofNullable(sink.heads.firstEntry()).map(first -> first.getValue().at()));
  }

  @Override
  public boolean leaseSink(String name, Lease lease) {
    synchronized (lock) {
      Sink sink = sinks.get(name);
      Instant now = clock.instant();
      if (sink == null
          || (sink.lease.filter(held -> !held.owner().equals(lease.owner())).isPresent()
              && sink.expires.isAfter(now))) {
        return false;
      }
      sink.lease = Optional.of(lease);
      sink.expires = now.plus(lease.duration());
      return true;
    }
  }

  @Override
  public void releaseSink(String name, String owner) {
    synchronized (lock) {
      Sink sink = sinks.get(name);
      if (sink != null) {
        sink.lease = sink.lease.filter(held -> !held.owner().equals(owner));
      }
    }
  }

  @Override
  public List<OutboxEvent> heads(String name, long after, int limit) {
    synchronized (lock) {
      Sink sink = sinks.get(name);
      return sink == null
          ? List.of()
          : sink.heads.tailMap(after, false).values().stream().limit(limit).toList();
    }
  }

  @Override
  public void delivered(String name, Collection<OutboxEvent> events) {
    synchronized (lock) {
      Sink sink = sinks.get(name);
      if (sink != null) {
        events.forEach(sink::remove);
      }
    }
  }
}
