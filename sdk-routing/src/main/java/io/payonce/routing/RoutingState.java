package io.payonce.routing;

import io.payonce.Address;
import io.payonce.BlockRef;
import io.payonce.ChainId;
import io.payonce.rpc.Operator;
import java.time.Instant;
import java.time.YearMonth;
import java.util.Collections;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a pool shall still know after a restart. Endpoints are known by their names: neither URL nor
 * key is in it. Immutable.
 *
 * @param credits what endpoints have cost, by name
 * @param quarantines endpoints that are in quarantine, by name
 * @param missing methods that an endpoint does not have, each with the time until which that is
 *     believed, by name
 * @param history the first block that an endpoint has of each kind, as far as it was found to have
 *     pruned older ones, by name
 * @param limits how much an endpoint takes at once, as far as it has refused more, by name
 * @param finalized the highest block that was agreed to be final
 * @param voters whose agreement counted
 * @param hidden what was sent in private and is private still, by hash
 */
public record RoutingState(
    ChainId chain,
    SortedMap<String, Spent> credits,
    SortedMap<String, Quarantine> quarantines,
    SortedMap<String, SortedMap<String, Instant>> missing,
    SortedMap<String, SortedMap<HistoryKind, First>> history,
    SortedMap<String, SortedMap<Limit, Most>> limits,
    Optional<BlockRef> finalized,
    Set<Operator> voters,
    SortedMap<String, Hidden> hidden) {

  /** Credits of a month of UTC, in the vendor's unit. */
  public record Spent(YearMonth month, long credits) {}

  /**
   * The first block that an endpoint has of a kind.
   *
   * @param until how long that is believed
   */
  public record First(long block, Instant until) {}

  /** Of what an endpoint takes no more than so much at once. */
  public enum Limit {
    /** Blocks whose logs are asked for. */
    LOG_BLOCKS,
    /** Requests in one body. */
    BATCH
  }

  /**
   * The most that an endpoint takes at once.
   *
   * @param count at least 1
   * @param until how long that is believed
   */
  public record Most(long count, Instant until) {
    public Most {
      if (count < 1) {
        throw new IllegalArgumentException("the most that is taken at once must be at least 1");
      }
    }
  }

  /**
   * Why an endpoint gets nothing but probes.
   *
   * @param operator whose it was: the name may stand for another endpoint by now
   * @param untilReleased whether only a person ends it
   */
  public record Quarantine(Operator operator, String reason, boolean untilReleased) {}

  /**
   * A transaction that nobody is asked for. Its bytes are not here: who sent it has them.
   *
   * @param since the block that its window began at; empty while none was agreed on
   * @param publicAfter blocks after which everyone may have it; empty for never
   */
  public record Hidden(Address sender, long nonce, OptionalLong since, OptionalInt publicAfter) {}

  public RoutingState {
    credits = Collections.unmodifiableSortedMap(new TreeMap<>(credits));
    quarantines = Collections.unmodifiableSortedMap(new TreeMap<>(quarantines));
    missing = copy(missing);
    history = copy(history);
    limits = copy(limits);
    voters = Collections.unmodifiableSet(new TreeSet<>(voters));
    hidden = Collections.unmodifiableSortedMap(new TreeMap<>(hidden));
  }

  private static <K, V> SortedMap<String, SortedMap<K, V>> copy(
      SortedMap<String, SortedMap<K, V>> all) {
    TreeMap<String, SortedMap<K, V>> copy = new TreeMap<>();
    all.forEach(
        (name, some) -> copy.put(name, Collections.unmodifiableSortedMap(new TreeMap<>(some))));
    return Collections.unmodifiableSortedMap(copy);
  }
}
