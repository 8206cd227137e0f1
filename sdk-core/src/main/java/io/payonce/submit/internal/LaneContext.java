package io.payonce.submit.internal;

import io.payonce.Asset;
import io.payonce.ChainProfile;
import io.payonce.LaneId;
import io.payonce.fee.FeeOracle;
import io.payonce.fee.FeePolicy;
import io.payonce.rpc.Route;
import io.payonce.submit.SubmissionSettings;
import java.util.Optional;
import java.util.Set;

/**
 * What a lane's engine is configured with.
 *
 * @param fees only its pure decisions are used here
 * @param poolAssets what the wallet pays for its pools: their balances are always read
 * @param proofs what the logs of groups are read with
 * @param route who may hear of the wallet's transactions before they are mined
 * @param restored who put an old backup of the journal back, and why, if somebody did
 */
public record LaneContext(
    LaneId lane,
    ChainProfile profile,
    FeeOracle fees,
    FeePolicy policy,
    SubmissionSettings settings,
    Set<Asset> poolAssets,
    Proofs proofs,
    Route route,
    Optional<String> restored) {}
