package io.payonce.failure;

import io.payonce.BlockRef;
import io.payonce.TransactionHash;
import io.payonce.Wei;
import java.time.Instant;
import java.util.Optional;

/** What the chain said about one payment. */
public sealed interface ChainFacts {
  /** The journal alone has to do. */
  record NotAsked() implements ChainFacts {}

  /**
   * Too few operators gave the same answer.
   *
   * @param reason without URL or credential
   */
  record NotAgreed(String reason, Instant at) implements ChainFacts {}

  /**
   * As agreed by the quorum at one block.
   *
   * @param transactions how many of the wallet are in the chain
   * @param baseFee empty on chains without one
   * @param included which of the payment's own transactions is in the chain
   * @param inPool whether one node has the newest of them; empty when it was not asked or gave no
   *     answer
   * @param notLookedUp why no node was asked for it though its nonce is open, as what may be on a
   *     private route is not; empty otherwise
   */
  record Seen(
      BlockRef head,
      long transactions,
      Wei balance,
      Optional<Wei> baseFee,
      Optional<TransactionHash> included,
      Optional<Boolean> inPool,
      String notLookedUp,
      Instant at)
      implements ChainFacts {}
}
