/**
 * Whole flows, each from a submission to its end: production engine, pool, guard and journal in
 * virtual time. Every story is played on each {@link io.payonce.examples.scenario.Ground}: on a
 * simulated chain, whose pools have the rules of real clients, and on anvil, whose EVM, blocks and
 * answers are real. It ends with {@link io.payonce.examples.scenario.Stage#verify}, which believes
 * the chain's own ledger.
 */
@NullMarked
package io.payonce.examples.scenario;

import org.jspecify.annotations.NullMarked;
