/**
 * A second source of history for reconciliation: what others than the quorum say that a wallet has
 * done. {@link io.payonce.routing.indexer.Indexer} is the SPI; {@link
 * io.payonce.routing.indexer.RpcIndexer} is one over any client of nodes; {@link
 * io.payonce.routing.indexer.IndexerPool} asks several and puts their answers side by side.
 *
 * <p>Whatever a source says is a {@link io.payonce.routing.indexer.Hint}: nothing in Payonce takes
 * a hint for a fact, and core, which decides about payments, cannot even see this package. The one
 * way from a hint to a fact is {@link io.payonce.routing.indexer.HintCheck}, which asks the quorum
 * of a client and says of each hint that it is confirmed, contradicted or unknown. A hint that is
 * missing proves nothing.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A page covers its blocks without a gap from the first one that was asked about, names its
 *       source and the newest block that this one has, and says where to go on and why.
 *   <li>Each page is bounded in blocks, rows, bytes and time. What can never fit is refused with
 *       field, value and limit.
 *   <li>Of several sources none is dropped and none wins: who is late, fails, refuses, or says what
 *       another one does not, is named.
 *   <li>An answer that cannot be one to its question is no answer.
 * </ul>
 *
 * <p>Differences from the specification, and why: it has one SPI that is the pool; here one source
 * is the SPI, so that several can disagree in the open. Questions of a sender name blocks too,
 * since a search without an end is no bounded one. It is part of routing and not of core: nothing
 * that decides about a payment may depend on it.
 */
@NullMarked
package io.payonce.routing.indexer;

import org.jspecify.annotations.NullMarked;
