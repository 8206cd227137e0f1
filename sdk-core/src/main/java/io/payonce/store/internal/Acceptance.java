package io.payonce.store.internal;

import io.payonce.Asset;
import io.payonce.Fingerprint;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.SlotId;
import io.payonce.Transfer;
import io.payonce.TransferId;
import io.payonce.store.AcceptResult;
import io.payonce.store.SlotState;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What it takes to accept a key or a lane, and how a key that is known already is compared. */
public final class Acceptance {
  public static final int MAX_METADATA_ENTRIES = 16;
  public static final int MAX_METADATA_BYTES = 4096;
  private static final int MAX_HELD_BY_OTHERS = 1000;

  private Acceptance() {}

  /** Throws when the host's metadata has more than 16 entries or 4 KiB of UTF-8. */
  public static void checkMetadata(Map<String, String> metadata) {
    if (metadata.size() > MAX_METADATA_ENTRIES) {
      throw new IllegalArgumentException(
          "metadata has "
              + metadata.size()
              + " entries, must have at most "
              + MAX_METADATA_ENTRIES);
    }
    long bytes = 0;
    for (Map.Entry<String, String> entry : metadata.entrySet()) {
      bytes += entry.getKey().getBytes(StandardCharsets.UTF_8).length;
      bytes += entry.getValue().getBytes(StandardCharsets.UTF_8).length;
    }
    if (bytes > MAX_METADATA_BYTES) {
      throw new IllegalArgumentException(
          "metadata has " + bytes + " bytes, must have at most " + MAX_METADATA_BYTES);
    }
  }

  /** A new transfer under its key. */
  public static StoredTransfer accepted(
      TransferId id,
      IdempotencyKey key,
      Transfer transfer,
      Map<String, String> metadata,
      Instant at) {
    return new StoredTransfer(
        id,
        key,
        Fingerprint.of(key, transfer),
        transfer,
        metadata,
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
