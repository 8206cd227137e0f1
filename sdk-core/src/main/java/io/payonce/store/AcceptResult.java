package io.payonce.store;

import io.payonce.IdempotencyKey;
import io.payonce.TransferId;
import java.util.List;

/** What became of an acceptance. */
public sealed interface AcceptResult {
  /** Stored now. */
  record Accepted(StoredTransfer transfer) implements AcceptResult {}

  /** The same key with the same fingerprint is stored already. */
  record AlreadyKnown(StoredTransfer transfer) implements AcceptResult {}

  /**
   * A member of the group is taken; nothing was written.
   *
   * @param by the payment that has its key, or the group in which it is open, was paid, or stands
   *     for another payment
   */
  record MemberTaken(IdempotencyKey member, TransferId by, String reason) implements AcceptResult {}

  /** The key is stored for another payment; nothing was written. */
  record KeyConflict(StoredTransfer transfer, List<String> differingFields)
      implements AcceptResult {
    public KeyConflict {
      differingFields = List.copyOf(differingFields);
    }
  }
}
