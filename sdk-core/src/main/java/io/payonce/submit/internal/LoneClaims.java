package io.payonce.submit.internal;

import io.payonce.rpc.Operator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Operators that alone claim more transactions of the wallet than the journal gave out. Such a
 * claim delays binding for two blocks, in which others can confirm it; then the operator is not
 * heard any more until the lane is loaded again: a liar costs two blocks once, whatever it claims
 * later. Lower claims mean nothing.
 */
final class LoneClaims {
  static final int BLOCKS = 2;

  /** By operator: the head at which it was heard first. */
  private final Map<Operator, Long> heard = new TreeMap<>();

  private boolean delays;

  /**
   * Hears the claims of a head.
   *
   * @return what a person should know, once per operator
   */
  Optional<String> hear(Observation seen, long nextNonce) {
    boolean confirmed = seen.pendingClaim() > nextNonce; // then the lane freezes
    return seen.claims().isEmpty() || confirmed
        ? Optional.empty()
        : hear(seen.claims().get().byOperator(), seen.head().number(), nextNonce);
  }

  Optional<String> hear(Map<Operator, Long> claims, long head, long nextNonce) {
    StringBuilder news = new StringBuilder();
    claims.forEach(
        (operator, count) -> {
          if (count > nextNonce && heard.putIfAbsent(operator, head) == null) {
            news.append(
                "PROVIDER_CONTRADICTION: %s alone claims %s transactions of the wallet, the journal gave out %s; "
                    .formatted(operator, count, nextNonce));
          }
        });
    delays = heard.values().stream().anyMatch(first -> head < first + BLOCKS);
    return news.isEmpty()
        ? Optional.empty()
        : Optional.of(news + "nothing new is bound for " + BLOCKS + " blocks");
  }

  /** Whether binding waits for somebody to confirm a claim. */
  boolean delaysBinding() {
    return delays;
  }
}
