package io.payonce.store;

import io.payonce.Asset;
import io.payonce.TokenAmount;
import io.payonce.Wei;
import java.math.BigInteger;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a wallet of a pool could take on: a hint for whoever chooses a wallet, on any instance. It
 * may be seconds old; the owner of the wallet decides.
 *
 * @param available smallest units beyond all that was accepted for it; negative when more was
 *     accepted than is there
 * @param room payments that would get a nonce at once; 0 while the wallet binds nothing
 */
public record LaneOffer(Map<Asset, BigInteger> available, int room) {
  public LaneOffer {
    available = Collections.unmodifiableMap(new TreeMap<>(available));
  }

  /**
   * Whether there is room, the amount, and coins for the fee; an asset that nobody looked at is not
   * there.
   */
  public boolean covers(TokenAmount amount, Wei fee) {
    return room > 0
        && needs(amount, fee).entrySet().stream()
            .allMatch(
                need ->
                    available.containsKey(need.getKey())
                        && available.get(need.getKey()).compareTo(need.getValue()) >= 0);
  }

  /** The offer once this is taken on. */
  public LaneOffer less(TokenAmount amount, Wei fee) {
    Map<Asset, BigInteger> left = new HashMap<>(available); // sorted by the constructor
    needs(amount, fee)
        .forEach((asset, units) -> left.computeIfPresent(asset, (a, has) -> has.subtract(units)));
    return new LaneOffer(left, room - 1);
  }

  private static Map<Asset, BigInteger> needs(TokenAmount amount, Wei fee) {
    Map<Asset, BigInteger> needs = new HashMap<>(); // its order does not matter
    needs.put(new Asset.Native(amount.asset().chain()), fee.value());
    needs.merge(amount.asset(), amount.units(), BigInteger::add);
    return needs;
  }
}
