/**
 * web3j on a pool: {@link io.payonce.routing.web3j.PooledWeb3jService} is a {@code Web3jService},
 * so that a program written against web3j gains several providers by changing one line.
 *
 * <p>The adapter pairs nothing by position and trusts no node with an id: the pool does its own
 * requests, and each reply is written under the id that the caller sent, in the caller's order.
 * Which requests are more than one call: facts that move money are critical reads at an agreed
 * block; a raw transaction is a broadcast with evidence; a filter, and a subscription to logs, is a
 * trail of delivered blocks, and one to heads is the pool's own stream of them.
 *
 * <p>One class file serves web3j 4.13.0 (JDK 17) and 6.0.0 (JDK 25), whose JSON mappers have
 * different names. So no code here names a mapper: JSON is read and written with this module's own
 * parser, and the mapper of whichever web3j is there is used through {@code Service}'s own methods,
 * or, for notifications, which those do not read, by reflection.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A send answers a hash only when a node took the transaction or is seen to have it, and the
 *       hash is the local one. The adapter never sends bytes that its caller did not give it, and
 *       never twice in one call beyond what the pool proves unsent.
 *   <li>Null for a receipt is an agreed absence. A quorum that is not reached is an exception,
 *       never a null, a zero or the answer of one node.
 *   <li>No filter or subscription to heads or logs skips a block, and none delivers one twice,
 *       whichever endpoint fails or lags. What goes beyond its memory (a reorganisation of more
 *       than 64 blocks for logs, more than 1,024 missed blocks for heads) ends it with an error.
 * </ul>
 *
 * <p>Limits:
 *
 * <ul>
 *   <li>The quorum compares of a receipt what {@code io.payonce.Receipt} holds: transaction, block,
 *       sender, status, gas, price and logs. Its remaining fields, the contract address among them,
 *       are those of one endpoint. Of a safe or finalized block it compares number and hash.
 *   <li>Balance and code at {@code pending}, calls, logs, other blocks and transactions by hash are
 *       answered by one endpoint.
 *   <li>Without bounds of the host a pending count may be lower than what one node has: several
 *       payments at once from one wallet then meet at one nonce, of which one is mined.
 * </ul>
 *
 * <p>Refusals: subscriptions on a client that is no pool, those that one node has to tell and
 * filters for pending transactions where no endpoint has a WebSocket; methods that sign in the
 * node, transactions for another chain, without EIP-155, of types above 2, or that create a
 * contract. Filters end when nobody has asked for five minutes, subscriptions with the service.
 *
 * <p>Differences from the specification: filters are not bound to one endpoint and rebuilt when it
 * fails, but have no endpoint at all, so that nothing has to be rebuilt. Logs are asked for by
 * block hash, which an endpoint without the block refuses, in place of answering with too few. So a
 * subscription to logs needs no endpoint that pushes them, and loses none with it. web3j's class of
 * pushed logs has no place for {@code removed}: it would show a log that was taken back as one that
 * happened, so these are left out there. The pool's own broadcast does not look for the transaction
 * at other operators; the adapter does, when nobody admitted to have it.
 */
@NullMarked
package io.payonce.routing.web3j;

import org.jspecify.annotations.NullMarked;
