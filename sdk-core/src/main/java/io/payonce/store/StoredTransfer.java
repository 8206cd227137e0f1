package io.payonce.store;

import io.payonce.Fingerprint;
import io.payonce.IdempotencyKey;
import io.payonce.SlotId;
import io.payonce.Transfer;
import io.payonce.TransferId;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A transfer as the journal holds it.
 *
 * @param code why it is held, rejected or quarantined; empty otherwise
 * @param reason the same for people
 * @param slot the nonce it is bound to, for ever
 * @param cancelRequested whether somebody asked to cancel it
 */
public record StoredTransfer(
    TransferId id,
    IdempotencyKey key,
    Fingerprint fingerprint,
    Transfer transfer,
    Map<String, String> metadata,
    TransferState state,
    String code,
    String reason,
    Optional<SlotId> slot,
    boolean cancelRequested,
    Instant acceptedAt,
    Instant updatedAt) {
  public StoredTransfer {
    // Sorted, as the order of Map.copyOf differs from run to run.
    metadata = Collections.unmodifiableMap(new TreeMap<>(metadata));
  }

  /** The same transfer after a change of state. */
  public StoredTransfer moved(TransferState to, String code, String reason, Instant at) {
    return new StoredTransfer(
        id,
        key,
        fingerprint,
        transfer,
        metadata,
        to,
        code,
        reason,
        slot,
        cancelRequested,
        acceptedAt,
        at);
  }

  /** The same transfer, bound. */
  public StoredTransfer bound(SlotId to, Instant at) {
    return new StoredTransfer(
        id,
        key,
        fingerprint,
        transfer,
        metadata,
        TransferState.BOUND,
        "",
        "",
        Optional.of(to),
        cancelRequested,
        acceptedAt,
        at);
  }

  /** The same transfer after somebody asked to cancel it. */
  public StoredTransfer cancelRequested(Instant at) {
    return new StoredTransfer(
        id, key, fingerprint, transfer, metadata, state, code, reason, slot, true, acceptedAt, at);
  }
}
