/**
 * Proof by simulation: many payments over three operators, with random faults of every kind, and
 * the production engine, pool, guard and fee oracle on one thread of virtual time.
 *
 * <p>{@link io.payonce.examples.simulate.Simulation} runs one seed. {@link
 * io.payonce.examples.simulate.Judge} believes nobody but the chain's own ledger: per key, payments
 * on the chain and refunds given are never more than one together. What is around the engine is
 * wrapped to fail: the journal before, during and after each commit, the signer, the process itself
 * at each point of the write-ahead protocol. The same seed is the same run, on every JDK.
 */
@NullMarked
package io.payonce.examples.simulate;

import org.jspecify.annotations.NullMarked;
