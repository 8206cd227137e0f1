package io.payonce.rpc;

/**
 * What stands behind an agreed answer beside the agreement. Ascending; none of it replaces the
 * quorum, which alone says which block is the chain's.
 */
public enum Proof {
  /** Nothing that could be checked came with the answer: agreement alone. */
  NONE,
  /**
   * Headers came with it, and have a form whose hash cannot be computed here, as on chains with
   * fields of their own or after a fork that is younger than this version: agreement alone.
   */
  UNVERIFIABLE,
  /** The header of the block that the answer is about gives the hash that was agreed on. */
  HEADER,
  /**
   * The value follows from the agreed header by a Merkle proof, or proves itself as signed bytes
   * do: it would hold if everybody else said otherwise.
   */
  VALUE
}
