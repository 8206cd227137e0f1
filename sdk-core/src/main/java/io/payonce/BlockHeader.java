package io.payonce;

import java.time.Instant;

/**
 * A block without its transactions.
 *
 * @param parent hash of the block that it stands on
 * @param time when it was made, by its maker
 */
public record BlockHeader(BlockRef ref, BlockHash parent, Instant time) {
  public long number() {
    return ref.number();
  }

  public BlockHash hash() {
    return ref.hash();
  }
}
