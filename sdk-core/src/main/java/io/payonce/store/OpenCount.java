package io.payonce.store;

import io.payonce.Asset;
import io.payonce.LaneId;

/**
 * How many transfers of one kind have not ended.
 *
 * @param lane in whose queue they are, or whose nonces they have
 */
public record OpenCount(String tenant, LaneId lane, Asset asset, long transfers) {}
