/**
 * The engine: one deterministic step per lane, and the thin shell that runs its commands.
 *
 * <p>{@link io.payonce.submit.internal.LaneEngine} is pure. It folds events into memory and
 * answers, each time anew, what should be done now: level-triggered, so a lost or repeated event
 * changes nothing. Whatever must be durable is one {@link
 * io.payonce.submit.internal.LaneCommand.Commit}, and nothing else is commanded before its result
 * is known: intent before signing (P3), bytes before sending (P5), verdict before anybody is told
 * (P10).
 *
 * <p>Any doubt about the journal (a failed or unknown commit, a conflict, a stale epoch) has one
 * answer: forget the memory, drop every byte that is not stored, load the lane again. Recovery
 * after a crash is the same path, so it is taken all the time.
 *
 * <p>Several instances on a journal have an engine for every lane, and all but one of them stand
 * by: they try to take the lane again and again, and hand requests on. A request between instances
 * is a row of the journal until its answer is stored, in the commit of its effect; so it is neither
 * lost nor done twice. {@link io.payonce.submit.internal.LaneLease} decides nothing about money. It
 * only keeps instances from taking lanes from each other all the time, and stops new signatures
 * after two thirds of a lease that could not be renewed. Several times a second the owner of a lane
 * renews, and looks for transfers and requests that others left for it.
 *
 * <p>What waits for a nonce is in the {@link io.payonce.submit.internal.WaitingRoom}: a window of
 * each priority in memory, the rest in the journal. {@link io.payonce.submit.internal.Deadlines}
 * ends what is too late, {@link io.payonce.submit.internal.HandingOver} gives payments of a pool to
 * a wallet that can pay them at once. It knows the other wallets only by what their owners last
 * said of them; that may be old, and then the next owner hands the payment on.
 *
 * <p>What is final is final while its block is. When a final block is replaced, before anybody's
 * eyes or while no instance ran, {@link io.payonce.submit.internal.BrokenFinality} finds in the
 * journal what rested on it, quarantines it and freezes the lane. Winners are sent again, but never
 * what ended unpaid: somebody may have refunded it, and once a person has resumed the lane a
 * transfer of nothing takes its nonce. Nothing becomes final before the walk is through, so a block
 * that stands proves all before it, and the walk is short.
 *
 * <p>{@link io.payonce.submit.internal.Reservations} are nonces for transactions of hosts. Each
 * step is a request like others, and one commit: its nonce is the lane's next one only while
 * nothing else waits for a commit. What the host intended is an attempt of the kind {@code HOST}:
 * sent, watched and resolved like all attempts, never signed and never replaced here. A reservation
 * is given back when its life ends before that, unless the chain or the pools know a transaction of
 * its nonce. {@link io.payonce.submit.internal.Filling} fills what was given back below a nonce in
 * use, and what a person names.
 *
 * <p>{@link io.payonce.submit.internal.LaneRunner} is the shell of one lane, {@link
 * io.payonce.submit.internal.ChainFollower} agrees on the chain's blocks for all its lanes, {@link
 * io.payonce.submit.internal.ConsumerFinder} finds out which transaction took a nonce: hashes are
 * hints, nonces decide.
 *
 * <p>A lane with a private {@link io.payonce.rpc.Route} sends everything by it and gives the finder
 * no hashes. The journal knows nothing of routes: bytes go the way that the lane has now, and the
 * client refuses what it still keeps private.
 *
 * <p>Before anything is bound or signed, the chain's counts are compared with the journal's (I12).
 * A quorum above freezes the lane; a lone claim delays binding ({@link
 * io.payonce.submit.internal.LoneClaims}); lower counts mean nothing. Known limit: bytes that a
 * newer journal exposed and that every pool has forgotten are seen by nobody. So whoever restores a
 * backup says so ({@code SubmitterBuilder.restored}): each lane counts as behind the chain then,
 * and a person fills the nonces that such bytes could hold before it pays again ({@code
 * NonceManager.fill}). A process that outlives a fail-over says so too ({@link
 * io.payonce.submit.internal.LostCommits}): nonces and epochs of a lane only rise, so a journal
 * that shows it less than before has lost commits, as an asynchronous replica has. The owner looks
 * with each renewal of its lease, as it may have nothing to commit, and who stands by with each try
 * to take the lane, as it may be the next owner. A payment that this process ended without a nonce
 * and that waits again says the same. That is no guard for who starts after the fail-over, nor for
 * an end without a nonce that another instance wrote, nor for a binding to a nonce that had been
 * given back; nor is it one while an epoch that was lost is given out again: two instances may
 * write under one until the first of their commits that does not fit. Hence the restore runbook
 * stays as it is. A lane that is behind the chain gives out no nonce and goes on with those it gave
 * out, payments included: a key binds once, in an old backup too, and a nonce that stays unsigned
 * would strand the fills above it.
 */
@NullMarked
package io.payonce.submit.internal;

import org.jspecify.annotations.NullMarked;
