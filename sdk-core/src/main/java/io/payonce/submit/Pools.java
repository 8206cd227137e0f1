package io.payonce.submit;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.ChainId;
import io.payonce.LaneId;
import io.payonce.Ticker;
import io.payonce.TokenAmount;
import io.payonce.Transfer;
import io.payonce.WalletPool;
import io.payonce.Wei;
import io.payonce.nonce.LaneFunds;
import io.payonce.store.LaneOffer;
import io.payonce.store.StoredLane;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneRunner;
import io.payonce.submit.internal.PoolView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which wallet of a pool takes a payment in: one that has funds and the most room, as far as this
 * instance knows. And what the wallets of a pool are told of each other, so that one hands over
 * what another could pay at once.
 *
 * <p>{@link #round} is called by one thread at a time; the rest is thread-safe.
 */
final class Pools {
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  /**
   * An owner elsewhere renews its lease every few seconds; one that was not seen to do so for this
   * long is taken for gone. By the monotonic clock of this instance: clocks of others may differ,
   * and the times in a restored backup mean nothing.
   */
  private static final Duration FRESH = Duration.ofSeconds(15);

  private final List<Pool> pools;
  private final Map<LaneId, LaneRunner> lanes;
  private final TransferStore store;
  private final Ticker ticker;

  /** What was taken in since a lane said what it could take on. */
  private final Map<LaneId, Taken> taken = new ConcurrentHashMap<>();

  private volatile Map<LaneId, Elsewhere> elsewhere = Map.of();

  // Confined to the rounds.
  private final Map<LaneId, Told> told = new HashMap<>(); // never iterated
  private long nextLook;

  /**
   * Several wallets of one chain.
   *
   * @param lanes at least one
   * @param assets what they pay
   */
  record Pool(WalletPool name, ChainId chain, List<LaneId> lanes, Set<Asset> assets) {
    Pool {
      lanes = List.copyOf(lanes);
    }
  }

  /**
   * A lane as the journal has it.
   *
   * @param renewedAt when its lease was last seen to change, after it was first seen
   */
  private record Elsewhere(StoredLane lane, OptionalLong renewedAt) {}

  private record Told(long load, Map<WalletPool, PoolView> views) {}

  private record Taken(LaneOffer since, LaneOffer left) {}

  Pools(List<Pool> pools, Map<LaneId, LaneRunner> lanes, TransferStore store, Ticker ticker) {
    this.pools = List.copyOf(pools);
    this.lanes = lanes;
    this.store = store;
    this.ticker = ticker;
    this.nextLook = ticker.nanos();
  }

  /** The assets that a wallet pays for its pools. */
  static Set<Asset> assets(List<Pool> pools, LaneId lane) {
    Set<Asset> assets = new LinkedHashSet<>();
    pools.stream()
        .filter(pool -> pool.lanes().contains(lane))
        .forEach(pool -> assets.addAll(pool.assets()));
    return assets;
  }

  /**
   * The lane that takes a transfer in.
   *
   * @throws IllegalArgumentException for a pool that is not configured, or does not pay the asset
   */
  LaneId laneOf(Transfer transfer) {
    if (transfer.from() instanceof Address wallet) {
      return new LaneId(transfer.chain(), wallet);
    }
    Pool pool = pool(transfer);
    TokenAmount amount = transfer.amount();
    LaneId best = pool.lanes().get(0);
    for (LaneId lane : pool.lanes()) {
      if (isBetter(left(lane), left(best), amount)) {
        best = lane;
      }
    }
    return best;
  }

  /** Whether the transfer comes from a pool that has this wallet. */
  boolean isOf(Transfer transfer, LaneId lane) {
    return pools.stream()
        .filter(p -> p.name().equals(transfer.from()) && p.chain().equals(transfer.chain()))
        .anyMatch(p -> p.lanes().contains(lane));
  }

  private Pool pool(Transfer transfer) {
    Pool pool =
        pools.stream()
            .filter(p -> p.name().equals(transfer.from()) && p.chain().equals(transfer.chain()))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "from "
                            + transfer.from()
                            + " is no pool of this submitter on chain "
                            + transfer.chain()));
    if (!pool.assets().contains(transfer.amount().asset())) {
      throw new IllegalArgumentException(
          "asset "
              + transfer.amount().asset()
              + " is not paid by the pool "
              + pool.name()
              + ", which pays "
              + pool.assets());
    }
    return pool;
  }

  private static boolean isBetter(LaneOffer one, LaneOffer other, TokenAmount amount) {
    boolean covers = one.covers(amount, Wei.ZERO);
    return covers == other.covers(amount, Wei.ZERO) ? one.room() > other.room() : covers;
  }

  private LaneOffer left(LaneId lane) {
    LaneOffer offer = offer(lane).orElse(new LaneOffer(Map.of(), 0));
    Taken since = taken.get(lane);
    return since != null && since.since().equals(offer) ? since.left() : offer;
  }

  /** A lane took this in, which it will tell of only later. */
  void taken(LaneId lane, TokenAmount amount) {
    if (pools.isEmpty()) {
      return;
    }
    LaneOffer offer = offer(lane).orElse(new LaneOffer(Map.of(), 0));
    taken.compute(
        lane,
        (l, since) ->
            new Taken(
                offer,
                (since != null && since.since().equals(offer) ? since.left() : offer)
                    .less(amount, Wei.ZERO)));
  }

  /** Fresh from a lane that is worked on here, or as its owner wrote it down. */
  private Optional<LaneOffer> offer(LaneId lane) {
    LaneRunner runner = lanes.get(lane);
    if (runner != null && runner.lane().isPresent()) {
      return runner.funds().map(Pools::offer);
    }
    return Optional.ofNullable(elsewhere.get(lane))
        .filter(this::isOwned)
        .flatMap(known -> known.lane().offer());
  }

  static LaneOffer offer(LaneFunds funds) {
    return new LaneOffer(funds.available(), funds.room());
  }

  private boolean isOwned(Elsewhere known) {
    return known.renewedAt().isPresent()
        && ticker.nanos() - known.renewedAt().getAsLong() < FRESH.toNanos();
  }

  /** Tells each lane that is worked on here what became of the others. */
  void round() {
    if (pools.isEmpty()) {
      return;
    }
    if (ticker.nanos() - nextLook >= 0) {
      nextLook = ticker.nanos() + LOOK_EVERY.toNanos();
      lookElsewhere();
    }
    for (Pool pool : pools) {
      pool.lanes().forEach(this::tell);
    }
  }

  private void lookElsewhere() {
    Map<LaneId, Elsewhere> read = new HashMap<>(); // only asked, never iterated
    for (StoredLane lane : store.lanes()) {
      Elsewhere before = elsewhere.get(lane.id());
      boolean renewed =
          before != null && !before.lane().leaseExpiresAt().equals(lane.leaseExpiresAt());
      OptionalLong last = before == null ? OptionalLong.empty() : before.renewedAt();
      read.put(lane.id(), new Elsewhere(lane, renewed ? OptionalLong.of(ticker.nanos()) : last));
    }
    elsewhere = read;
  }

  private void tell(LaneId lane) {
    LaneRunner runner = lanes.get(lane);
    if (runner == null || runner.lane().isEmpty()) {
      return;
    }
    long load = runner.loads();
    Map<WalletPool, PoolView> views = new LinkedHashMap<>();
    for (Pool pool : pools) {
      if (pool.lanes().contains(lane)) {
        views.put(pool.name(), view(pool, lane));
      }
    }
    Told now = new Told(load, views);
    if (!now.equals(told.put(lane, now))) {
      runner.tell(new LaneEvent.PoolsSeen(views));
    }
  }

  private PoolView view(Pool pool, LaneId of) {
    List<String> unsure = new ArrayList<>();
    Map<LaneId, LaneOffer> offers = new LinkedHashMap<>();
    for (LaneId lane : pool.lanes()) {
      if (lane.equals(of)) {
        continue;
      }
      Optional<LaneOffer> offer = offer(lane);
      LaneRunner runner = lanes.get(lane);
      Optional<StoredLane> known =
          (runner == null ? Optional.<StoredLane>empty() : runner.lane())
              .or(() -> Optional.ofNullable(elsewhere.get(lane)).map(Elsewhere::lane));
      if (known.filter(StoredLane::isBehindTheChain).isPresent()) {
        unsure.add("the chain is ahead of " + lane.address());
      } else if (offer.isEmpty()) {
        unsure.add(lane.address() + " was not compared with the chain yet");
      } else {
        offers.put(lane, offer.get());
      }
    }
    return new PoolView(String.join("; ", unsure), offers);
  }
}
