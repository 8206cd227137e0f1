package io.payonce.submit.internal;

import io.payonce.LaneId;
import io.payonce.TokenAmount;
import io.payonce.TransferId;
import io.payonce.WalletPool;
import io.payonce.Wei;
import io.payonce.store.JournalChange;
import io.payonce.store.LaneOffer;
import io.payonce.store.StoredTransfer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Gives payments of a pool that have no nonce to another wallet of the pool, when this one has no
 * funds or no room for them or binds nothing, and another one could take them on at once. What may
 * have been paid already stays where it is.
 */
final class HandingOver {
  private static final Set<String> WALLETS_FAULT = Set.of("FUNDS_SHORT", "GAS_SHORT");

  private static final LaneOffer NOTHING = new LaneOffer(Map.of(), 0);

  private final LaneMemory m;

  HandingOver(LaneMemory memory) {
    this.m = memory;
  }

  /** Takes note of the pools as they stand. */
  void seen(Map<WalletPool, PoolView> pools) {
    m.pools = pools;
    m.offers.clear();
    pools.values().forEach(pool -> m.offers.putAll(pool.offers()));
  }

  /** Plans what goes elsewhere; only while nothing waits for its commit. */
  void plan(List<StoredTransfer> waiting) {
    if (m.seen.isEmpty() || m.offers.values().stream().noneMatch(offer -> offer.room() > 0)) {
      return;
    }
    int room = new Binding(m).roomToBind();
    for (StoredTransfer transfer : withPoor(waiting)) {
      boolean pays = room > 0 && !WALLETS_FAULT.contains(transfer.code());
      room -= pays ? 1 : 0;
      if (!pays && mayLeave(transfer)) {
        handOver(transfer);
      }
    }
  }

  /** And those that are held as this wallet cannot pay them. */
  private List<StoredTransfer> withPoor(List<StoredTransfer> inOrder) {
    List<StoredTransfer> waiting = new ArrayList<>(inOrder);
    Set<TransferId> listed = new HashSet<>(); // never iterated
    waiting.forEach(transfer -> listed.add(transfer.id()));
    m.view.waiting().unbound().stream()
        .filter(transfer -> WALLETS_FAULT.contains(transfer.code()))
        .filter(transfer -> !listed.contains(transfer.id()))
        .forEach(waiting::add);
    return waiting;
  }

  private boolean mayLeave(StoredTransfer transfer) {
    return transfer.transfer().from() instanceof WalletPool
        && !m.preparing.contains(transfer.id())
        && m.refundDoubt(transfer).isEmpty();
  }

  /** To the wallet with the most room among those that have the amount and its fee. */
  private void handOver(StoredTransfer transfer) {
    PoolView view = m.pools.get((WalletPool) transfer.transfer().from());
    if (view == null || !view.isSure()) {
      return;
    }
    TokenAmount amount = transfer.transfer().amount();
    List<LaneId> takers =
        view.offers().keySet().stream()
            .filter(lane -> offer(lane).covers(amount, Wei.ZERO))
            .toList();
    if (takers.isEmpty()) {
      return; // before its fee is worked out: many may wait
    }
    Wei fee = new Binding(m).reserve(transfer);
    takers.stream()
        .filter(lane -> offer(lane).covers(amount, fee))
        .max(Comparator.comparingInt(lane -> offer(lane).room()))
        .ifPresent(
            lane -> {
              m.facts.add(new JournalChange.TransferHandedOver(transfer.id(), lane));
              m.offers.computeIfPresent(lane, (l, offer) -> offer.less(amount, fee));
            });
  }

  private LaneOffer offer(LaneId lane) {
    return m.offers.getOrDefault(lane, NOTHING);
  }
}
