/**
 * Keys in this process's memory: ECDSA over secp256k1 with the deterministic k of RFC 6979, and the
 * keystore files of Ethereum clients (Web3 Secret Storage, version 3).
 *
 * <p>A key comes from a keystore file and its password, or as raw bytes with an {@link
 * io.payonce.signing.software.InsecureKeyAccess}: one search for that type lists every such place.
 * There is no way to get a key out again but into a keystore file. It signs only for a guard
 * ({@code io.payonce.signing.guard}), which verifies what it answers.
 *
 * <p>Two codes compute, and give the same bytes: libsecp256k1 where its two optional dependencies
 * are on the class path of a Linux process, and Java. {@link
 * io.payonce.signing.software.NativeMode} chooses. The library comes from a jar, lies in a
 * directory of the owner alone while it is loaded, must have the hash pinned here, and must agree
 * with the Java code before it is used. It verifies what it signed, too, by computing the public
 * key from the signature: the guard compares that with the pinned one.
 *
 * <p>Hygiene: one buffer outside the heap, wiped on close; derived keys, passwords and copies wiped
 * after use. Native code reads the key in that buffer, so that the heap has no copy once a key read
 * from a file is open. The integers of the portable computation cannot be wiped.
 */
@NullMarked
package io.payonce.signing.software;

import org.jspecify.annotations.NullMarked;
