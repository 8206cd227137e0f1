package io.payonce.routing;

/**
 * How far critical reads check what nodes say against the hash of a block, instead of counting
 * alone. Ascending in what it asks for and in what it costs. None of it replaces the quorum, which
 * alone says which block is the chain's.
 */
public enum Proofs {
  /**
   * Nothing is checked. For a chain whose headers are hashed in another way than {@code
   * ChainProfile.ethereumHeaders} says, until its profile is corrected.
   */
  NONE,
  /**
   * Each header that comes with a vote has to give the hash that it names. It costs microseconds
   * and no request, as the headers are there in any case.
   */
  HEADERS,
  /**
   * {@link #HEADERS}, and nonces, balances and code are proven by {@code eth_getProof} under the
   * state root of the agreed header, which one honest operator is enough for. One more request and
   * round trip for each such read, to one operator after the other until a proof holds. Not the
   * default, as many vendors count it among archive methods, price it higher and keep proofs of a
   * few blocks only.
   */
  STATE,
  /**
   * {@link #STATE}, and success, gas and logs of each receipt that is found are proven by all
   * transactions and receipts of its block, from one operator, under the roots in its agreed
   * header. For each block that is one more critical read and a few hundred kilobytes.
   */
  ALL
}
