package io.payonce.routing;

import io.payonce.rpc.Operator;

/**
 * An operator answers one question in two ways, depending on who asks.
 *
 * @param fact what was asked, as {@code Balance}
 * @param first what one of its endpoints says
 * @param second what the other one says
 */
public record CredentialDifference(Operator operator, String fact, Said first, Said second) {
  /**
   * An answer.
   *
   * @param endpoint its name
   * @param digest SHA-256 of the answer, in hex: to compare with what is asked for by hand
   */
  public record Said(String endpoint, String digest) {}
}
