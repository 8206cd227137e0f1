/**
 * {@link io.payonce.routing.RpcPool}: one chain, seen through several providers that fail, lag,
 * throttle and lie.
 *
 * <p>Parts, from the wire up: {@code RpcTransport} carries bytes and says how much was sent. The
 * codec is JSON-RPC 2.0 by the letter. A node pairs one endpoint with what was learned about it.
 * The roster knows who is asked next. Three short algorithms stand on them: a call goes from
 * endpoint to endpoint until one answers; a critical read asks every operator and counts; a
 * broadcast gives the bytes to two operators, then to the rest.
 *
 * <p>States of an endpoint:
 *
 * <ul>
 *   <li>{@code UP} to {@code DOWN}: three transport failures or timeouts in a row.
 *   <li>{@code UP} to {@code SUSPECT}: an answer that breaks the protocol, or dissent. Reads come
 *       last; it still votes.
 *   <li>{@code DOWN} to {@code SUSPECT} to {@code UP}: the first answer, then three in a row.
 *       Probes ask for the chain id after 1 s, doubling to 8 s.
 *   <li>any to {@code QUARANTINED}: a wrong chain id (until three good ones, 60 s apart) or a wrong
 *       hash for bytes it was given (for the life of the pool).
 *   <li>beside them: not verified yet, and throttled until a time.
 * </ul>
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>The quorum is over the configured operators, whoever can be reached.
 *   <li>What a node says about a transaction or a call never changes the state of its endpoint.
 *   <li>No bytes go to an endpoint whose chain id was not seen to be right in the last minute.
 *   <li>A broadcast is never repeated after bytes may have left; only a proven {@code NONE} is.
 *   <li>Each try is bounded by the deadline of its call, by the pool's scheduler.
 *   <li>A URL never leaves: not in logs, messages, exceptions or thread names.
 * </ul>
 *
 * <p>Refusals: methods that send or sign are no {@code call}; one operator needs an explicit
 * acknowledgement; plain http to another machine needs one too.
 *
 * <p>Differences from the specification: there is no library for circuit breaking underneath. What
 * was needed is one small state machine on the injected ticker; Failsafe reads the wall clock and
 * takes none.
 */
@NullMarked
package io.payonce.routing;

import org.jspecify.annotations.NullMarked;
