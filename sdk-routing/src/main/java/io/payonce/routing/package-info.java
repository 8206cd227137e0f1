/**
 * {@link io.payonce.routing.RpcPool}: one chain, seen through several providers that fail, lag,
 * throttle and lie.
 *
 * <p>Parts, from the wire up: {@code RpcTransport} carries bytes and says how much was sent. The
 * codec is JSON-RPC 2.0 by the letter. A node pairs one endpoint with what was learned about it.
 * The roster knows who is asked next, by a pure rule that a trace can be replayed with. Three short
 * algorithms stand on them: a call goes from endpoint to endpoint until one answers; a critical
 * read asks every operator and counts; a broadcast gives the bytes to two operators, then to the
 * rest. Budgets bound what second attempts may add, and a watch raises the alarm when several
 * operators leave at nearly the same time. A view keeps to one endpoint, and moves to another one
 * that shows the same block. A feed of heads listens to two operators over WebSocket, polls two
 * while nobody pushes, and reads what was missed; each subscriber has a cursor of its own.
 *
 * <p>States of an endpoint:
 *
 * <ul>
 *   <li>{@code UP} to {@code DOWN}: three transport failures or timeouts in a row, ten of twenty,
 *       or no answer at all for two seconds after the first of two requests. A timer sees to that,
 *       as silence is no event. A lone request, as in a pool that hardly anybody uses, gets a
 *       question for the chain id beside it when it has waited for a second, once in 5 s at most
 *       and not where answers are known to take as long.
 *   <li>{@code UP} to {@code SUSPECT}: an answer that breaks the protocol, dissent, a refusal of a
 *       read that another endpoint answers, where it speaks of the endpoint or in words that no
 *       rule knows, four failures of twenty, or a head more than 64 blocks ahead of all others for
 *       three block times, while these go on. Reads come last; it still votes.
 *   <li>{@code DOWN} to {@code SUSPECT} to {@code UP}: the first answer, then three in a row.
 *       Probes ask for the chain id after 1 s, doubling to 7 s; critical reads ask it too while
 *       there is no quorum without it.
 *   <li>any to {@code QUARANTINED}: a wrong chain id (until three good ones, 60 s apart); a wrong
 *       hash for bytes it was given, a header that does not give the hash it names, or an answer
 *       that a proof refutes twice (until a person releases it).
 *   <li>beside them: not verified yet, throttled until a time, behind the newest block that two
 *       operators have, and inconsistent: several nodes under one name.
 * </ul>
 *
 * <p>The alarm is about who votes, and not about health. What an operator that is asked for a vote
 * does not answer is missed, whatever its words, as these keep an honest one from voting as well as
 * silence does. It may have good reason: the block is old, or not there yet, the chain has no such
 * tag, the call is too much. So it is asked the same method about a block that it has shown itself,
 * at once and a second later; who misses all three is gone until it answers the method again. What
 * it never answered it does not have, a revert answers a call, and what the pool itself held back
 * is no question. Nothing of it changes the state of an endpoint. With a third of the voters, two
 * at least, gone within a minute in this way or because nothing may be asked of them, there is an
 * alarm.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>The quorum is over the configured operators, whoever can be reached.
 *   <li>What a node says about a transaction or a call never changes the state of its endpoint.
 *       What it says about itself does not either, before another one has answered the same.
 *   <li>A proof decides about a value under a header, and never which header is the chain's.
 *   <li>No bytes go to an endpoint whose chain id was not seen to be right in the last minute.
 *   <li>A broadcast is never repeated after bytes may have left; only a proven {@code NONE} is.
 *   <li>Each try is bounded by the deadline of its call, by the pool's scheduler.
 *   <li>A URL never leaves: not in metrics, logs, messages, exceptions or thread names.
 *   <li>Other voters than before are in force after ten minutes, or when a person accepts them.
 *   <li>Of the heads of one stream each is the child of the one before, or an event says why not.
 *       The word of one operator alone extends the stream after a block time, marked, and never
 *       takes a block back.
 *   <li>What a {@link io.payonce.routing.ChainView} answers is of its block. No view is at a lower
 *       block than one before, nor at another one of the same height unless it says so.
 *   <li>What was sent by a private route, and its hash, leave to the endpoints that it names and to
 *       nobody else, until its window has passed, its route lets it go public, or a quorum shows it
 *       in a block.
 *   <li>Where keys are pinned, no byte of a request goes to a connection that shows none of them.
 * </ul>
 *
 * <p>Refusals: methods that send or sign, and filters, are no {@code call}, and no setting makes
 * them one; one operator needs an explicit acknowledgement; plain http to another machine needs one
 * too.
 *
 * <p>Differences from the specification, and why:
 *
 * <ul>
 *   <li>No Failsafe underneath. It reads the wall clock and takes none, so that the simulator would
 *       drive twins in its place; one small state machine, a bucket and a counter on the injected
 *       ticker are what both run.
 *   <li>Four states. WARMING is a share of the load, LAGGING and THROTTLED are marks beside the
 *       state, DISABLED is {@code DOWN} with an hour between probes, and a syncing node is one that
 *       is behind: each had the same effect as one of these.
 *   <li>Probes of what is down are 7 s apart at most, counted from their starts, where a doubling
 *       to 8 s was asked for: two more answers follow the first one a second apart, and ten seconds
 *       after it is healed an endpoint has to be back.
 *   <li>Words of a node about itself speak against it where another endpoint answers the same read,
 *       and not by what the classifier makes of them alone: nodes refuse a call in words of their
 *       own with status 500 too, and one that all refuse would take all of them out.
 *   <li>A wait in line is a part of the attempt, so the printed bound is the deadline. Only reads
 *       leave a line early ({@code maxQueueWait}): a vote or a broadcast has no other endpoint to
 *       ask, so that leaving would turn a busy provider into an absent one.
 *   <li>Two unanswered requests in two seconds are a hang, where three in flight were asked for: a
 *       call that was overtaken is not in flight any more, and its probe is the second witness.
 *   <li>The alarm informs and blocks nothing. The quorum is over the configured operators, so that
 *       starving honest ones never makes a lie agree; what is left that agrees is as good as ever.
 *   <li>Votes that are missed are counted for the alarm alone, and an operator is gone by them
 *       though its endpoints are {@code UP}: the specification has operators leave by their state,
 *       and says of words that they change none, so that whoever has a node answer with errors
 *       starves its vote unnoticed. The control questions are the only requests that a critical
 *       read adds.
 *   <li>A reload changes no promise to a running call, nor the mandatory operator and the size of
 *       bodies, which are built in. The delay of other voters is no setting, as whoever writes
 *       settings is whom it is about.
 *   <li>Heads are asked of the pool and not of any {@code RpcClient}: polling by default would need
 *       a scheduler there. A stream is read as its subscriber requests, so that no buffer overflows
 *       and a slow one is told of what it missed.
 *   <li>An operator that contradicts a quorum is suspect, below finality too, and not quarantined
 *       without a proof: its vote is one of the configured ones either way, so that nothing is
 *       gained, and when finality breaks the first honest witness would be banned until a person
 *       comes. For the same reason a final height that goes back at one endpoint is no fault: the
 *       agreed one never does.
 *   <li>A call for the newest block tells what one endpoint has, which may be less than what the
 *       call before told. Whoever held calls to the highest number ever told would follow the one
 *       endpoint that tells a false one. Views, {@code heads()} and final blocks never go back.
 *   <li>What a last resort answers is not marked: the outcome names the endpoint, {@code health()}
 *       how it stands, and the trace its rank. Only calls, which prove nothing, get there.
 *   <li>Chain ids are proven again by age, and after a reconnect only over WebSockets. Connections
 *       over HTTP come and go with the load, a signed transaction names its chain, and a quorum
 *       does not follow one provider that was re-routed. The genesis block is not asked for: nodes
 *       that have pruned the past do not have it.
 *   <li>Places are those of an endpoint and not of an operator: what a provider limits is a key.
 *   <li>{@code close()} cancels nothing after 2 s. What was asked has its deadline, the printed
 *       bound is that of the close too, and a cancelled vote or broadcast would leave its caller
 *       with less than it could know.
 *   <li>What an endpoint said to a transaction is kept in its own words, up to 2 KiB, in place of a
 *       digest; how much was sent follows from the verdict. It carries no times: the listener is
 *       told each as it comes, the journal says when, and health has the latencies. Looking for the
 *       transaction is a call of its own ({@code sighting}), as whoever watches the blocks needs
 *       none, and so is giving it to more operators than two (reach), in place of a number. What is
 *       sent again inside one call is what provably never left.
 *   <li>Heads have no role of their own: an endpoint with a WebSocket gives them.
 *   <li>{@code callBlocking} is the one blocking convenience, as it alone is more than to join a
 *       future: its thread carries the exchange. So it notices an interrupt when the exchange has
 *       ended, as the JDK's sockets do not. Nothing else blocks a thread.
 *   <li>There is no map of pools by chain: a host's own map is one, and nothing is shared between
 *       them.
 *   <li>No health thread makes snapshots. The call that finds the ranking of the endpoints
 *       outdated, by a change or after 100 ms, makes the next one; all others draw from it without
 *       a lock.
 *   <li>A reply that comes on a thread of the pool's own transport is completed there, when the
 *       executor is the pool's own too: a second thread would cost half of a call on loopback. One
 *       that comes on a lent thread is completed there whatever the executor is; what others wait
 *       for goes from there to the executor.
 *   <li>Decisions are traced of calls and batches, which alone choose among many. A traced call
 *       allocates 2.5 KB more and takes twice as long without a wire, so none is by default.
 *   <li>A header of a form that is not known here is {@code UNVERIFIABLE} also when an operator
 *       left a field out to make it so: agreement counts then, as it did before. An honest node
 *       that does not show a new field yet looks the same.
 *   <li>Logs that the bloom of their block excludes are no vote, and no reason for quarantine: the
 *       headers and the logs of one body may be of two branches in the moment of a reorganisation.
 *   <li>Whoever is refuted by a proof is asked once more before it is a proven liar: its first
 *       answer may be of a block that a reorganisation took away between two requests of one body.
 *   <li>Whether calls go over WebSocket is no setting besides the URL: its scheme says it. They
 *       have a connection of their own, apart from that for heads, so that one which is cut for its
 *       silence puts no transaction in doubt, and a long answer holds up no head. It shows its
 *       chain id before anything else is said on it, after each reconnect.
 *   <li>A view moves as soon as its endpoint fails, not for a cheaper one: that the next one has
 *       the same block has to be shown first, which costs more than it gains within a minute.
 *   <li>A stored state that cannot be read blocks every critical read, not those of settlement
 *       alone: there is one grade of them here, and the voters were in it too. Calls, heads and
 *       broadcasts go on. Without a store the pool's own memory is the store.
 *   <li>Votes and broadcasts go on when a month's credits are spent by our count: it may be wrong,
 *       the vendor's refusal comes soon enough, and a payment that is not followed costs more.
 *   <li>An expired certificate is a reason for {@code DOWN} like any other failure: its probes end
 *       with the handshake, cost nobody anything, and notice the new one within seconds.
 *   <li>An endpoint is inconsistent after four signs, each at least a settling window after the one
 *       before: one alone may be a restart, or a reorganisation that was taken back. Heads that are
 *       no more apart than the profile calls a lag are none, as every provider has such nodes, and
 *       a vote is of a block that it shows itself. Heads pushed on another connection are not
 *       compared with answers, as nobody knows which was said first. Two branches are told apart
 *       only where a block is shown again, so an idle pool finds them out when it is used.
 *   <li>The canary goes with critical reads, which are what a lie to one customer is about, and not
 *       by a clock: an idle pool sends none. Two credentials that differ make both endpoints
 *       suspect, not one a liar: nobody knows to which of them the truth was told.
 *   <li>One connection without a pinned key is enough for {@code DOWN} with an hour between probes:
 *       a wrong key is no accident of the network. Nothing else goes there in that hour, for which
 *       it rests as a throttled one does. Where a credential is refused, what has nobody else may
 *       still ask: no stranger learns anything, and a gateway that refuses all for a moment must
 *       not take a quorum away for an hour. Pins hold for an endpoint, its calls and its heads
 *       alike, whatever others of its host have; the proxy is the operator's, and refused where it
 *       would see plain text.
 *   <li>A private route goes to all endpoints that it names at once, where submission would ask for
 *       one at a time: the call names whom it trusts, and who wants one names one. What is private
 *       is so for the whole pool and not for the call that said it, as a look by another caller
 *       gives it away all the same; a refusal is a value or a typed exception. Public broadcasts of
 *       its bytes are refused after the window too, for as long as 10,000 others are not newer.
 *   <li>Who shows another transaction under a hash has no vote, and is not quarantined: some chains
 *       have transactions of known types that hash otherwise. It cannot prove anything by it.
 *   <li>Nothing is sent twice to one endpoint after any byte may have left; the submitter does so.
 *   <li>A broadcast does not join another one of the same bytes: the specification says so in one
 *       place, and in another that no write is shared. Who calls twice sends twice, which nodes
 *       know by the hash, and each caller has the evidence of what went out for it.
 * </ul>
 */
@NullMarked
package io.payonce.routing;

import org.jspecify.annotations.NullMarked;
