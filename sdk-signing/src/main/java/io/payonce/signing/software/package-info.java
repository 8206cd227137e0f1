/**
 * Keys in this process's memory: ECDSA over secp256k1 with the deterministic k of RFC 6979, and the
 * keystore files of Ethereum clients (Web3 Secret Storage, version 3).
 *
 * <p>A key comes from a keystore file and its password, or as raw bytes with an {@link
 * io.payonce.signing.software.InsecureKeyAccess}: one search for that type lists every such place.
 * There is no way to get a key out again but into a keystore file. It signs only for a guard
 * ({@code io.payonce.signing.guard}), which verifies what it answers.
 *
 * <p>Hygiene: one buffer outside the heap, wiped on close; derived keys, passwords and copies wiped
 * after use. The integers of the computation cannot be wiped.
 */
@NullMarked
package io.payonce.signing.software;

import org.jspecify.annotations.NullMarked;
