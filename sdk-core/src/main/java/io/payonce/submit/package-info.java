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
 * <p>What runs it is in {@code internal}: a deterministic step per lane and a thin shell.
 */
@NullMarked
package io.payonce.submit;

import org.jspecify.annotations.NullMarked;
