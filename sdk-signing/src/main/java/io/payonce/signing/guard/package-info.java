/**
 * The guard that stands before every key: at most one payment per (chain, address, nonce), one
 * nonce per payment, for ever.
 *
 * <p><b>A key is reachable only through it.</b> {@link io.payonce.signing.guard.SigningKey} has no
 * public method that signs; the guard, in the same package, is the only caller.
 *
 * <p><b>Order, fixed:</b> validate, caps, claim read-back, sign, verify, release. The submitter
 * commits its claim in its own journal before it asks; the guard reads that row by its own query
 * and judges the request by it, never by the caller's word. Nothing is sendable before the
 * submitter's next commit.
 *
 * <table>
 * <caption>What a slot's claims allow</caption>
 * <tr><th>request</th><th>slot</th><th>answer</th></tr>
 * <tr><td>any</td><td>no claim with this attempt, kind, intent and transaction</td><td>{@code NO_CLAIM}</td></tr>
 * <tr><td>{@code PAYMENT}</td><td>its claim is the first</td><td>signed; again: the same</td></tr>
 * <tr><td>{@code PAYMENT}</td><td>another claim came first, or another payment's</td><td>{@code NONCE_EQUIVOCATION}</td></tr>
 * <tr><td>{@code PAYMENT}, {@code REPLACEMENT}</td><td>the transfer is bound to another nonce</td><td>{@code INTENT_ALREADY_BOUND}</td></tr>
 * <tr><td>{@code REPLACEMENT}</td><td>payment first, never cancelled, previous is the claim before it</td><td>signed when to, value and data are the payment's, the gas limit is not lowered, and both fee fields rise by 10 %</td></tr>
 * <tr><td>{@code CANCEL}</td><td>previous is the claim before it, or the slot is free</td><td>signed when both fee fields rise by 10 %; then only cancels</td></tr>
 * <tr><td>{@code FILL}</td><td>no payment before it</td><td>signed, then only its own bumps or cancels, never a payment</td></tr>
 * </table>
 *
 * <p>A claim that was refused stays in the journal and counts as one that took the nonce: its
 * digest is the next request's {@code previous}, its fees are the base of the bump. The cancel is
 * the way out of every slot, so other claims' faults never block it. An earlier claim may be signed
 * again after a later one: it is the same digest, and a submitter that restarts asks for it.
 *
 * <p><b>Refused against unavailable.</b> A refusal sends a payment to its cancel; so a store that
 * cannot be read, a closed key and a suspect key are unavailable, and the same request is tried
 * again.
 *
 * <p><b>Payout contracts.</b> A call that pays several is signed only for a contract that the guard
 * was given, together with what reads its calls ({@link io.payonce.signing.guard.PayoutReader}):
 * the sum is held against the cap of its asset. Who the payees are, the guard does not see.
 *
 * <p><b>Not here:</b> the fingerprint's hash over the transfer (the guard sees the transaction, not
 * the transfer; it compares fingerprints between claims and contents between attempts), the audit
 * entry of a refusal, policy beyond caps, a journal of the guard's own for a signer in another
 * process. A journal that rewrites a committed row deceives this guard; that is the store's
 * contract.
 */
@NullMarked
package io.payonce.signing.guard;

import org.jspecify.annotations.NullMarked;
