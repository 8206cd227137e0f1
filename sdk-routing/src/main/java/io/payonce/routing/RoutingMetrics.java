package io.payonce.routing;

import java.time.Duration;

/**
 * Takes what a pool measures, for the host's own registry; see the module's README for Micrometer.
 *
 * <p>Labels are keys and values in turn. An endpoint appears by its name; no label ever holds a
 * URL, an address or a hash, and each has few values, so that the number of series is bounded by
 * the configuration.
 *
 * <p>Called where it happens, on any thread of the pool and on several at once, so it must be
 * thread-safe and quick and never block. What it throws reaches no call: it is counted ({@link
 * RpcPool#failedMetrics}) and logged once. Nothing is measured for a pool without it.
 *
 * <table>
 * <caption>What there is</caption>
 * <tr><th>name<th>kind<th>labels<th>what
 * <tr><td>attempts<td>count<td>endpoint, class, outcome<td>bodies sent; class is that of the request
 *     ({@code quick}, {@code read} and so on), {@code critical}, {@code submit} or {@code probe};
 *     outcome is {@code ok}, {@code error} (the node's own), {@code timeout}, {@code transport},
 *     {@code throttled}, {@code malformed}, {@code behind} or {@code overtaken}
 * <tr><td>attempt.latency<td>time<td>endpoint, class<td>of each of them
 * <tr><td>hedge<td>count<td>endpoint, won<td>second requests because the first was slow, and whether
 *     they were worth it
 * <tr><td>deadline.exceeded<td>count<td>class<td>calls that ended for want of time
 * <tr><td>breaker.state<td>gauge<td>endpoint<td>0 {@code UP}, 1 {@code SUSPECT}, 2 {@code DOWN}, 3
 *     {@code QUARANTINED}
 * <tr><td>inconsistent<td>gauge<td>endpoint<td>1 while several nodes answer under its name that do
 *     not have the same blocks, else 0
 * <tr><td>throttle.until<td>gauge<td>endpoint<td>seconds since 1970 until which its provider wants
 *     nothing sent
 * <tr><td>credits.spent<td>gauge<td>endpoint<td>of this month, by our own count, where a budget is
 *     configured
 * <tr><td>credits.remaining<td>gauge<td>endpoint<td>what is left of the budget
 * <tr><td>lag<td>gauge<td>endpoint, of<td>blocks behind the newest that two operators have ({@code
 *     of=head}), or behind the highest vote ({@code safe}, {@code finalized})
 * <tr><td>quorum<td>count<td>fact, result<td>critical reads: {@code agreed}, {@code dissent} (agreed
 *     against somebody), {@code conflict} or {@code unavailable}
 * <tr><td>conflict<td>count<td>fact<td>critical reads in which votes differed
 * <tr><td>broadcast<td>count<td>endpoint, verdict<td>answers to transactions
 * <tr><td>sighting.delay<td>time<td>endpoint<td>from the start of {@link RpcPool#sighting} until
 *     somebody showed the transaction
 * <tr><td>view.regressions<td>count<td>none<td>views at a lower block than one before: always 0, and
 *     counted by another rule than that which sees to it
 * <tr><td>selection.skips<td>count<td>endpoint, reason<td>endpoints that were passed over when one was
 *     searched: {@code quarantined}, {@code throttled}, {@code credits}, {@code full}, {@code line}, {@code down},
 *     {@code suspect}, {@code behind} or {@code inconsistent}; or as they are known to lack a {@code method}, {@code history}
 *     of the asked block, or logs of so long a {@code range}. A ranking made once serves ordinary first
 *     attempts for 100 ms
 * <tr><td>probe.share<td>gauge<td>endpoint<td>part of all bodies, 0 to 1, that only looked whether it
 *     is well
 * </table>
 */
public interface RoutingMetrics {
  /** So many more. */
  void count(String name, long by, String... labels);

  /** It is this from now on. */
  void gauge(String name, double value, String... labels);

  /** Something took so long. */
  void time(String name, Duration took, String... labels);
}
