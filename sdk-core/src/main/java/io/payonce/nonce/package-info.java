/**
 * The public face of lanes and their nonces: {@link io.payonce.nonce.NonceManager}. The journal is
 * the authority for nonces; the chain's counts may only stop a lane, never lower it.
 *
 * <p>A host with transactions of its own takes their nonces from the same authority: {@link
 * io.payonce.nonce.Reservation}. Reserved (held for a while, then given back by itself), intended
 * (stored, and never given back), then out: by Payonce with the host's bytes, or by the host
 * itself. Payonce never signs or replaces such a transaction. What the specification left open: a
 * reservation has a name, as a payment has a key, which finds it again after a crash and stands for
 * one transaction for ever; its life is a parameter with a default of two minutes, as all nonces
 * above it wait; the consumer classes {@code HOST} and {@code HOST_REVERTED} end it.
 */
@NullMarked
package io.payonce.nonce;

import org.jspecify.annotations.NullMarked;
