package io.payonce.submit;

import io.payonce.SlotId;
import java.time.Duration;
import java.util.Optional;

/**
 * A payment that should have ended by now.
 *
 * @param age since it was accepted
 * @param blockedBy the lowest open nonce of its wallet when that is not its own: what has to be
 *     mined first
 */
public record StuckTransfer(TransferStatus status, Duration age, Optional<SlotId> blockedBy) {}
