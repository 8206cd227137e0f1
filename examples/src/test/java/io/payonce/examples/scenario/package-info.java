/**
 * Whole flows, each from a submission to its end: production engine, pool, guard and journal on a
 * simulated chain in virtual time. Every scenario ends with {@link
 * io.payonce.examples.scenario.Stage#verify}, which believes the chain's own ledger.
 */
@NullMarked
package io.payonce.examples.scenario;

import org.jspecify.annotations.NullMarked;
