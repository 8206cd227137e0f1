/**
 * The SPI between the engine and any kind of key.
 *
 * <p>A signer sees the decoded transaction and what it is for, never a bare digest; the digest is
 * derived. It answers asynchronously with a sealed {@link io.payonce.signing.SigningOutcome}.
 * Before every key stands a guard that reads the claim on the slot back from the journal ({@link
 * io.payonce.signing.SigningClaims}) and takes nobody's word for it.
 *
 * <p>{@link io.payonce.signing.EcdsaVerifier} lets a module with faster code for the curve check
 * signatures with it; this module has no native code.
 */
@NullMarked
package io.payonce.signing;

import org.jspecify.annotations.NullMarked;
