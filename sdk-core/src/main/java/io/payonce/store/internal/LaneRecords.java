package io.payonce.store.internal;

import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import java.util.Optional;

/** The records of one lane as {@link ChangeRules} reads and replaces them. */
public interface LaneRecords {
  StoredLane lane();

  Optional<StoredSlot> slot(SlotId id);

  /** Also a transfer of another lane: the rules refuse it by name. */
  Optional<StoredTransfer> transfer(TransferId id);

  void put(StoredLane lane);

  void put(StoredSlot slot);

  void put(StoredTransfer transfer);
}
