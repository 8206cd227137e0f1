/**
 * Proof by simulation: many payments over three to nine operators, by one to three instances, with
 * random faults of every kind, and the production engine, pool, guard and fee oracle on one thread
 * of virtual time.
 *
 * <p>{@link io.payonce.examples.simulate.Simulation} runs one seed. Faults come from two places.
 * {@link io.payonce.examples.simulate.Chaos} decides at each point of the write-ahead protocol:
 * journal, signer, sending and the process itself fail before, during and after, and questions to
 * the journal, the guard's too, get no answer. {@link io.payonce.examples.simulate.Troubles} plans
 * what befalls providers, chain, clocks, processes, their way to the journal and the key: bursts,
 * lies below a quorum, outages, all but the liars down, reorganisations, evictions, pauses,
 * restarts, foreign use. Every fault has a name, and whether it strikes depends on seed and name
 * alone. So a run can be repeated with any part of its faults, and {@link
 * io.payonce.examples.simulate.Shrinker} finds the few that break an invariant. The same seed is
 * the same run, on every JDK.
 *
 * <p>{@link io.payonce.examples.simulate.Judge} believes nobody but the chain's own ledger and what
 * passed by: the bytes, the intents, the commits. It checks
 *
 * <ul>
 *   <li>when the signer answers: I1, I2, I3, I10;
 *   <li>when bytes leave: I2, I14;
 *   <li>when a lane is written: I6, I8, I11, I12;
 *   <li>when the engine commits a nonce: I12, against what a quorum has just told it;
 *   <li>when the journal commits the end of a payment: I4, I7, since whoever asks is told so;
 *   <li>when the engine speaks of a payment, and when a host asks: I4, I7, I9;
 *   <li>when the chain changes: I15, and with it I5, since absence taken for evidence pays twice;
 *   <li>when a sink is given an event: I13, each transition once per commit, in order;
 *   <li>at the end: I11, I13, I16.
 * </ul>
 *
 * <p>{@link io.payonce.examples.simulate.Users} are the hosts and operators around it. They repeat
 * and cancel, take a refund or pay under a new key where the verdict lets them, resume what an
 * incident froze, and confirm what a foreign transaction took.
 *
 * <p>In one run of three there are {@link io.payonce.examples.simulate.Rivals}: producers who kept
 * what was replaced, and mine it after all in the place of what had won, in blocks that are not
 * final. In one run of four hosts change their minds about half of their payments, so that there is
 * much that was replaced. Both are here for what takes one confirmation for the end.
 *
 * <p>In half of the runs {@link io.payonce.examples.simulate.Hosts} have transactions of their own
 * from the same wallets: they reserve, intend, sign, give back, forget, vanish or send by
 * themselves. The judge demands that no such nonce is given twice, and that each transaction is
 * mined once at most and only as it was intended.
 *
 * <p>In one run of six {@link io.payonce.examples.simulate.Backups} put an old backup of the
 * journal in its place, over the real pool and with pools of wallets, and operators follow the
 * runbook of the journal. Nothing of the chain's is forgiven then: a debt is settled once. What the
 * judge forgets is what only the lost journal promised: which nonces it had given out beyond those
 * that carried bytes, and attempts that it alone knew. A key may be bound anew once a final block
 * has the nonce that it had. Groups are repeated as they were, and none of their members enters
 * another group before; where a transaction paid some members of a group, it is held for good.
 * Hosts with transactions of their own look at the chain for those that they have signed, but for
 * the careless, whom the engine has to refuse. Such runs have no groups that share a member by
 * mistake and no broken finality, and a host never again sends a key that it was told is unpaid and
 * that is gone.
 *
 * <p>In one of five of the other runs {@link io.payonce.examples.simulate.FailOvers} replaces the
 * journal by a replica that lacks the commits of the last moments, under processes that live on,
 * and mostly with empty pools. Who lives has to notice: no nonce that carried bytes is given out
 * again, and nothing is paid twice. Who starts before the wallets are recovered is told, as the
 * runbook says. The end of a payment without a nonce can only be known to who wrote it, so any
 * other process may pay that (such debts are excused); and no sink is judged any more, as numbers
 * of events are used twice.
 *
 * <p>In one run of five a wallet delegates to code (EIP-7702) for a while or for good. Others call
 * it, and each call takes a nonce of the wallet, of which no transaction tells. Pools take one
 * transaction of the wallet at a time, and what it sends to itself, a cancel or a fill, fails on
 * the chain and takes its nonce. The judge demands that all of it is named.
 *
 * <p>Not simulated here: the hash chain of the event log, which only a durable journal has; that
 * delegated code moves money of the wallet.
 */
@NullMarked
package io.payonce.examples.simulate;

import org.jspecify.annotations.NullMarked;
