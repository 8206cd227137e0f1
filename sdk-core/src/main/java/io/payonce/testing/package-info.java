/**
 * What a host needs to test its payouts without a node, a network or a wait: virtual time and a
 * simulated chain. Optional for hosts; nothing in production code refers to it.
 *
 * <p>{@link io.payonce.testing.VirtualTime} is one queue of events; everything that waits takes its
 * clock, ticker, scheduler and executor from it, so one thread and one seed are one run.
 */
@NullMarked
package io.payonce.testing;

import org.jspecify.annotations.NullMarked;
