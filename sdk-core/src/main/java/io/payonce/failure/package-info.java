/**
 * What a node's words mean.
 *
 * <p>Nodes answer a refused transaction in free text, and the JSON-RPC code carries no class:
 * "nonce too low" is -32003 on one client and -32000 on another. All wording lives in one data
 * file, {@code rules.json}; no other code of Payonce matches a node's text. {@link
 * io.payonce.failure.FailureClassifier} reads a {@link io.payonce.failure.NodeAnswer} by it.
 *
 * <p><b>Rules.</b> Each has an id, the meaning, and where it holds: clients with a version range
 * ({@code "besu >=23.4"}), chains, method, JSON-RPC code; nothing of these means everywhere. It
 * matches one field, {@code TEXT} (the message, or the text in data), {@code CODE}, {@code BODY} or
 * {@code STATUS}, by whole words: {@code EXACT}, {@code PREFIX}, {@code CONTAINS} or an anchored,
 * linear {@code REGEX}. It names the sources that it was derived from, as {@code project file} or
 * {@code project@version file}, where {@code projects} tells each project's repository, the commit
 * or release that was read and its licence; texts that it must match; and texts that it must not.
 * Texts are facts of node sources, of nodes that were asked, and of the public references of the
 * providers that send them. A host adds rules of its own by {@code withRules}.
 *
 * <p>A file is refused, by rule and reason, when a source, sample or near miss is missing, when a
 * sample is not decided by its own rule alone, when an expression is not anchored or not linear,
 * and when a rule that would stop payments ({@code HOLD_PAYLOAD}, {@code HOLD_CONFIG}) is limited
 * to no client or chain. Such words also have a second rule for everybody whose action is {@code
 * UNKNOWN}: the meaning is told, and nothing is stopped by it.
 *
 * <p>Deliberate: words come before codes, although facts usually come first. Besu says -32005 for
 * gas limits and -32007 for senders where providers mean rate limits, and Nethermind says -32016
 * for its own timeout; read first, the code would hide the reason that stands beside it. Of two
 * rules that match, one inside the other, the longer decides: "replacement transaction underpriced"
 * is no "transaction underpriced".
 *
 * <p>Invariants: a text that no rule knows, or that rules of different meaning claim, is {@link
 * io.payonce.failure.FailureCode#UNKNOWN}; an unknown client stops no payment; and no class ever
 * says that a transaction was not sent. A class is a hint for the next step. What happened is
 * decided by the chain.
 *
 * <p>{@link io.payonce.failure.Diagnoser} answers the question of support, why a payment stands
 * where it stands, from the journal and what the chain was asked, with evidence for each answer.
 */
@NullMarked
package io.payonce.failure;

import org.jspecify.annotations.NullMarked;
