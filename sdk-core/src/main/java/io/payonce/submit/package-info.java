/**
 * Submission: {@link io.payonce.submit.IdempotentSubmitter} takes payments under keys and brings
 * each to an end exactly once.
 *
 * <p>Guarantees. A key means one payment for ever: the same key with the same content answers what
 * is known, with other content it is a conflict. A payment has one nonce for ever. Nothing is
 * signed before its intent is stored, nothing is sent before its bytes are stored. Nothing but a
 * final block decides: a lost reply, a null receipt or an error text may lead to waiting, to the
 * same bytes again or to a replacement at the same nonce, never to a new nonce and never to a
 * refund.
 *
 * <p>{@link io.payonce.submit.Verdict#safeToRefund()} is true only for payments that ended unpaid
 * beyond doubt; such a key can never pay.
 *
 * <p>Several instances may run on one journal. One of them works on a wallet at a time, under a
 * lease of 10 s that it renews every 3 s; any of them accepts payments, answers for them and takes
 * requests, which reach the owner through the journal. What keeps a former owner from harm is the
 * epoch on every write, whatever clocks, pauses and leases do: woken late, it can only send again
 * what is stored. Wallets spread over the instances by count; one that crashed is replaced when its
 * leases end, one that {@linkplain io.payonce.submit.IdempotentSubmitter#drain(java.time.Duration)
 * drains} at once.
 *
 * <p>A payment may come from a pool of wallets. It always stands in the queue of one of them, whose
 * owner alone decides about it, so that everything said of one wallet holds for a pool; without a
 * nonce it can be handed over to another. What that adds to a restored backup: the journal may not
 * know which wallet had taken a payment over. So a pool's payments get no nonce before each of its
 * wallets was compared with the chain, and none while the chain is ahead of one.
 *
 * <p>A payment that the chain has and the journal never asked for is an <em>orphan</em>: a newer
 * journal sent it, of which this one is a backup, or somebody else with the key. While nobody has
 * said whose it is, every payment with its chain, payee, asset and amount is {@code
 * HELD(POSSIBLE_DUPLICATE)}: neither paid nor safe to refund, however and whenever it was accepted.
 * {@link io.payonce.submit.IdempotentSubmitter#resolve} releases it: as paid by the orphan, which
 * then holds nobody else, or as another payment, for this payment alone.
 *
 * <p>A host may have transactions of its own in the same wallet ({@link
 * io.payonce.nonce.NonceManager#reserve}). Their nonces are given out by the same owner, in the
 * same order and under the same conditions as those of payments, so there is never a second
 * authority.
 *
 * <p>A <em>group</em> ({@link io.payonce.submit.IdempotentSubmitter#submitGroup}) is one payment to
 * a payout contract that pays many members. Everything said above holds for the group under its
 * key; each member has a key of its own besides, and a verdict of its own ({@link
 * io.payonce.submit.MemberStatus}). A member is in one living group at a time. It leaves it only by
 * proof: the group ended unpaid, or a log of its final transaction says that this member was left
 * out ({@link io.payonce.submit.SettlementProof}). What no log shows stays undecided, and with it
 * the group is quarantined. Once a person confirms that payment, all members but those proven
 * unpaid count as paid. A restored journal does not know what a group of the newer one paid, so any
 * payment that went through its contract holds it as an orphan does.
 *
 * <p>Parts of the host may break their word. A client or a signer that throws, that answers {@code
 * null}, or that never answers, counts as one without an answer: the same is asked again, a signer
 * after its {@code signTimeout} (a late answer still counts), a client two minutes past its
 * deadline. A task that the executor rejects is offered again. A listener that throws is logged. A
 * defect that nobody expected costs a wallet its memory, which is loaded again from the journal.
 * Who waits for an answer when the submitter is closed is told so; that says nothing of the
 * payment.
 *
 * <p>An {@code Error} is no exception to this, in clients, signers, journals, listeners, proofs and
 * sinks alike: whatever they throw means that there is no answer, is logged or told as trouble, and
 * goes no further. What is half done in memory is dropped at once, as nobody can tell a missing
 * class from a dying machine; and what a host's executor makes of a thread that ends may be that a
 * wallet stands still. Only who calls on a thread of its own is thrown what was thrown, as it has
 * to know that nothing is known of its request. A process that is to end at such errors is told so
 * by the JVM's own options, {@code -XX:+ExitOnOutOfMemoryError} for example.
 *
 * <p>What runs it is in {@code internal}: a deterministic step per lane and a thin shell.
 */
@NullMarked
package io.payonce.submit;

import org.jspecify.annotations.NullMarked;
