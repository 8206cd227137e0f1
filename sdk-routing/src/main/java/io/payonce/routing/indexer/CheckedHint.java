package io.payonce.routing.indexer;

import io.payonce.BlockRef;

/** A hint beside what a quorum of nodes says. */
public sealed interface CheckedHint<H extends Hint> {
  H hint();

  /**
   * A quorum has the same on the chain that ends with this block.
   *
   * @param asOf it may be reorganised, unless it was asked for a final one
   */
  record Confirmed<H extends Hint>(H hint, BlockRef asOf) implements CheckedHint<H> {}

  /** A quorum has something else there, or nothing, on the chain that ends with this block. */
  record Contradicted<H extends Hint>(H hint, BlockRef asOf, String why)
      implements CheckedHint<H> {}

  /** There is no quorum on it, or the quorum is not there yet. It is neither true nor false. */
  record Unknown<H extends Hint>(H hint, String why) implements CheckedHint<H> {}
}
