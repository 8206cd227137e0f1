package io.payonce.routing;

import io.payonce.rpc.Operator;

/**
 * One URL of one operator. Everything that leaves the pool knows it by its name only.
 *
 * @param name 1 to 32 of {@code a-z 0-9 -}, unique in the pool
 * @param operator who can lie through it; endpoints of one operator have one vote. It has no
 *     default, because a default would make two URLs of one provider look independent
 */
public record Endpoint(String name, Operator operator, SecretUri uri) {
  /** Shorthand for the usual case. */
  public static Endpoint of(String name, String operator, String url) {
    return new Endpoint(name, new Operator(operator), SecretUri.of(url));
  }
}
