package io.payonce.nonce;

import io.payonce.Asset;
import io.payonce.BlockRef;
import java.math.BigInteger;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a wallet can still promise: its balance by a quorum at a block, less value and fee reserve
 * of its open nonces and of the accepted payments that wait. Native coin and tokens apart.
 *
 * @param at the block of the balances
 * @param available smallest units; negative when more is accepted than the wallet has. The native
 *     coin always, a token while payments of it wait or are out.
 * @param openNonces given out and not consumed yet
 * @param waiting accepted payments without a nonce that are counted in
 * @param complete whether all waiting payments are counted in; of a long queue only the first are
 * @param room further payments that would get a nonce at once; 0 while the wallet binds nothing
 */
public record LaneFunds(
    BlockRef at,
    Map<Asset, BigInteger> available,
    int openNonces,
    int waiting,
    boolean complete,
    int room) {
  public LaneFunds {
    available = Collections.unmodifiableMap(new TreeMap<>(available));
  }
}
