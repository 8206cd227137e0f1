package io.payonce.testing;

/** What becomes of the transactions of the blocks that a reorg removes. */
public enum ReorgMode {
  /** They are in the new blocks too, each one block later where there is one. */
  REINCLUDED,
  /** They are back in every pool and mined again later. */
  RETURNED,
  /** They are gone from every pool. */
  VANISHED,
  /** They are gone, and come back into every pool some blocks later. */
  DELAYED
}
