package io.payonce.rpc;

import java.util.Arrays;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/**
 * Who may hear of a transaction before it is mined. A client that does not know a named endpoint
 * refuses the call ({@link UnknownEndpointException}); it never sends elsewhere instead.
 */
public sealed interface Route {
  /** Everyone: the default. */
  Route PUBLIC = new Public();

  /** Only these endpoints, and no others later. */
  static Route privately(String endpoint, String... more) {
    return new Private(names(endpoint, more));
  }

  /** Only these endpoints, until so many blocks have passed. */
  static Route privatelyUntil(int publicAfterBlocks, String endpoint, String... more) {
    return new PrivateThenPublic(names(endpoint, more), publicAfterBlocks);
  }

  /** The endpoints that get it while it is private, by name; none for a public one. */
  Set<String> endpoints();

  /** To all operators that take transactions. */
  record Public() implements Route {
    @Override
    public Set<String> endpoints() {
      return Set.of();
    }
  }

  /**
   * To the named endpoints alone. Nobody else gets the bytes, and nobody is asked for the hash
   * while the client's private window is open.
   *
   * @param endpoints 1 to {@value #MOST_ENDPOINTS} names, each of 1 to 32 of {@code a-z 0-9 -}
   */
  record Private(Set<String> endpoints) implements Route {
    public static final int MOST_ENDPOINTS = 16;

    public Private {
      endpoints = checked(endpoints);
    }
  }

  /**
   * As {@link Private}, until so many blocks after it was sent first; then to everyone.
   *
   * @param afterBlocks 1 to {@value #MOST_BLOCKS}
   */
  record PrivateThenPublic(Set<String> endpoints, int afterBlocks) implements Route {
    public static final int MOST_BLOCKS = 10_000;

    public PrivateThenPublic {
      endpoints = checked(endpoints);
      if (afterBlocks < 1 || afterBlocks > MOST_BLOCKS) {
        throw new IllegalArgumentException(
            "afterBlocks " + afterBlocks + " must be 1 to " + MOST_BLOCKS);
      }
    }
  }

  private static Set<String> names(String endpoint, String... more) {
    TreeSet<String> names = new TreeSet<>(Arrays.asList(more));
    names.add(endpoint);
    return names;
  }

  private static Set<String> checked(Set<String> endpoints) {
    int most = Private.MOST_ENDPOINTS;
    if (endpoints.isEmpty() || endpoints.size() > most) {
      throw new IllegalArgumentException(
          "endpoints of a private route are " + endpoints.size() + ", must be 1 to " + most);
    }
    for (String name : endpoints) {
      if (!name.matches("[a-z0-9-]{1,32}")) {
        // Deliberate: the value is not repeated, because a URL in the wrong place is a secret.
        throw new IllegalArgumentException(
            "an endpoint of a private route must be named by 1 to 32 of a-z 0-9 -");
      }
    }
    return Collections.unmodifiableSet(new TreeSet<>(endpoints));
  }
}
