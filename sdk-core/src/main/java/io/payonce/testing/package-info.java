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
 * <p>A host runs its own wiring in it as it stands, since each part takes time, threads and network
 * from outside:
 *
 * <ol>
 *   <li>{@code time = new VirtualTime()}, and for each process that may crash, stall or have a
 *       wrong clock {@code process = time.newProcess()}.
 *   <li>{@code chain = SimulatedChain.builder(time).seed(7).provider("alpha", ClientFamily.GETH)}
 *       and so on; then coins and tokens for the wallets.
 *   <li>The pool with {@code transport(endpoint -> chain.transport(endpoint.name(), process))};
 *       pool, submitter and the host's own classes with clock, ticker, executor and scheduler of
 *       the process.
 *   <li>The journal: a {@link io.payonce.testing.MemoryTransferStore} of {@code time.clock()},
 *       which outlives its processes.
 *   <li>{@code time.await(future, limit)}, {@code time.runUntil(condition, limit)} or {@code
 *       time.runNext()}, never {@code join()}. Meanwhile {@code chain.setFaults}, {@code reorg},
 *       {@code process.kill()}, {@code pause()} and {@code jumpClock}.
 *   <li>What to believe: {@code chain.payments(asset, payee)} and {@code isFinal(hash)}, which no
 *       fault touches.
 * </ol>
 *
 * <p>{@code io.payonce.examples.simulate} in the examples does all of this over many seeds.
 *
 * <p>For real sockets there are {@link io.payonce.testing.FaultProxy}, HTTP in front of a node or a
 * script, {@link io.payonce.testing.PushServer}, heads over WebSocket, and {@link
 * io.payonce.testing.TcpRelay}, bytes that are passed on. The first two do what networks and
 * providers do wrong, one fault at a time, and keep what they were sent, so that a test judges by
 * what servers saw. {@link io.payonce.testing.PostgresServer} is a database server that a test may
 * kill, and {@link io.payonce.testing.PostgresProxy} cuts its connections in the COMMIT.
 */
@NullMarked
package io.payonce.testing;

import org.jspecify.annotations.NullMarked;
