/**
 * What a node's words mean.
 *
 * <p>Nodes answer a refused transaction in free text, and the JSON-RPC code carries no class:
 * "nonce too low" is -32003 on one client and -32000 on another. All wording lives in one data
 * file, {@code rules.json}; no other code of Payonce matches a node's text. Each rule names the
 * node source that it was derived from, texts that it must match and texts that it must not.
 *
 * <p>Invariants: a text that no rule knows, or that rules of different meaning claim, is {@link
 * io.payonce.failure.FailureCode#UNKNOWN}; and no class ever says that a transaction was not sent.
 * A class is a hint for the next step. What happened is decided by the chain.
 *
 * <p>{@link io.payonce.failure.Diagnoser} answers the question of support, why a payment stands
 * where it stands, from the journal and what the chain was asked, with evidence for each answer.
 */
@NullMarked
package io.payonce.failure;

import org.jspecify.annotations.NullMarked;
