package io.payonce.submit.internal;

import io.payonce.Asset;
import io.payonce.BlockRef;
import io.payonce.fee.FeeSnapshot;
import io.payonce.rpc.Fact;
import java.math.BigInteger;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a quorum agreed about a lane at one head.
 *
 * @param countAtHead transactions of the lane's account up to {@code head}
 * @param countAtFinal the same up to {@code finalBlock}
 * @param hasCode whether the account has code at {@code head}: it delegates (EIP-7702)
 * @param claims the counts that operators claim, pools included; empty without a quorum of claims
 * @param balances smallest units at {@code head}; only assets that were asked for
 * @param unreadable tokens that were asked for and gave no balance
 */
public record Observation(
    BlockRef head,
    BlockRef finalBlock,
    long countAtHead,
    long countAtFinal,
    boolean hasCode,
    Optional<Fact.Claims> claims,
    Map<Asset, BigInteger> balances,
    Set<Asset> unreadable,
    FeeSnapshot fees) {

  Observation withClaims(Optional<Fact.Claims> heard) {
    return new Observation(
        head, finalBlock, countAtHead, countAtFinal, hasCode, heard, balances, unreadable, fees);
  }

  /** The count that a quorum claims or exceeds, pools included; 0 when nobody knows. */
  long pendingClaim() {
    return claims.map(Fact.Claims::agreed).orElse(0L);
  }
}
