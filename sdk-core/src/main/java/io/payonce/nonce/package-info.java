/**
 * The public face of lanes and their nonces: {@link io.payonce.nonce.NonceManager}. The journal is
 * the authority for nonces; the chain's counts may only stop a lane, never lower it.
 */
@NullMarked
package io.payonce.nonce;

import org.jspecify.annotations.NullMarked;
