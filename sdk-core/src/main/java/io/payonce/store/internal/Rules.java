package io.payonce.store.internal;

import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import java.time.Instant;
import java.util.function.Supplier;

/** What every rule asks of the records; each refusal names the record. */
abstract class Rules {
  final LaneRecords records;
  final Instant at;

  Rules(LaneRecords records, Instant at) {
    this.records = records;
    this.at = at;
  }

  StoredLane ownLane(SlotId slot) {
    StoredLane lane = records.lane();
    demand(slot.lane().equals(lane.id()), () -> slot + " is not of lane " + lane.id());
    return lane;
  }

  StoredTransfer transfer(TransferId id) {
    StoredTransfer transfer =
        records
            .transfer(id)
            .orElseThrow(() -> new IllegalChangeException("transfer/" + id + " is not known"));
    demand(
        transfer.lane().equals(records.lane().id()),
        () -> name(transfer) + " is not of lane " + records.lane().id());
    return transfer;
  }

  StoredSlot slot(SlotId id) {
    ownLane(id);
    return records
        .slot(id)
        .orElseThrow(() -> new IllegalChangeException("slot/" + id + " is not known"));
  }

  static String name(StoredTransfer transfer) {
    return "transfer/" + transfer.id();
  }

  static String name(StoredSlot slot) {
    return "slot/" + slot.id();
  }

  static String name(StoredAttempt attempt) {
    return "attempt/" + attempt.id();
  }

  static void demand(boolean fits, Supplier<String> otherwise) {
    if (!fits) {
      throw new IllegalChangeException(otherwise.get());
    }
  }
}
