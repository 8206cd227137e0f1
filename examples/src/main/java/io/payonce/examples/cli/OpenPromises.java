package io.payonce.examples.cli;

import io.payonce.Asset;
import io.payonce.LaneId;
import io.payonce.TokenAmount;
import io.payonce.Wei;
import io.payonce.store.StoredSlot;
import io.payonce.store.TransferFilter;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import java.math.BigInteger;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What earlier runs promised on these wallets and has not ended: the limits of a new run must leave
 * room for it, since a payment that the guard refuses would end in its cancel.
 *
 * @param count payments that have not ended
 * @param largest the largest of them per asset
 * @param worstFee the highest fee that a stored transaction of theirs may cost
 */
record OpenPromises(int count, Map<Asset, BigInteger> largest, Wei worstFee) {
  static OpenPromises read(TransferStore journal, Collection<LaneId> lanes) {
    AtomicInteger count = new AtomicInteger();
    Map<Asset, BigInteger> largest = new LinkedHashMap<>();
    JournalPages.forEach(
        journal,
        TransferFilter.all().inStates(TransferState.open()),
        stored -> {
          if (lanes.contains(stored.lane())) {
            TokenAmount amount = stored.transfer().amount();
            largest.merge(amount.asset(), amount.units(), BigInteger::max);
            count.incrementAndGet();
          }
        });
    return new OpenPromises(count.get(), largest, worstFee(journal, lanes));
  }

  private static Wei worstFee(TransferStore journal, Collection<LaneId> lanes) {
    return lanes.stream()
        .flatMap(lane -> journal.openSlots(lane).stream())
        .map(StoredSlot::attempts)
        .flatMap(List::stream)
        .map(attempt -> attempt.transaction().maxFee())
        .reduce(Wei.ZERO, Wei::max);
  }
}
