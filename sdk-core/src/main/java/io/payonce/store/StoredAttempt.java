package io.payonce.store;

import io.payonce.AttemptId;
import io.payonce.SignedTransaction;
import io.payonce.TransactionHash;
import io.payonce.UnsignedTransaction;
import io.payonce.signing.AttemptKind;
import java.time.Instant;
import java.util.Optional;

/**
 * One transaction of a slot as the journal holds it.
 *
 * @param signed the bytes, from {@code SIGNED} on and until they are archived
 * @param archivedHash the hash of bytes that are archived; then it has ended, and there is nothing
 *     to send any more
 */
public record StoredAttempt(
    AttemptId id,
    AttemptKind kind,
    UnsignedTransaction transaction,
    Optional<SignedTransaction> signed,
    AttemptState state,
    Instant createdAt,
    Optional<TransactionHash> archivedHash) {
  public StoredAttempt {
    if (archivedHash.isPresent() && (signed.isPresent() || !state.isEnded())) {
      throw new IllegalArgumentException(
          "attempt "
              + id
              + " is archived, and "
              + state
              + (signed.isPresent() ? " with bytes" : ""));
    }
  }

  /** One that is not archived. */
  public StoredAttempt(
      AttemptId id,
      AttemptKind kind,
      UnsignedTransaction transaction,
      Optional<SignedTransaction> signed,
      AttemptState state,
      Instant createdAt) {
    this(id, kind, transaction, signed, state, createdAt, Optional.empty());
  }

  public StoredAttempt signed(SignedTransaction bytes) {
    return new StoredAttempt(
        id, kind, transaction, Optional.of(bytes), AttemptState.SIGNED, createdAt);
  }

  public StoredAttempt moved(AttemptState to) {
    return new StoredAttempt(id, kind, transaction, signed, to, createdAt, archivedHash);
  }

  /** The same without its bytes, where it has some and has ended; else as it is. */
  public StoredAttempt archived() {
    return signed.isPresent() && state.isEnded()
        ? new StoredAttempt(
            id,
            kind,
            transaction,
            Optional.empty(),
            state,
            createdAt,
            signed.map(SignedTransaction::hash))
        : this;
  }

  /** The hash of its signed bytes, whether they are here or archived; empty before it is signed. */
  public Optional<TransactionHash> hash() {
    return signed.map(SignedTransaction::hash).or(() -> archivedHash);
  }

  /** Whether it was signed with this hash. */
  public boolean isHash(TransactionHash other) {
    return hash().filter(other::equals).isPresent();
  }
}
