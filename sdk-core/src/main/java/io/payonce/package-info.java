/**
 * The values of a payment: exact, immutable and checked at construction.
 *
 * <p>Amounts are integers in the asset's smallest unit, addresses pass EIP-55 when their case is
 * mixed, hashes are 32 bytes. A value that exists is valid; whatever would lose a digit or be
 * ambiguous throws {@link java.lang.IllegalArgumentException} and names field, value and limit.
 *
 * <p>Typed transactions (legacy with EIP-155, EIP-2930, EIP-1559) have one strict codec, {@link
 * io.payonce.TransactionCodec}: what it decodes it encodes again to the same bytes, and it refuses
 * every form that a node would have to guess about. Other types are refused by name.
 *
 * <p>All types here are thread-safe.
 */
@NullMarked
package io.payonce;

import org.jspecify.annotations.NullMarked;
