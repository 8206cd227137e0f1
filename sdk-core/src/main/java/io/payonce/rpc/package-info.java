/**
 * How Payonce speaks with nodes: the SPI {@link io.payonce.rpc.RpcClient}, and the pure rules by
 * which answers of several operators become one fact.
 *
 * <p>An <em>endpoint</em> is one URL. An <em>operator</em> is who can lie through it; several
 * endpoints of one operator have one vote. A {@link io.payonce.rpc.Fact} is a question whose answer
 * moves money; it is answered by a quorum of the <em>configured</em> operators or not at all, and
 * how many must agree never depends on who can be reached ({@link io.payonce.rpc.QuorumRule}).
 *
 * <p>What can be computed is not a matter of votes: {@link io.payonce.rpc.Proof} says what stands
 * behind an agreed answer beside the agreement. Which block is the chain's, the quorum alone says.
 *
 * <p>A broadcast returns {@link io.payonce.rpc.BroadcastEvidence}: what each endpoint said. Nothing
 * in it is proof that a transaction will or will not be mined.
 *
 * <p>A {@link io.payonce.rpc.Route} says who may hear of a transaction before it is mined. What
 * went out in private is neither sent nor looked up elsewhere until its route says so.
 *
 * <p>A {@link io.payonce.rpc.HeadEvent} says that the chain has moved; it is a reason to look.
 *
 * <p>JSON values cross this SPI as plain Java: {@code Map<String, Object>}, {@code List<Object>},
 * {@code String}, {@code Boolean}, {@code BigInteger}, {@code BigDecimal} and null.
 */
@NullMarked
package io.payonce.rpc;

import org.jspecify.annotations.NullMarked;
