package io.payonce.routing;

import io.payonce.Ticker;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import okhttp3.Dns;

/**
 * Where hosts are: known for 30 s, so that a provider which moves is found, and asked for again
 * when a connection fails, so that one which moved is not waited for. Thread-safe.
 */
final class HostAddresses implements Dns {
  static final long KEPT_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** As long as a connection may take. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** More than any configuration has; those of removed endpoints go with the rest. */
  private static final int MOST_HOSTS = 1_024;

  private record Known(List<InetAddress> addresses, long at) {}

  private final HostResolver resolver;
  private final Ticker ticker;
  private final Map<String, Known> hosts = new ConcurrentHashMap<>();

  /** Those that a lent thread waits for. */
  private final Map<String, CompletableFuture<List<InetAddress>>> lookups =
      new ConcurrentHashMap<>();

  HostAddresses(HostResolver resolver, Ticker ticker) {
    this.resolver = resolver;
    this.ticker = ticker;
  }

  /** As the JVM finds them. */
  static HostAddresses ofSystem() {
    return new HostAddresses(HostResolver.SYSTEM, Ticker.system());
  }

  @Override
  public List<InetAddress> lookup(String host) throws UnknownHostException {
    long now = ticker.nanos();
    Known known = hosts.get(host);
    if (known != null && now - known.at < KEPT_NANOS) {
      return known.addresses;
    }
    return LentThread.isCurrent() ? inTime(host) : found(host);
  }

  /** Whoever lends a thread wants it back in time: the resolver may block another one. */
  private List<InetAddress> inTime(String host) throws UnknownHostException {
    try {
      return lookups
          .computeIfAbsent(host, this::lookupAside)
          .get(PATIENCE_NANOS, TimeUnit.NANOSECONDS);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new UnknownHostException("interrupted");
    } catch (TimeoutException | ExecutionException none) {
      throw new UnknownHostException("no address in time");
    }
  }

  /** One at a time for a host; what it finds is there for the next exchange. */
  private CompletableFuture<List<InetAddress>> lookupAside(String host) {
    CompletableFuture<List<InetAddress>> found = new CompletableFuture<>();
    new OkHttpTransports.Worker(
            () -> {
              try {
                found.complete(found(host));
              } catch (UnknownHostException unknown) {
                found.completeExceptionally(unknown);
              } finally {
                lookups.remove(host, found);
              }
            })
        .start();
    return found;
  }

  private List<InetAddress> found(String host) throws UnknownHostException {
    List<InetAddress> found;
    try {
      found = List.copyOf(resolver.addresses(host));
    } catch (RuntimeException defect) { // the library would end the thread with it
      throw new UnknownHostException("the resolver threw " + defect.getClass().getSimpleName());
    }
    if (found.isEmpty()) {
      throw new UnknownHostException("the resolver knows no address");
    }
    if (hosts.size() >= MOST_HOSTS) {
      hosts.clear();
    }
    hosts.put(host, new Known(found, ticker.nanos()));
    return found;
  }

  /** No connection to it was made. */
  void forget(String host) {
    hosts.remove(host);
  }
}
