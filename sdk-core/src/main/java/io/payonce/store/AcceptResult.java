package io.payonce.store;

import java.util.List;

/** What became of an acceptance. */
public sealed interface AcceptResult {
  /** Stored now. */
  record Accepted(StoredTransfer transfer) implements AcceptResult {}

  /** The same key with the same fingerprint is stored already. */
  record AlreadyKnown(StoredTransfer transfer) implements AcceptResult {}

  /** The key is stored for another payment; nothing was written. */
  record KeyConflict(StoredTransfer transfer, List<String> differingFields)
      implements AcceptResult {
    public KeyConflict {
      differingFields = List.copyOf(differingFields);
    }
  }
}
