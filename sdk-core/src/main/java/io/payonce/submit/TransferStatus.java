package io.payonce.submit;

import io.payonce.BlockRef;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.TransactionHash;
import io.payonce.Transfer;
import io.payonce.TransferId;
import io.payonce.Wei;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A payment as the journal knows it.
 *
 * @param code why it is held, rejected, quarantined or not paid; empty otherwise. Stable.
 * @param reason the same for people
 * @param nonce empty until it is bound
 * @param hashes of every transaction that was signed for its nonce, oldest first
 * @param winner the transaction that took the nonce; empty before inclusion
 * @param metadata the host's own, as given
 */
public record TransferStatus(
    IdempotencyKey key,
    TransferId id,
    Transfer transfer,
    TransferState state,
    Verdict verdict,
    String code,
    String reason,
    LaneId lane,
    OptionalLong nonce,
    List<TransactionHash> hashes,
    Optional<Inclusion> winner,
    Map<String, String> metadata,
    Instant updatedAt) {
  public TransferStatus {
    hashes = List.copyOf(hashes);
    metadata = Map.copyOf(metadata);
  }

  /** The status by the journal alone, for tools that only read and run no submitter. */
  public static TransferStatus of(TransferStore journal, StoredTransfer transfer) {
    return Statuses.of(journal, transfer);
  }

  /**
   * The transaction that took the nonce.
   *
   * @param hash zero where code took it that the wallet delegates to (EIP-7702): no transaction
   *     tells which
   * @param fee wei paid for execution
   */
  public record Inclusion(
      TransactionHash hash, BlockRef block, Instant blockTime, BigInteger gasUsed, Wei fee) {}
}
