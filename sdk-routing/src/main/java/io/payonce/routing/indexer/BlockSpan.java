package io.payonce.routing.indexer;

/**
 * Blocks in a row.
 *
 * @param first 0 or more
 * @param last the same or more, at most 2^52
 */
public record BlockSpan(long first, long last) {
  private static final long MOST = 1L << 52;

  public BlockSpan {
    if (first < 0 || last < first || last > MOST) {
      throw new IllegalArgumentException(
          "blocks " + first + " to " + last + " must be 0 to 2^52, and in this order");
    }
  }

  public long count() {
    return last - first + 1;
  }

  boolean has(long number) {
    return first <= number && number <= last;
  }
}
