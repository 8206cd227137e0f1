package io.payonce.routing.indexer;

import java.time.Duration;

/**
 * What one page of an {@link RpcIndexer} may cost. What is beyond is on the next page.
 *
 * @param blocks 1 to 1,000,000; 10,000 by default
 * @param rows hints of a page, 100 to 100,000; 10,000 by default. Transfers of one block are never
 *     parted: a block that alone has more is refused
 * @param bytes of what nodes answer, 1 MiB to 1 GiB; 64 MiB by default. The request that goes
 *     beyond is the last one
 * @param time 1 s to 10 min; 30 s by default
 */
public record IndexerLimits(int blocks, int rows, long bytes, Duration time) {
  public static final IndexerLimits DEFAULT =
      new IndexerLimits(10_000, 10_000, 64L << 20, Duration.ofSeconds(30));

  public IndexerLimits {
    check("blocks", blocks, 1, 1_000_000);
    check("rows", rows, 100, 100_000);
    check("bytes", bytes, 1L << 20, 1L << 30);
    check("time in ms", time.toMillis(), 1_000, 600_000);
  }

  private static void check(String field, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(field + " " + value + " must be " + least + " to " + most);
    }
  }
}
