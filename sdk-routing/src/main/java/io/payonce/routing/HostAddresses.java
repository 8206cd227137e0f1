package io.payonce.routing;

import io.payonce.Ticker;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import okhttp3.Dns;

/**
 * Where hosts are: known for 30 s, so that a provider which moves is found, and asked for again
 * when a connection fails, so that one which moved is not waited for. Thread-safe.
 */
final class HostAddresses implements Dns {
  static final long KEPT_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** More than any configuration has; those of removed endpoints go with the rest. */
  private static final int MOST_HOSTS = 1_024;

  private record Known(List<InetAddress> addresses, long at) {}

  private final HostResolver resolver;
  private final Ticker ticker;
  private final Map<String, Known> hosts = new ConcurrentHashMap<>();

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
    hosts.put(host, new Known(found, now));
    return found;
  }

  /** No connection to it was made. */
  void forget(String host) {
    hosts.remove(host);
  }
}
