/**
 * What a host needs to test its payouts without a node, a network or a wait: virtual time and a
 * simulated chain. Optional for hosts; nothing in production code refers to it.
 *
 * <p>{@link io.payonce.testing.VirtualTime} is one queue of events; everything that waits takes its
 * clock, ticker, scheduler and executor from it, so one thread and one seed are one run.
 *
 * <p>{@link io.payonce.testing.SimulatedChain} is one ledger (the truth, with every fork kept) and
 * one node for each provider. A node sees the ledger late by its own delay, has its own pool under
 * the rules and in the words of its {@link io.payonce.testing.ClientFamily}, and suffers what its
 * {@link io.payonce.testing.ProviderFaults} say. A request is carried out in the world, whatever
 * becomes of the caller; its reply belongs to the calling process and dies with it. What it does
 * not model: byte code, roots and blooms, and sending to a new contract.
 *
 * <p>For real sockets there are {@link io.payonce.testing.FaultProxy}, HTTP in front of a node or a
 * script, and {@link io.payonce.testing.PushServer}, heads over WebSocket. Both do what networks
 * and providers do wrong, one fault at a time, and keep what they were sent, so that a test judges
 * by what servers saw.
 */
@NullMarked
package io.payonce.testing;

import org.jspecify.annotations.NullMarked;
