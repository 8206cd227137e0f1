package io.payonce;

/**
 * One block: a number alone means another block after a reorg.
 *
 * @param number 0 or more
 */
public record BlockRef(long number, BlockHash hash) {
  public BlockRef {
    if (number < 0) {
      throw new IllegalArgumentException("block number " + number + " must be 0 or more");
    }
  }

  @Override
  public String toString() {
    return number + " (" + hash.value().substring(0, 10) + ")";
  }
}
