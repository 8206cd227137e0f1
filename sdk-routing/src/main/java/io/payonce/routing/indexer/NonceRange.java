package io.payonce.routing.indexer;

/**
 * Nonces in a row.
 *
 * @param first 0 or more
 * @param last the same or more
 */
public record NonceRange(long first, long last) {
  public NonceRange {
    if (first < 0 || last < first) {
      throw new IllegalArgumentException(
          "nonces " + first + " to " + last + " must be 0 or more, and in this order");
    }
  }

  boolean has(long nonce) {
    return first <= nonce && nonce <= last;
  }
}
