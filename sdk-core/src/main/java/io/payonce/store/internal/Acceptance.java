package io.payonce.store.internal;

import io.payonce.Asset;
import io.payonce.Fingerprint;
import io.payonce.LaneId;
import io.payonce.SlotId;
import io.payonce.Submission;
import io.payonce.Transfer;
import io.payonce.TransferId;
import io.payonce.store.AcceptResult;
import io.payonce.store.Intake;
import io.payonce.store.SlotState;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What it takes to accept a key or a lane, and how a key that is known already is compared. */
public final class Acceptance {
  private static final int MAX_HELD_BY_OTHERS = 1000;

  private Acceptance() {}

  /** A new transfer under its key. */
  public static StoredTransfer accepted(TransferId id, Intake intake, Instant at) {
    Submission asked = intake.submission();
    return new StoredTransfer(
        id,
        asked.key(),
        Fingerprint.of(asked.key(), asked.transfer()),
        asked.transfer(),
        asked.options(),
        intake.lane(),
        TransferState.ACCEPTED,
        "",
        "",
        Optional.empty(),
        false,
        at,
        at);
  }

  /** The answer for a key that is stored already: only the fingerprint decides. */
  public static AcceptResult known(StoredTransfer stored, Transfer asked) {
    if (stored.fingerprint().equals(Fingerprint.of(stored.key(), asked))) {
      return new AcceptResult.AlreadyKnown(stored);
    }
    return new AcceptResult.KeyConflict(stored, differingFields(stored.transfer(), asked));
  }

  /** The slots of a lane that is taken on while transactions of somebody else are pending. */
  public static List<StoredSlot> heldByOthers(LaneId lane, long chainCount, long nextNonce) {
    SlotId first = new SlotId(lane, chainCount); // checks the nonce
    if (nextNonce < first.nonce() || nextNonce - first.nonce() > MAX_HELD_BY_OTHERS) {
      throw new IllegalArgumentException(
          "nextNonce "
              + nextNonce
              + " must be "
              + first.nonce()
              + " to "
              + (first.nonce() + MAX_HELD_BY_OTHERS));
    }
    List<StoredSlot> held = new ArrayList<>();
    for (long nonce = first.nonce(); nonce < nextNonce; nonce++) {
      held.add(
          new StoredSlot(
              new SlotId(lane, nonce),
              SlotState.EXPOSED,
              Optional.empty(),
              List.of(),
              Optional.empty()));
    }
    return held;
  }

  private static List<String> differingFields(Transfer stored, Transfer asked) {
    List<String> fields = new ArrayList<>();
    if (!stored.chain().equals(asked.chain())) {
      fields.add("chain");
    }
    if (!stored.from().equals(asked.from())) {
      fields.add("from");
    }
    if (!contract(stored).equals(contract(asked))) {
      fields.add("asset");
    }
    if (!stored.to().equals(asked.to())) {
      fields.add("to");
    }
    if (!stored.amount().units().equals(asked.amount().units())) {
      fields.add("amount");
    }
    return fields;
  }

  private static String contract(Transfer transfer) {
    return transfer.amount().asset() instanceof Asset.Erc20 token
        ? token.contract().value()
        : "native";
  }
}
