package io.payonce.routing;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/**
 * Finds the addresses of an endpoint's host, for hosts whose names are not those of the JVM, or are
 * asked for over a channel of their own. Called on threads of the pool's connections, several at
 * once; it may block, for a second where a caller lends its thread. Its answer is kept for 30 s, or
 * until a connection fails.
 */
public interface HostResolver {
  /** As the JVM does, which keeps answers by {@code networkaddress.cache.ttl} too. */
  HostResolver SYSTEM = host -> Arrays.asList(InetAddress.getAllByName(host));

  /**
   * One or more, in the order in which they are tried: the next one when nothing could be sent to
   * the one before.
   */
  List<InetAddress> addresses(String host) throws UnknownHostException;
}
