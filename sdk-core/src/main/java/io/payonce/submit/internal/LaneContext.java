package io.payonce.submit.internal;

import io.payonce.ChainProfile;
import io.payonce.LaneId;
import io.payonce.fee.FeeOracle;
import io.payonce.fee.FeePolicy;
import io.payonce.submit.SubmissionSettings;

/**
 * What a lane's engine is configured with.
 *
 * @param fees only its pure decisions are used here
 */
public record LaneContext(
    LaneId lane,
    ChainProfile profile,
    FeeOracle fees,
    FeePolicy policy,
    SubmissionSettings settings) {}
