package io.payonce.store;

import io.payonce.Fingerprint;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.Settlement;
import io.payonce.SlotId;
import io.payonce.SubmitOptions;
import io.payonce.Transfer;
import io.payonce.TransferId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A transfer as the journal holds it.
 *
 * @param lane whose queue it is in, or whose nonce it has; with a nonce it never changes
 * @param code why it is held, rejected or quarantined; empty otherwise
 * @param reason the same for people
 * @param slot the nonce it is bound to, for ever
 * @param cancelRequested whether somebody asked to cancel it
 * @param group its members, when it is a group: then {@code transfer} is their sum, to the payout
 *     contract
 */
public record StoredTransfer(
    TransferId id,
    IdempotencyKey key,
    Fingerprint fingerprint,
    Transfer transfer,
    SubmitOptions options,
    LaneId lane,
    TransferState state,
    String code,
    String reason,
    Optional<SlotId> slot,
    boolean cancelRequested,
    Instant acceptedAt,
    Instant updatedAt,
    Optional<StoredGroup> group) {
  /** The code of what was final until its block was replaced. */
  public static final String FINALITY_BROKEN = "FINALITY_BROKEN";

  /** The code of a final transaction that succeeded and does not show that it paid. */
  public static final String PAYMENT_UNPROVEN = "PAYMENT_UNPROVEN";

  /** Whether it was final until its block was replaced: a person decides. */
  public boolean isBroken() {
    return state == TransferState.QUARANTINED && code.equals(FINALITY_BROKEN);
  }

  /** The same transfer after a change of state. */
  public StoredTransfer moved(TransferState to, String code, String reason, Instant at) {
    return changed(
        lane,
        to,
        code,
        reason,
        slot,
        cancelRequested,
        at,
        group.map(members -> members.after(to, code)));
  }

  /** The same transfer, bound. */
  public StoredTransfer bound(SlotId to, Instant at) {
    return changed(lane, TransferState.BOUND, "", "", Optional.of(to), cancelRequested, at, group);
  }

  /** The same transfer after somebody asked to cancel it. */
  public StoredTransfer cancelRequested(Instant at) {
    return changed(lane, state, code, reason, slot, true, at, group);
  }

  /** The same transfer, as the group that it is. */
  public StoredTransfer withMembers(StoredGroup members) {
    return changed(
        lane, state, code, reason, slot, cancelRequested, updatedAt, Optional.of(members));
  }

  /** The same group, with what a block proves of its members; nothing once that block is gone. */
  public StoredTransfer withSeen(List<Settlement> proven) {
    return group.isEmpty() ? this : withMembers(group.get().withSeen(proven));
  }

  /** The same transfer in the queue of another lane. */
  public StoredTransfer handedOver(LaneId to, Instant at) {
    return changed(to, state, code, reason, slot, cancelRequested, at, group);
  }

  /** What was asked stays, all else may change. */
  private StoredTransfer changed(
      LaneId lane,
      TransferState state,
      String code,
      String reason,
      Optional<SlotId> slot,
      boolean cancelRequested,
      Instant updatedAt,
      Optional<StoredGroup> group) {
    return new StoredTransfer(
        id,
        key,
        fingerprint,
        transfer,
        options,
        lane,
        state,
        code,
        reason,
        slot,
        cancelRequested,
        acceptedAt,
        updatedAt,
        group);
  }
}
