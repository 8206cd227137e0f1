package io.payonce.submit;

import io.payonce.IdempotencyKey;
import io.payonce.TransferId;
import java.time.Duration;
import java.util.List;

/** What became of a submission. */
public sealed interface SubmitResult {
  /** Stored: from now on the engine brings it to its end, across crashes. */
  record Accepted(TransferId id, TransferStatus status) implements SubmitResult {}

  /** The same payment was accepted before. */
  record AlreadyKnown(TransferId id, TransferStatus status) implements SubmitResult {}

  /** The key stands for another payment; nothing changed. */
  record KeyConflict(TransferId id, List<String> differingFields) implements SubmitResult {
    public KeyConflict {
      differingFields = List.copyOf(differingFields);
    }
  }

  /**
   * A member of the group cannot stand in it, so nothing is stored and the key of the group is
   * unused.
   *
   * @param by the payment that has the member's key, or the group in which it is open or was paid,
   *     or in which it stood for another payee or amount
   */
  record MemberTaken(IdempotencyKey member, TransferId by, String reason) implements SubmitResult {}

  /**
   * Nothing is stored and the key is unused.
   *
   * @param retryAfter when the same may be accepted; zero when never by this submitter
   */
  record NotAccepted(String code, String reason, Duration retryAfter) implements SubmitResult {
    public NotAccepted(String code, String reason) {
      this(code, reason, Duration.ZERO);
    }
  }
}
