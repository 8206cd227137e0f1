package io.payonce.submit.internal;

import io.payonce.Asset;
import io.payonce.BlockRef;
import io.payonce.fee.FeeSnapshot;
import java.math.BigInteger;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What a quorum agreed about a lane at one head.
 *
 * @param countAtHead transactions of the lane's account up to {@code head}
 * @param countAtFinal the same up to {@code finalBlock}
 * @param pendingClaim the count that a quorum claims or exceeds, pools included
 * @param balances smallest units at {@code head}; only assets that were asked for
 * @param unreadable tokens that were asked for and gave no balance
 */
public record Observation(
    BlockRef head,
    BlockRef finalBlock,
    long countAtHead,
    long countAtFinal,
    OptionalLong pendingClaim,
    Map<Asset, BigInteger> balances,
    Set<Asset> unreadable,
    FeeSnapshot fees) {

  Observation withPendingClaim(OptionalLong claim) {
    return new Observation(
        head, finalBlock, countAtHead, countAtFinal, claim, balances, unreadable, fees);
  }
}
