package io.payonce.store;

import io.payonce.AttemptId;
import io.payonce.SignedTransaction;
import io.payonce.UnsignedTransaction;
import io.payonce.signing.AttemptKind;
import java.time.Instant;
import java.util.Optional;

/** One transaction of a slot as the journal holds it. */
public record StoredAttempt(
    AttemptId id,
    AttemptKind kind,
    UnsignedTransaction transaction,
    Optional<SignedTransaction> signed,
    AttemptState state,
    Instant createdAt) {

  public StoredAttempt signed(SignedTransaction bytes) {
    return new StoredAttempt(
        id, kind, transaction, Optional.of(bytes), AttemptState.SIGNED, createdAt);
  }

  public StoredAttempt moved(AttemptState to) {
    return new StoredAttempt(id, kind, transaction, signed, to, createdAt);
  }
}
