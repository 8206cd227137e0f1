package io.payonce.store.internal;

import io.payonce.Address;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredOrphan;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import java.util.List;
import java.util.Optional;

/** The records of one lane as {@link ChangeRules} reads and replaces them. */
public interface LaneRecords {
  StoredLane lane();

  Optional<StoredSlot> slot(SlotId id);

  /** The nonce of the lane that a host holds under this name of its own, or used under it. */
  Optional<StoredSlot> reservedAs(String name);

  /** Also a transfer of another lane: the rules refuse it by name. */
  Optional<StoredTransfer> transfer(TransferId id);

  /** The orphans of the lane's chain that paid this address, of whichever lane. */
  List<StoredOrphan> orphansTo(Address payee);

  void put(StoredLane lane);

  void put(StoredSlot slot);

  void put(StoredTransfer transfer);

  /** Adds an orphan, or replaces the one of its slot and hash. */
  void put(StoredOrphan orphan);
}
